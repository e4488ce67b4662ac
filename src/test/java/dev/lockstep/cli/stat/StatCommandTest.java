package dev.lockstep.cli.stat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StatCommandTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();

    private int stat(final String... arguments) {
        return new CommandLine(new StatCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out))
                .execute(arguments);
    }

    @Test
    void shouldShowUniverseToPeopleAndToPrograms() throws Exception {
        final Path path = directory.resolve("u");
        try (Universe universe = Universe.open(UniverseConfig.at(path))) {
            final InstanceGroup main = universe.bootstrap(
                    new FunctionTable(), state -> new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
            assertEquals(0, stat(path.toString()));
            final String text = out.toString();
            assertTrue(text.contains("universe      " + universe.id()), text);
            assertTrue(text.contains("operations    1 committed"), text);
            assertTrue(text.contains("lease         free"), text);
            assertTrue(text.contains("running"), text);
            out.getBuffer().setLength(0);
            assertEquals(0, stat("--json", path.toString()));
            final String json = out.toString();
            for (final String part : new String[] {
                "\"id\": \"" + universe.id() + "\"",
                "\"operation\": {\"sequence\": 1, \"round\": 1, \"phase\": \"idle\", \"stopped_ms\": 0, \"abort_code\": 0,"
                        + " \"abort_group\": -1, \"bootstrapped\": true}",
                "\"lease\": {\"owner\": -1, \"grant\": 1, \"waiting\": []}",
                "\"writer\": -1, \"orphaned\": false, \"readers\": []",
                "\"pid\": " + ProcessHandle.current().pid(),
                "\"running\": \"yes\"",
                "\"groups\": [{\"slot\": 0, \"generation\": 1, \"process\": 0, \"state\": \"running\"",
                "\"applied\": 1, \"behind\": 0",
                "\"modules\": []",
                "\"stalls\": []"
            }) {
                assertTrue(json.contains(part), () -> part + " in " + json);
            }
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldFailWhereThereIsNoUniverse() {
        assertEquals(1, stat(directory.toString()));
        assertTrue(out.toString().contains("no universe here"), out.toString());
    }
}
