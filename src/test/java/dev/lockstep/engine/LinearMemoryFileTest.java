package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearMemoryFileTest {
    private static final int PAGE = LinearMemoryPlan.PAGE;
    private static final LinearMemoryPlan PLAN =
            new LinearMemoryPlan(1024, 2048, 4096, PAGE, 2L * PAGE, 3L * PAGE, 40L * PAGE, 2048);

    @TempDir
    Path universe;

    private Path file() {
        return universe.resolve(LinearMemoryDescriptor.FILE_NAME);
    }

    private void poke(final int offset, final long value) throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            channel.write(
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(0, value),
                    offset);
        }
    }

    @Test
    void shouldBeOneInstanceWhileOpen() throws IOException {
        final LinearMemoryFile first = LinearMemoryFile.openOrCreate(universe, PLAN);
        final LinearMemoryFile second = LinearMemoryFile.openExisting(universe);
        assertSame(first, second);
        first.close();
        assertEquals(3, second.grow(1));
        second.close();
        try (LinearMemoryFile third = LinearMemoryFile.openExisting(universe)) {
            assertNotSame(first, third);
            assertEquals(4 * PAGE, third.length());
            assertEquals(PLAN, third.plan());
        }
    }

    @Test
    void shouldKeepThePlanOfItsMaker() throws IOException {
        LinearMemoryFile.openOrCreate(universe, PLAN).close();
        final LinearMemoryPlan other =
                new LinearMemoryPlan(1024, 2048, 8192, PAGE, 2L * PAGE, 4L * PAGE, 80L * PAGE, 6144);
        try (LinearMemoryFile memory = LinearMemoryFile.openOrCreate(universe, other)) {
            assertEquals(PLAN, memory.plan());
        }
    }

    @Test
    void shouldBeForItsUserOnlyAndLeaveNothingElseBehind() throws IOException {
        LinearMemoryFile.openOrCreate(universe, PLAN).close();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        try (Stream<Path> files = Files.list(universe)) {
            assertEquals(List.of(file()), files.toList());
        }
    }

    @Test
    void shouldGrowByWholePagesUpToTheMaximum() throws IOException {
        try (LinearMemoryFile memory = LinearMemoryFile.openOrCreate(universe, PLAN)) {
            assertEquals(3, memory.grow(0));
            assertEquals(3, memory.grow(2));
            assertEquals(5 * PAGE, memory.length());
            assertEquals(-1, memory.grow(36));
            assertEquals(-1, memory.grow(-1));
            assertEquals(-1, memory.grow(Integer.MAX_VALUE));
            assertEquals(5 * PAGE, memory.length());
            memory.ensureLength(5 * PAGE + 1);
            assertEquals(6 * PAGE, memory.length());
            memory.ensureLength(PAGE);
            assertEquals(6 * PAGE, memory.length());
            assertThrows(IOException.class, () -> memory.ensureLength(41L * PAGE));
            assertEquals(6, memory.grow(34));
        }
    }

    @Test
    void shouldGiveEachGrowerPagesOfItsOwn() throws Exception {
        try (LinearMemoryFile memory = LinearMemoryFile.openOrCreate(universe, PLAN)) {
            final ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                final List<Callable<Integer>> growers = new ArrayList<>();
                for (int i = 0; i < 37; i++) {
                    growers.add(() -> {
                        final int before = memory.grow(1);
                        for (int at = before * PAGE; at < (before + 1) * PAGE; at += Long.BYTES) {
                            assertEquals(0, memory.linear().getLong(at));
                            memory.linear().putLong(at, before);
                        }
                        return before;
                    });
                }
                final Set<Integer> got = new HashSet<>();
                for (final Future<Integer> grower : threads.invokeAll(growers)) {
                    assertTrue(got.add(grower.get()));
                }
                assertEquals(40 * PAGE, memory.length());
            } finally {
                threads.shutdownNow();
            }
            for (int at = 3 * PAGE; at < 40 * PAGE; at += Long.BYTES) {
                assertEquals(at / PAGE, memory.linear().getLong(at));
            }
        }
    }

    @Test
    void shouldGrowAlsoWhileTheThreadIsInterrupted() throws IOException {
        try (LinearMemoryFile memory = LinearMemoryFile.openOrCreate(universe, PLAN)) {
            Thread.currentThread().interrupt();
            assertEquals(3, memory.grow(1));
            assertTrue(Thread.interrupted());
            assertEquals(4, memory.grow(1));
        }
    }

    @Test
    void shouldNameTheWordWhenTheHeaderIsDamaged() throws IOException {
        final List<Integer> words = List.of(
                LinearMemoryDescriptor.MAGIC_OFFSET,
                LinearMemoryDescriptor.VERSION_OFFSET,
                LinearMemoryDescriptor.MAIN_BASE_OFFSET,
                LinearMemoryDescriptor.STACK_LOW_OFFSET,
                LinearMemoryDescriptor.STACK_HIGH_OFFSET,
                LinearMemoryDescriptor.MODULES_BASE_OFFSET,
                LinearMemoryDescriptor.HEAP_BASE_OFFSET,
                LinearMemoryDescriptor.INITIAL_LENGTH_OFFSET,
                LinearMemoryDescriptor.MAXIMUM_LENGTH_OFFSET,
                LinearMemoryDescriptor.LENGTH_OFFSET);
        for (final int word : words) {
            for (final long value : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE, 12_345_678_901L}) {
                Files.deleteIfExists(file());
                LinearMemoryFile.openOrCreate(universe, PLAN).close();
                poke(word, value);
                final IOException e =
                        assertThrows(IOException.class, () -> LinearMemoryFile.openExisting(universe), "word=" + word);
                assertTrue(e.getMessage().contains(file().toString()), e.getMessage());
            }
        }
    }

    @Test
    void shouldRefuseAFileOfAnotherLength() throws IOException {
        LinearMemoryFile.openOrCreate(universe, PLAN).close();
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            channel.truncate(100);
        }
        assertThrows(IOException.class, () -> LinearMemoryFile.openExisting(universe));
    }

    @Test
    void shouldBeForWhomTheUniverseIs() throws IOException {
        for (final String group : List.of("---", "rwx")) {
            final Path directory = Files.createDirectory(universe.resolve("for" + group.charAt(0)));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx" + group + "---"));
            LinearMemoryFile.openOrCreate(directory, PLAN).close();
            assertEquals(
                    group.equals("rwx") ? "rw-rw----" : "rw-------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve(LinearMemoryDescriptor.FILE_NAME))));
        }
    }
}
