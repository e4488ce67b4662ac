package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.loader.RealModules;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demonstration as a user runs it, with few files: four groups in two JVMs, real modules, the reference run. */
@Timeout(300)
class DemoIT {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final String... options) throws Exception {
        return runWith(RealModules.get().directory(), options);
    }

    private int runWith(final Path modules, final String... options) {
        final Stream<String> input = Stream.of("--modules", modules.toString());
        return new CommandLine(new DemoCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(Stream.concat(input, Stream.of(options)).toArray(String[]::new));
    }

    @Test
    void shouldKeepFourGroupsInTwoJvmsInLockstep() throws Exception {
        final Path universe = directory.resolve("universe");
        assertEquals(
                0,
                run("--corpus", "corpus", "--passes", "2", "--universe", universe.toString(), "--json"),
                () -> out.toString() + err);
        final String json = out.toString();
        final int files = Corpus.below(Path.of("corpus")).files().size();
        final int modules = 1 + Language.values().length;
        // the main module, and for each grammar its loading and the look-up of its function
        final int operations = 1 + 2 * Language.values().length;
        assertTrue(
                json.startsWith("{\"jvms\": 2, \"groups\": 4, \"files\": " + files + ", \"parses\": " + 2 * files
                        + ", \"mismatches\": 0, \"modules\": " + modules + ", \"operations\": " + operations
                        + ", \"fingerprints\": [\""),
                json);
        assertTrue(json.contains("\"fingerprints_equal\": true, \"round_p50_us\": "), json);
        assertTrue(json.contains("\"real_modules\": true, \"dlopen_coordination_share\": 0."), json);
        assertTrue(json.contains("\"dlopens\": " + Language.values().length + ","), json);
        for (final String origin : List.of("bootstrap", "thread of its jvm", "ticket of another jvm")) {
            assertTrue(json.contains("\"joined_by\": \"" + origin + "\""), json);
        }
        assertEquals(1, json.strip().lines().count());
        assertTrue(Files.exists(universe.resolve("linker.dat")), "universe was not kept");
    }

    @Test
    void shouldKeepGroupsOfTwoJvmsThatRunOurOwnModulesInParallelInLockstep() throws Exception {
        assertEquals(
                0,
                runWith(
                        Path.of(Scanners.HOME),
                        "--own-modules=npm not found",
                        "--corpus",
                        "corpus",
                        "--passes",
                        "4",
                        "--json"),
                () -> out.toString() + err);
        final String json = out.toString();
        final int files = Corpus.below(Path.of("corpus")).files().size();
        final int languages = Language.values().length;
        assertTrue(
                json.startsWith("{\"jvms\": 2, \"groups\": 4, \"files\": " + files + ", \"parses\": " + 4 * files
                        + ", \"mismatches\": 0, \"modules\": " + (1 + languages) + ", \"operations\": "
                        + (1 + 2 * languages) + ", \"fingerprints\": [\""),
                json);
        assertTrue(json.contains("\"fingerprints_equal\": true"), json);
        assertTrue(json.contains("\"real_modules\": false, \"dlopen_coordination_share\": 0."), json);
        assertTrue(json.contains("\"dlopens\": " + languages + ","), json);
        assertTrue(json.contains("\"own_modules_because\": \"npm not found\""), json);
    }

    @Test
    void shouldPrintTheTableForOneGroupAndLeaveNothingBehind() throws Exception {
        final Path corpus = Files.createDirectory(directory.resolve("few"));
        Files.writeString(corpus.resolve("a.json"), "[1, 2]");
        assertEquals(0, run("--jvms", "1", "--groups", "1", "--corpus", corpus.toString()), err::toString);
        assertTrue(
                out.toString().contains("all trees are right, all function tables are equal: groups=1"),
                out.toString());
        final String universe = err.toString().replaceAll("(?s).*universe=(\\S+).*", "$1");
        assertTrue(Files.notExists(Path.of(universe).getParent()), universe + " is left behind");
    }
}
