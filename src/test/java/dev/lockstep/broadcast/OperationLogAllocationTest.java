package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationLogAllocationTest {
    private static final int JOURNAL_BYTES = 16 << 20;
    private static final int ROUNDS = 20_000;

    @TempDir
    Path directory;

    @Test
    void shouldAllocateNothingWhenBroadcastingAndReading() throws Exception {
        final Path file = Files.write(directory.resolve("operations.journal"), new byte[JOURNAL_BYTES]);
        try (ChronicleJournal journal = new ChronicleJournal(file, JOURNAL_BYTES, () -> {})) {
            final LogFixture fixture = new LogFixture(journal);
            final LogCursor follower = fixture.log.cursor();
            final LogCursor late = fixture.log.cursor();
            final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(LogFixture.MAX_FRAME));
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            final long self = Thread.currentThread().getId();
            fixture.broadcast(2);
            threads.getThreadAllocatedBytes(self);
            round(fixture, follower, direct);
            replay(fixture, late);

            final long before = threads.getThreadAllocatedBytes(self);
            final long measuring = threads.getThreadAllocatedBytes(self) - before;
            final long begin = threads.getThreadAllocatedBytes(self);
            round(fixture, follower, direct);
            replay(fixture, late);
            final long allocated = threads.getThreadAllocatedBytes(self) - begin;

            assertTrue(follower.ringReads() >= 2L * ROUNDS);
            assertTrue(late.journalReads() >= 2L * ROUNDS);
            assertTrue(allocated - measuring < ROUNDS, "bytes allocated: " + allocated); // less than a byte a round
        }
    }

    private static void round(final LogFixture fixture, final LogCursor follower, final UnsafeBuffer into) {
        for (int i = 0; i < ROUNDS; i++) {
            fixture.broadcast(1);
            if (i % 100 == 0) {
                fixture.log.retransmit(0, fixture.committed(), into, frame -> {});
            }
            while (follower.sequence() < fixture.committed()) {
                follower.read(0, follower.sequence() + 1, fixture.committed(), into);
            }
        }
    }

    private static void replay(final LogFixture fixture, final LogCursor cursor) {
        final long committed = fixture.committed();
        while (cursor.sequence() < committed) {
            cursor.read(0, cursor.sequence() + 1, committed, fixture.into);
        }
    }
}
