package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChronicleJournalTest {
    private static final Runnable NO_CHECK = () -> {};

    @TempDir
    Path directory;

    private Path file(final int length) throws IOException {
        return Files.write(directory.resolve("operations.journal"), new byte[length]);
    }

    @Test
    void shouldLeaveLengthAndBytesOfTheFileWhenClosed() throws IOException {
        // Neither whole pages nor whole words, then both, then a page and a byte.
        for (final int length : new int[] {5001, 8192, 4097}) {
            final Path file = file(length);
            final byte[] expected = new byte[length];
            new Random(length).nextBytes(expected);
            try (ChronicleJournal journal = new ChronicleJournal(file, length, NO_CHECK)) {
                assertEquals(length, journal.capacity());
                journal.write(0, new UnsafeBuffer(expected), 0, length);
                assertEquals(length, Files.size(file));
                assertTrue(isMapped(file));
            }
            assertFalse(isMapped(file), "still mapped when close returned");
            assertEquals(length, Files.size(file));
            assertArrayEquals(expected, Files.readAllBytes(file));
        }
    }

    private static boolean isMapped(final Path file) throws IOException {
        final Path maps = Path.of("/proc/self/maps");
        if (!Files.exists(maps)) {
            return false;
        }
        try (var lines = Files.lines(maps)) {
            return lines.anyMatch(line -> line.endsWith(file.toString()));
        }
    }

    @Test
    void shouldReadWhatWasWrittenThroughHeapAndDirectBuffers() throws IOException {
        final int length = 4096;
        final UnsafeBuffer[] buffers = {
            new UnsafeBuffer(new byte[600]),
            new UnsafeBuffer(new byte[700], 50, 600),
            new UnsafeBuffer(ByteBuffer.allocateDirect(600)),
            new UnsafeBuffer(ByteBuffer.allocateDirect(700), 64, 600)
        };
        try (ChronicleJournal journal = new ChronicleJournal(file(length), length, NO_CHECK);
                ChronicleJournal other =
                        new ChronicleJournal(directory.resolve("operations.journal"), length, NO_CHECK)) {
            int seed = 0;
            for (final UnsafeBuffer source : buffers) {
                for (final UnsafeBuffer into : buffers) {
                    final byte[] bytes = new byte[333];
                    new Random(++seed).nextBytes(bytes);
                    source.putBytes(7, bytes);
                    journal.write(length - 333, source, 7, 333);
                    into.setMemory(0, 600, (byte) 0x11);
                    other.read(length - 333, into, 200, 333);
                    final byte[] found = new byte[333];
                    into.getBytes(200, found);
                    assertArrayEquals(bytes, found);
                    assertEquals(0x11, into.getByte(199));
                    assertEquals(0x11, into.getByte(533));
                }
            }
        }
    }

    @Test
    void shouldRefuseEverythingOutsideOfItsBounds() throws IOException {
        final Path file = file(4096);
        final UnsafeBuffer[] buffers = {new UnsafeBuffer(new byte[64]), new UnsafeBuffer(ByteBuffer.allocateDirect(64))
        };
        final int[][] wrong = {
            {-1, 0, 8},
            {4089, 0, 8},
            {4096, 0, 1},
            {Integer.MAX_VALUE, 0, 8},
            {Integer.MIN_VALUE, 0, 8},
            {0, 0, -1},
            {8, -1, 8},
            {8, 57, 8},
            {8, 0, 65},
            {8, Integer.MAX_VALUE, 8},
            {0, 0, Integer.MAX_VALUE}
        };
        try (ChronicleJournal journal = new ChronicleJournal(file, 4096, NO_CHECK)) {
            for (final UnsafeBuffer buffer : buffers) {
                for (final int[] w : wrong) {
                    assertThrows(IndexOutOfBoundsException.class, () -> journal.write(w[0], buffer, w[1], w[2]));
                    assertThrows(IndexOutOfBoundsException.class, () -> journal.read(w[0], buffer, w[1], w[2]));
                }
                journal.write(4096, buffer, 64, 0);
                journal.read(4096, buffer, 64, 0);
                journal.write(4088, buffer, 56, 8);
            }
        }
        assertArrayEquals(new byte[4096], Files.readAllBytes(file));
    }

    @Test
    void shouldRefuseFileThatIsMissingOrHasAnotherLength() throws IOException {
        assertThrows(
                NoSuchFileException.class,
                () -> new ChronicleJournal(directory.resolve("nowhere"), 4096, NO_CHECK).close());
        final Path file = file(4096);
        for (final int length : new int[] {4095, 4097, 8192, 0, -1}) {
            final IOException e =
                    assertThrows(IOException.class, () -> new ChronicleJournal(file, length, NO_CHECK).close());
            assertTrue(e.getMessage().contains("file=" + file + " bytes=4096 expected=" + length), e.getMessage());
        }
        assertEquals(4096, Files.size(file));
    }

    @Test
    void shouldAnswerClosedWhenUsedAfterClose() throws IOException {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        final ChronicleJournal unused = new ChronicleJournal(file(4096), 4096, NO_CHECK);
        unused.close();
        assertThrows(IllegalStateException.class, () -> unused.read(0, buffer, 0, 8));
        final ChronicleJournal used = new ChronicleJournal(file(4096), 4096, NO_CHECK);
        used.write(0, buffer, 0, 8);
        used.close();
        used.close();
        assertThrows(IllegalStateException.class, () -> used.read(0, buffer, 0, 8));
        assertThrows(IllegalStateException.class, () -> used.write(0, buffer, 0, 8));
    }

    @Test
    void shouldCheckOnceBeforeFirstWriteAndAgainWhenTheCheckFailed() throws IOException {
        final AtomicInteger checks = new AtomicInteger();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        final Runnable check = () -> {
            if (checks.incrementAndGet() == 1) {
                throw new UnsupportedOperationException("flags are missing");
            }
        };
        try (ChronicleJournal journal = new ChronicleJournal(file(4096), 4096, check)) {
            journal.read(0, buffer, 0, 8);
            assertEquals(0, checks.get());
            assertThrows(UnsupportedOperationException.class, () -> journal.write(0, buffer, 0, 8));
            journal.write(0, buffer, 0, 8);
            journal.write(0, buffer, 0, 8);
            assertEquals(2, checks.get());
        }
    }

    @Test
    void shouldOpenAndKeepTheInterruptWhenThreadIsInterrupted() throws IOException {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        Thread.currentThread().interrupt();
        try (ChronicleJournal journal = new ChronicleJournal(file(4096), 4096, NO_CHECK)) {
            journal.write(0, buffer, 0, 8);
            journal.read(0, buffer, 0, 8);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }
}
