package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseFiles;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UniverseAccessTest {
    private static final byte[] MODULE = {1, 2, 3};
    private static final Member MEMBER = new Member(3, 1);

    @TempDir
    Path directory;

    /** Makes one file of every kind that the engine has beside the linear memory. */
    static final class EngineMain {
        public static void main(final String[] args) throws IOException {
            final Path universe = Path.of(args[0]);
            final UniverseConfig config = UniverseConfig.at(universe).withSharedWithGroup(args[1].equals("shared"));
            try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
                final ModuleStore store = ModuleStore.in(files.directory());
                final ContentHash hash = store.put(MODULE);
                final PreparationFiles preparation = new PreparationFiles(store.directory());
                preparation.join(MEMBER);
                preparation.prepared(hash, MEMBER);
                preparation.refused(new Request(hash, 1), MEMBER, "no");
            }
        }
    }

    private static int mode(final Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:mode") & 07777;
    }

    private static Map<String, String> modes(final Path modules) throws IOException {
        final Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> files = Files.list(modules)) {
            for (final Path file : files.toList()) {
                modes.put(file.getFileName().toString(), Integer.toOctalString(mode(file)));
            }
        }
        return modes;
    }

    @ParameterizedTest
    @CsvSource({"shared, 000, 770, 660", "shared, 077, 770, 660", "own, 000, 700, 600", "own, 077, 700, 600"})
    void shouldMakeFilesForWhomTheUniverseIsWhateverTheUmask(
            final String kind, final String umask, final String directoryMode, final String fileMode) throws Exception {
        final Path universe = directory.resolve("universe");
        final ProcessBuilder builder =
                ForkedJvm.builder(List.of("-XX:TieredStopAtLevel=1"), EngineMain.class, universe.toString(), kind);
        final List<String> command = new ArrayList<>(List.of("sh", "-c", "umask " + umask + " && exec \"$@\"", "sh"));
        command.addAll(builder.command());
        assertEquals(0, builder.command(command).inheritIO().start().waitFor());

        final Path modules = universe.resolve(ModuleStore.DIRECTORY);
        assertEquals(directoryMode, Integer.toOctalString(mode(universe)));
        assertEquals(directoryMode, Integer.toOctalString(mode(modules)));
        final String hash = ContentHash.of(MODULE).hex();
        final Map<String, String> expected = new TreeMap<>();
        for (final String name : List.of(
                hash, "wanted", "3-1.process", hash + ".3-1.prepared", hash + ".3-1.0000000000000001.refused")) {
            expected.put(name, fileMode);
        }
        assertEquals(expected, modes(modules));
        try (Stream<Path> files = Files.list(universe)) {
            assertEquals(
                    List.of(),
                    files.filter(file -> file.toString().endsWith(".tmp")).toList());
        }
    }

    private void setGroup(final Path path, final int group) {
        try {
            Files.setAttribute(path, "unix:gid", group);
        } catch (final IOException e) {
            assumeTrue(false, "only the superuser may give a file to any group");
        }
    }

    @Test
    void shouldGiveFilesToTheGroupOfTheUniverse() throws IOException {
        Files.setAttribute(directory, "unix:mode", 0770);
        setGroup(directory, 4242);
        final ModuleStore store = ModuleStore.in(directory);
        final Path file = store.path(store.put(MODULE));
        final PreparationFiles preparation = new PreparationFiles(store.directory());
        preparation.join(MEMBER);
        for (final Path made : List.of(
                store.directory(),
                file,
                store.directory().resolve("wanted"),
                store.directory().resolve("3-1.process"))) {
            assertEquals(4242, Files.getAttribute(made, "unix:gid"), made.toString());
        }
    }

    @Test
    void shouldLeaveTheGroupAloneInAUniverseOfOneUser() throws IOException {
        final int own = (Integer) Files.getAttribute(Files.createFile(directory.resolve("own")), "unix:gid");
        setGroup(directory, 4242);
        final ModuleStore store = ModuleStore.in(directory);
        assertEquals(own, Files.getAttribute(store.path(store.put(MODULE)), "unix:gid"));
    }

    @Test
    void shouldKeepTheBitThatPassesTheGroupOn() throws IOException {
        Files.setAttribute(directory, "unix:mode", 02770);
        assertEquals(02770, mode(ModuleStore.in(directory).directory()));
    }

    @Test
    void shouldPublishOnceWithWholeContent() throws IOException {
        final UniverseAccess access = UniverseAccess.of(directory);
        final Path file = directory.resolve("f");
        assertTrue(access.publish(file, MODULE));
        assertFalse(access.publish(file, new byte[] {9}));
        assertEquals(3, Files.size(file));
        assertEquals(Map.of("f", "600"), modes(directory));
    }

    @Test
    void shouldRefuseADirectoryWhoseNameAFileHas() throws IOException {
        Files.createFile(directory.resolve(ModuleStore.DIRECTORY));
        assertThrows(FileSystemException.class, () -> ModuleStore.in(directory));
        assertEquals(
                Map.of(ModuleStore.DIRECTORY, Integer.toOctalString(mode(directory.resolve("modules")))),
                modes(directory));
    }

    @Test
    void shouldLoseNothingWhenSeveralMakeTheDirectoryAtOnce() throws Exception {
        final int makers = 4;
        final ExecutorService threads = Executors.newFixedThreadPool(makers);
        try {
            for (int round = 0; round < 300; round++) {
                final Path universe = Files.createDirectory(directory.resolve("u" + round));
                final CyclicBarrier together = new CyclicBarrier(makers);
                final List<Callable<ContentHash>> puts = new ArrayList<>();
                for (int i = 0; i < makers; i++) {
                    final byte[] module = {(byte) i};
                    puts.add(() -> {
                        together.await();
                        return ModuleStore.in(universe).put(module);
                    });
                }
                for (final Future<ContentHash> put : threads.invokeAll(puts)) {
                    assertTrue(Files.exists(universe.resolve(ModuleStore.DIRECTORY)
                            .resolve(put.get().hex())));
                }
                assertEquals(Map.of("modules", "700"), modes(universe));
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
