package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One thread broadcasts without waiting for anybody; others read behind it, fast, slow and late. */
class OperationLogStressTest {
    private static final int JOURNAL_BYTES = 8 << 20;
    private static final int BATCHES = 30_000;

    @TempDir
    Path directory;

    @Test
    void shouldGiveEveryReaderEveryOperationInOrder() throws Exception {
        final Path file = Files.write(directory.resolve("operations.journal"), new byte[JOURNAL_BYTES]);
        try (ChronicleJournal journal = new ChronicleJournal(file, JOURNAL_BYTES, () -> {})) {
            final LogFixture fixture = new LogFixture(journal);
            final AtomicReference<Throwable> failure = new AtomicReference<>();
            final Reader[] readers = {
                new Reader(fixture, failure, 0), new Reader(fixture, failure, 97), new Reader(fixture, failure, 1009)
            };
            for (final Reader reader : readers) {
                reader.start();
            }
            for (int i = 0; i < BATCHES && failure.get() == null; i++) {
                if (i % 5 == 0) { // one that is withdrawn
                    final long committed = fixture.committed();
                    final int length = fixture.encode(committed + 1, 3);
                    fixture.log.append(committed, committed + 3, fixture.frames(), 0, length);
                }
                fixture.broadcast(1 + i % 2);
                if (i % 64 == 0) {
                    Thread.yield();
                }
            }
            for (final Reader reader : readers) {
                reader.join();
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
            final LogCursor late = fixture.log.cursor();
            final UnsafeBuffer into = new UnsafeBuffer(new byte[LogFixture.MAX_FRAME]);
            while (late.sequence() < fixture.committed()) {
                assertTrue(late.read(0, late.sequence() + 1, fixture.committed(), into) > 0);
                assertTrue(LogFixture.isOperation(into, late.sequence()));
            }
            for (final Reader reader : readers) {
                assertEquals(late.position(), reader.cursor.position());
            }
        }
    }

    private static final class Reader extends Thread {
        private final LogFixture fixture;
        private final AtomicReference<Throwable> failure;
        private final int restEvery;
        private final LogCursor cursor;
        private final UnsafeBuffer into = new UnsafeBuffer(new byte[LogFixture.MAX_FRAME]);

        Reader(final LogFixture fixture, final AtomicReference<Throwable> failure, final int restEvery) {
            this.fixture = fixture;
            this.failure = failure;
            this.restEvery = restEvery;
            cursor = fixture.log.cursor();
        }

        @Override
        public void run() {
            final long last = BATCHES + BATCHES / 2;
            try {
                while (cursor.sequence() < last && failure.get() == null) {
                    final long committed = fixture.committed();
                    final long next = cursor.sequence() + 1;
                    if (next > committed) {
                        Thread.yield();
                    } else if (cursor.read(0, next, committed, into) != OperationLog.MOVED_ON) {
                        assertTrue(LogFixture.isOperation(into, next), "sequence " + next);
                        if (restEvery != 0 && next % restEvery == 0) {
                            Thread.sleep(1); // falls behind, to be lapped
                        }
                    }
                }
            } catch (final Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
    }
}
