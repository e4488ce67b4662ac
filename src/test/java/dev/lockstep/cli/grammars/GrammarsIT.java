package dev.lockstep.cli.grammars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.loader.RealModules;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/**
 * The command as a user runs it, with three grammars: one in C++ whose operator new comes from another module, one of a version that
 * the parser does not know, and a plain one. The expected trees are not ours: V8 gives them, with web-tree-sitter's own loader.
 */
@Timeout(300)
class GrammarsIT {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldKeepGroupsInLockstepWhileOthersComeAndGo() throws Exception {
        final int status = new CommandLine(new GrammarsCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("--modules", RealModules.get().directory().toString(), "--only", "yaml,elm,json", "--json");
        assertEquals(0, status, () -> out.toString() + err);
        final String json = out.toString();
        assertTrue(json.startsWith("{\"grammars\": 3, \"jvms\": 2, \"groups\": 4, \"spawned\": "), json);
        for (final String member : List.of(
                "\"mismatches\": 0, \"fingerprints_equal\": true",
                "\"parsed_grammars\": 2, \"loaded_only\": [\"elm (version 12)\"]",
                "json/fleet.json\", \"tree\": \"ff11222a4fccd0d7/743\"}",
                "grammars/yaml.txt\", \"tree\": \"6fc154c766fbadb4/237\"}")) {
            assertTrue(json.contains(member), json);
        }
        // each resident has one visitor at least, and two groups come at the end
        final int spawned = Integer.parseInt(json.replaceAll("(?s).*\"spawned\": (\\d+).*", "$1"));
        assertTrue(spawned >= 6, json);
        assertTrue(json.contains("\"left\": " + spawned + ","), json);
        final String universe = err.toString().replaceAll("(?s).*universe=(\\S+).*", "$1");
        assertTrue(Files.notExists(Path.of(universe).getParent()), universe + " is left behind");
    }
}
