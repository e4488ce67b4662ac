package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.JvmFlags;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a JVM loads that attaches and leases: what it does not need for that makes each attaching slower. */
class AttachProbeTest {
    @TempDir
    Path directory;

    @Test
    void shouldLoadOnlyWhatIsNeededToLease() throws Exception {
        final Path universe = directory.resolve("universe");
        try (Universe made = Universe.open(UniverseConfig.at(universe))) {
            final InstanceGroup main = made.bootstrap(new CountingReplica(), state -> null);
            main.shutdownInstanceGroup();
        }

        final List<String> loaded = loadedByWhoLeases(universe);

        assertTrue(loaded.stream().anyMatch(line -> line.contains("dev.lockstep.linker.InstanceGroup ")));
        assertEquals(List.of(), found(loaded, "dev.lockstep.", "$$Lambda"), "lambdas");
        assertEquals(List.of(), found(loaded, "net.openhft."), "Chronicle");
        assertEquals(List.of(), found(loaded, "java.lang.runtime.ObjectMethods"), "a record's equals and its like");
    }

    private static List<String> found(final List<String> lines, final String... parts) {
        return lines.stream()
                .filter(line -> List.of(parts).stream().allMatch(line::contains))
                .toList();
    }

    private List<String> loadedByWhoLeases(final Path universe) throws Exception {
        final Path output = directory.resolve("output");
        final Path log = directory.resolve("loaded");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.arguments());
        command.addAll(List.of("-Xlog:class+load:file=" + log, "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(AttachProbe.class.getName(), universe.toString()));
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "took too long");
        } finally {
            process.destroyForcibly();
        }
        assertEquals(AttachProbe.WORD, Files.readString(output).strip());
        assertEquals(0, process.exitValue());
        return Files.readAllLines(log);
    }
}
