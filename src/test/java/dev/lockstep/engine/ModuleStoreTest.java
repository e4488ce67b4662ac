package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleStoreTest {
    private static final byte[] MODULE = "not really a module".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path universe;

    @Test
    void shouldGiveBackWhatWasPut() throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        final ContentHash hash = store.put(MODULE);
        assertEquals(ContentHash.of(MODULE), hash);
        assertArrayEquals(MODULE, ModuleStore.in(universe).get(hash));
        assertEquals(hash, ContentHash.ofHex(hash.hex()));
        assertEquals(hash, ContentHash.ofBytes(hash.bytes()));
    }

    @Test
    void shouldKeepModulesFromOtherUsers() throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        final Path file = store.path(store.put(MODULE));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(store.directory())));
    }

    @Test
    void shouldLeaveOneWholeFileWhenSeveralPutTheSame() throws Exception {
        final ModuleStore store = ModuleStore.in(universe);
        final ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            final List<Callable<ContentHash>> puts = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                puts.add(() -> store.put(MODULE));
            }
            for (final Future<ContentHash> put : threads.invokeAll(puts)) {
                assertEquals(ContentHash.of(MODULE), put.get());
            }
        } finally {
            threads.shutdownNow();
        }
        try (Stream<Path> files = Files.list(store.directory())) {
            assertEquals(
                    Set.of(ContentHash.of(MODULE).hex(), "wanted"),
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    @Test
    void shouldRefuseADamagedModule() throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        final ContentHash hash = store.put(MODULE);
        Files.write(store.path(hash), new byte[] {1, 2, 3});
        final IOException onGet = assertThrows(IOException.class, () -> store.get(hash));
        assertTrue(onGet.getMessage().contains(hash.hex()), onGet.getMessage());
        assertThrows(IOException.class, () -> store.put(MODULE));
    }

    @Test
    void shouldSayThatAModuleIsNotThere() throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        assertThrows(NoSuchFileException.class, () -> store.get(ContentHash.of(MODULE)));
    }
}
