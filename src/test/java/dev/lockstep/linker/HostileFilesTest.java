package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A universe whose files are not what they should be when it is opened: each file and the directory, in every way that an
 * operator or an accident can bring about, and an answer in time for each. What is refused is refused by a
 * {@link UniverseException} that names the file; what is opened works.
 */
class HostileFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final List<String> FILES =
            List.of("linker.dat", "operations.journal", "liveness.lock", "creation.lock");

    /** Not looked at once the universe is there. */
    private static final String CREATION_LOCK = "creation.lock";

    /** A universe without its mapped file is none, so it is made; the lock file may have any length. */
    private static final Set<String> HARMLESS = Set.of("missing linker.dat", "longer liveness.lock");

    private static final int OTHER_USER = 54_321;

    @TempDir
    Path base;

    private final Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private int cases;

    private interface Harm {
        /** Does it; false if it cannot be done here. */
        boolean to(Path file, Path spare) throws IOException, InterruptedException;
    }

    private static UniverseConfig config(final Path directory) {
        return UniverseConfig.at(directory).withCapacities(HostileFileTest.CAPACITIES);
    }

    /** A universe with two operations in it. */
    private static void make(final Path directory) throws IOException {
        try (Universe universe = Universe.open(config(directory))) {
            use(universe);
        }
    }

    private static void use(final Universe universe) {
        final FunctionTable table = new FunctionTable();
        final InstanceGroup group = universe.isBootstrapped()
                ? universe.joinInstanceGroup(table)
                : universe.bootstrap(table, state -> new AllocateFunctionTable(state.growTable(1), 1));
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            group.synchronizeLinkOperation(state, new AllocateFunctionTable(state.growTable(1), 1));
            assertEquals(table.tableLength(), state.tableLength());
        }
        group.shutdownInstanceGroup();
    }

    private void harm(final String name, final String how, final Harm harm) throws Exception {
        final Path directory = base.resolve("u" + cases);
        final Path other = base.resolve("v" + cases);
        make(directory);
        make(other);
        final Path file = name.isEmpty() ? directory : directory.resolve(name);
        final Path spare = name.isEmpty() ? other : other.resolve(name);
        if (!harm.to(file, spare)) {
            return;
        }
        cases++;
        String answer;
        try {
            answer = assertTimeoutPreemptively(LIMIT, () -> open(directory, file));
        } catch (final AssertionError | Exception failure) {
            answer = "FAILED " + failure;
        }
        if (answer.equals("sound") && !name.equals(CREATION_LOCK) && !HARMLESS.contains(how + " " + name)) {
            answer = "FAILED it was not refused";
        }
        if (answer.startsWith("FAILED")) {
            failures.add(how + " " + (name.isEmpty() ? "directory" : name) + ": " + answer);
        }
        counts.computeIfAbsent(how, h -> new TreeMap<>())
                .merge(answer.startsWith("FAILED") ? "FAILED" : answer, 1, Integer::sum);
    }

    private static String open(final Path directory, final Path harmed) throws IOException {
        try (Universe universe = Universe.open(config(directory))) {
            use(universe);
            return "sound";
        } catch (final UniverseException refused) {
            return refused.getMessage().contains(harmed.getFileName().toString())
                            || refused.getMessage().contains(directory.toString())
                    ? "refused " + refused.reason()
                    : "FAILED does not name the file: " + refused.getMessage();
        }
    }

    private void harmEach(final String how, final Harm harm) throws Exception {
        for (final String name : FILES) {
            harm(name, how, harm);
        }
    }

    @Test
    void shouldRefuseOrWorkWhateverTheFilesAre() throws Exception {
        harmEach("missing", (file, spare) -> delete(file));
        harmEach("a directory", (file, spare) -> delete(file) && exists(Files.createDirectory(file)));
        harmEach("a link to what it was", (file, spare) -> {
            final Path elsewhere = file.resolveSibling("elsewhere");
            Files.move(file, elsewhere);
            return exists(Files.createSymbolicLink(file, elsewhere));
        });
        harmEach(
                "a link to another universe's",
                (file, spare) -> delete(file) && exists(Files.createSymbolicLink(file, spare)));
        harmEach("a dangling link", (file, spare) -> {
            Files.delete(file);
            Files.createSymbolicLink(file, file.resolveSibling("nowhere"));
            return true;
        });
        harmEach("a link to itself", (file, spare) -> {
            Files.delete(file);
            Files.createSymbolicLink(file, file);
            return true;
        });
        harmEach("a pipe", (file, spare) -> delete(file) && run("mkfifo", "-m", "600", file.toString()));
        harmEach(
                "a device", (file, spare) -> delete(file) && run("mknod", "-m", "600", file.toString(), "c", "1", "5"));
        harmEach("another universe's", (file, spare) -> {
            Files.delete(file);
            Files.move(spare, file);
            return true;
        });
        harmEach("empty", (file, spare) -> truncate(file, 0));
        for (final long length : new long[] {1, 100, 4095, 4096, 8192, -1}) {
            for (final String name : FILES.subList(0, 2)) {
                harm(name, "cut short", (file, spare) -> truncate(file, length < 0 ? Files.size(file) - 1 : length));
            }
        }
        harmEach("longer", (file, spare) -> {
            Files.write(file, new byte[100], StandardOpenOption.APPEND);
            return true;
        });
        for (final String mode : List.of("rw-rw-rw-", "rw----r--", "rw--w----", "rwxrwxrwx")) {
            harmEach("open to others", (file, spare) -> mode(file, mode));
        }
        harmEach("another user's", HostileFilesTest::giveAway);
        harm("", "another user's", HostileFilesTest::giveAway);
        harm("", "open to others", (file, spare) -> mode(file, "rwxrwxrwx"));
        harm("", "a link to what it was", (file, spare) -> {
            final Path elsewhere = file.resolveSibling(file.getFileName() + "-elsewhere");
            Files.move(file, elsewhere);
            return exists(Files.createSymbolicLink(file, elsewhere));
        });

        System.out.println("hostile files: cases=" + cases);
        counts.forEach((how, answers) -> System.out.println("  " + how + ": " + answers));
        assertEquals(List.of(), failures, () -> String.join("\n", failures));
    }

    private static boolean delete(final Path file) throws IOException {
        Files.delete(file);
        return true;
    }

    private static boolean exists(final Path file) {
        return Files.exists(file);
    }

    private static boolean mode(final Path file, final String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        return true;
    }

    private static boolean truncate(final Path file, final long length) throws IOException {
        if (Files.size(file) <= length) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
        return true;
    }

    /** Only root can. */
    private static boolean giveAway(final Path file, final Path spare) throws IOException, InterruptedException {
        return run("chown", Integer.toString(OTHER_USER), file.toString());
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
