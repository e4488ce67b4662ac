package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StateLockTest {
    private static final int SLOTS = 130; // three words of summary bits
    private static final int A = 3;
    private static final int B = 64;
    private static final int C = 129;

    private final AtomicInteger woken = new AtomicInteger();
    private final ByteBuffer memory = ByteBuffer.allocateDirect(StateLockDescriptor.length(SLOTS) + 2 * Long.BYTES);
    private final SharedBuffer buffer = new MappedBuffer(memory);
    private final StateLock lock = new StateLock(buffer, 0, SLOTS, new Waker() {
        @Override
        public boolean isAnybodyWaiting() {
            return true;
        }

        @Override
        public void wake(final int slot) {}

        @Override
        public void wakeAll() {
            woken.incrementAndGet();
        }

        @Override
        public void enter(final int slot) {}

        @Override
        public void leave(final int slot) {}
    });

    private boolean summaryBit(final int slot) {
        final int word = StateLockDescriptor.SUMMARY_OFFSET + slot / Long.SIZE * Long.BYTES;
        return (buffer.getLongVolatile(word) >>> slot % Long.SIZE & 1) != 0;
    }

    private boolean flag(final int slot) {
        return buffer.getLongVolatile(StateLockDescriptor.flagOffset(slot, SLOTS)) != 0;
    }

    // ---- one thread ------------------------------------------------------------------------------------------------

    @Test
    void shouldBeFreeWhenMemoryIsZeroedAndCountEachWriteAsTwo() {
        assertEquals(0, lock.version());
        for (int i = 1; i <= 3; i++) {
            lock.write(A, Pauses.never());
            assertEquals(2 * i - 1, lock.version(), "odd while somebody writes");
            assertTrue(lock.isWriter(A));
            assertFalse(lock.isWriter(B));
            lock.unlockWrite(A);
            assertEquals(2 * i, lock.version());
            assertFalse(lock.isWriter(A));
        }
        assertTrue(woken.get() >= 3);
    }

    @Test
    void shouldRefuseEveryoneElseWhileSomebodyWrites() {
        assertTrue(lock.tryWrite(A));
        assertFalse(lock.tryWrite(B));
        assertFalse(lock.tryWrite(A), "not reentrant");
        assertFalse(lock.tryRead(B));
        assertFalse(flag(B), "who was refused leaves no flag");
        assertEquals(StateLock.NO_STAMP, lock.tryOptimisticRead());
        lock.unlockWrite(A);
        assertTrue(lock.tryRead(B));
        lock.unlockRead(B);
    }

    @Test
    void shouldRestoreTheLockWhenTryWriteFindsReader() {
        for (int reader : new int[] {A, B, C}) {
            assertTrue(lock.tryRead(reader));
            final long version = lock.version();
            assertFalse(lock.tryWrite(A == reader ? B : A));
            assertEquals(version + 2, lock.version(), "even again");
            assertTrue(lock.tryRead(A == reader ? C : A), "others can read");
            lock.unlockRead(A == reader ? C : A);
            assertTrue(flag(reader), "the reader still reads");
            lock.unlockRead(reader);
        }
        assertTrue(lock.tryWrite(B));
        lock.unlockWrite(B);
    }

    @Test
    void shouldRefuseReleaseByWhoDoesNotWrite() {
        assertThrows(IllegalMonitorStateException.class, () -> lock.unlockWrite(A));
        assertTrue(lock.tryWrite(A));
        final String message = assertThrows(IllegalMonitorStateException.class, () -> lock.unlockWrite(B))
                .getMessage();
        assertTrue(message.contains("slot=64") && message.contains("owner=3"), message);
        assertTrue(lock.isWriter(A));
        lock.unlockWrite(A);
        assertThrows(IllegalMonitorStateException.class, () -> lock.unlockWrite(A));
        assertEquals(2, lock.version());
    }

    @Test
    void shouldKeepSummaryBitUntilWriterFindsNobodyReading() {
        for (int slot : new int[] {A, B, C}) {
            assertFalse(summaryBit(slot));
            assertTrue(lock.tryRead(slot));
            assertTrue(summaryBit(slot));
            lock.unlockRead(slot);
            assertTrue(summaryBit(slot), "sticky");
            assertFalse(flag(slot));
        }
        assertTrue(lock.tryRead(B));
        assertFalse(lock.tryWrite(A));
        assertFalse(summaryBit(A), "cleared by the writer");
        assertTrue(summaryBit(B), "reads");
        assertFalse(summaryBit(C), "cleared by the writer");
        lock.unlockRead(B);
    }

    @Test
    void shouldWriteNothingSharedInSteadyStateOfReaders() {
        assertTrue(lock.tryRead(B));
        lock.unlockRead(B);
        final HookedBuffer view = new HookedBuffer(memory);
        final StateLock readers = new StateLock(view, 0, SLOTS, Waker.NONE);
        final int flag = StateLockDescriptor.flagOffset(B, SLOTS);
        final byte[] before = new byte[flag];
        buffer.getBytes(0, before);
        assertTrue(readers.tryRead(B));
        final byte[] during = new byte[flag];
        buffer.getBytes(0, during);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(during));
        readers.unlockRead(B);
    }

    @Test
    void shouldInvalidateStampsWhenSomebodyWrites() {
        final long stamp = lock.tryOptimisticRead();
        assertNotEquals(StateLock.NO_STAMP, stamp);
        assertTrue(lock.validate(stamp));
        assertTrue(lock.tryRead(A));
        assertTrue(lock.validate(stamp), "readers disturb nobody");
        lock.unlockRead(A);
        assertTrue(lock.tryWrite(A));
        assertFalse(lock.validate(stamp), "while it is written");
        lock.unlockWrite(A);
        assertFalse(lock.validate(stamp), "after it was written");
        assertTrue(lock.validate(lock.tryOptimisticRead()));
        assertFalse(lock.validate(StateLock.NO_STAMP));
    }

    // ---- the dead --------------------------------------------------------------------------------------------------

    @Test
    void shouldAdvanceVersionOnceWhenDeadWriterIsReaped() {
        assertTrue(lock.tryWrite(A));
        lock.reapWriter(B);
        assertEquals(1, lock.version(), "not the writer");
        lock.reapWriter(A);
        assertEquals(2, lock.version());
        lock.reapWriter(A);
        assertEquals(2, lock.version(), "idempotent");
        assertTrue(lock.tryWrite(B));
        lock.reapWriter(A);
        assertTrue(lock.isWriter(B), "the dead one's successor keeps it");
    }

    @Test
    void shouldStayOddAsOrphanUntilItIsTakenOver() {
        lock.orphan(A);
        assertFalse(lock.isOrphaned(), "nobody wrote");
        assertFalse(lock.takeOver(B), "nothing to take over");
        assertTrue(lock.tryWrite(A));
        final long version = lock.version();
        lock.orphan(B);
        assertTrue(lock.isWriter(A), "not the writer");
        lock.orphan(A);
        lock.orphan(A);
        assertTrue(lock.isOrphaned());
        assertEquals(version, lock.version());
        assertFalse(lock.tryWrite(B));
        assertFalse(lock.tryRead(B));
        lock.reapWriter(A);
        assertTrue(lock.isOrphaned(), "an orphan waits for its adopter");
        assertTrue(lock.takeOver(B));
        assertTrue(lock.takeOver(B), "idempotent");
        assertFalse(lock.takeOver(C), "adopted by one");
        assertFalse(lock.isOrphaned());
        assertTrue(lock.isWriter(B));
        lock.unlockWrite(B);
        assertEquals(version + 1, lock.version());
    }

    @Test
    void shouldTakeOrphanOverOnceWhenThreadsTryAtOnce() throws Exception {
        for (int round = 0; round < 300; round++) {
            assertTrue(lock.tryWrite(A));
            lock.orphan(A);
            final AtomicInteger adopters = new AtomicInteger();
            Participants.run(3, slot -> {
                if (lock.takeOver(10 + slot)) {
                    adopters.incrementAndGet();
                    assertTrue(lock.isWriter(10 + slot));
                }
            });
            assertEquals(1, adopters.get());
            for (int slot = 10; slot < 13; slot++) {
                lock.reapWriter(slot);
            }
        }
    }

    /**
     * A writer dies at each of its accesses, while a reader that came in between is stopped at each of its own: the bit by
     * which the next writer finds the reader must not be lost on the way.
     */
    @Test
    void shouldSeeReaderWhereverWriterDiedWhileTheReaderCame() {
        int reads = 0;
        for (int comes = 0; comes < 12; comes++) {
            for (int stops = 0; stops < 10; stops++) {
                for (int dies = comes; dies < 12; dies++) {
                    reads += readWhileWriterDies(comes, stops, dies);
                }
            }
        }
        assertTrue(reads > 0, "no reader came in");
    }

    private int readWhileWriterDies(final int comes, final int stops, final int dies) {
        final String where = "reader comes=" + comes + " stops=" + stops + " writer dies=" + dies;
        assertTrue(lock.tryRead(B));
        lock.unlockRead(B); // leaves the bit
        final HookedBuffer readersView = new HookedBuffer(memory);
        final HookedBuffer writersView = new HookedBuffer(memory);
        final StateLock readers = new StateLock(readersView, 0, SLOTS, Waker.NONE);
        final StateLock writers = new StateLock(writersView, 0, SLOTS, Waker.NONE);
        final AtomicBoolean reads = new AtomicBoolean();
        final Halted[] reader = {null};
        writersView.hook(access -> {
            if (access == comes) {
                reader[0] = Halted.start(self -> {
                    readersView.hook(at -> {
                        if (at == stops) {
                            self.halt();
                        }
                    });
                    reads.set(readers.tryRead(B));
                });
            }
            if (access == dies) {
                throw new Pauses.GivenUp();
            }
        });
        try {
            if (writers.tryWrite(A)) {
                writersView.unhook();
                writers.unlockWrite(A);
            }
        } catch (final Pauses.GivenUp killed) {
            lock.unlockRead(A);
            lock.reapWriter(A);
        }
        writersView.unhook();
        if (reader[0] == null) {
            return 0;
        }
        reader[0].finish();
        readersView.unhook();
        final boolean writes = lock.tryWrite(C);
        assertEquals(!reads.get(), writes, where);
        if (writes) {
            lock.unlockWrite(C);
        }
        lock.unlockRead(B);
        return reads.get() ? 1 : 0;
    }

    // ---- waiting ---------------------------------------------------------------------------------------------------

    @Test
    void shouldKeepNewReadersOutWhileWriterWaitsForReaders() {
        assertTrue(lock.tryRead(A));
        final AtomicBoolean wrote = new AtomicBoolean();
        final Halted writer = Halted.start(self -> {
            lock.write(B, new Pauses.Counting(self::halt));
            wrote.set(true);
            lock.unlockWrite(B);
        });
        assertFalse(lock.tryRead(C), "the writer comes first");
        assertFalse(wrote.get());
        lock.unlockRead(A);
        writer.finish();
        assertTrue(wrote.get());
        assertTrue(lock.tryRead(C));
        lock.unlockRead(C);
    }

    @Test
    void shouldWakeWriterWhenItsReaderLeaves() {
        assertTrue(lock.tryRead(A));
        final Halted writer = Halted.start(self -> {
            lock.write(B, new Pauses.Counting(self::halt));
            lock.unlockWrite(B);
        });
        final int before = woken.get();
        lock.unlockRead(A);
        assertEquals(before + 1, woken.get());
        writer.finish();
        final int after = woken.get();
        assertTrue(lock.tryRead(A));
        lock.unlockRead(A);
        assertEquals(after, woken.get(), "nobody is woken while nobody writes");
    }

    @Test
    void shouldGiveTheLockBackAtWhicheverPauseTheWriterGivesUpWaitingForReaders() {
        assertTrue(lock.tryRead(A));
        for (int n = 1; n <= 10; n++) {
            final Cooperation cooperation = Pauses.givingUpAt(n);
            assertThrows(Pauses.GivenUp.class, () -> lock.write(B, cooperation));
            assertFalse(lock.isWriter(B));
            assertEquals(0, lock.version() % 2);
            assertTrue(lock.tryRead(C), "readers can come again");
            lock.unlockRead(C);
        }
        lock.unlockRead(A);
        lock.write(B, Pauses.never());
        lock.unlockWrite(B);
    }

    @Test
    void shouldHoldNothingWhenGivingUpWhileSomebodyWrites() {
        assertTrue(lock.tryWrite(A));
        for (int n = 1; n <= 10; n++) {
            final Cooperation cooperation = Pauses.givingUpAt(n);
            final Cooperation another = Pauses.givingUpAt(n);
            assertThrows(Pauses.GivenUp.class, () -> lock.write(B, cooperation));
            assertThrows(Pauses.GivenUp.class, () -> lock.read(B, another));
            assertFalse(flag(B));
            assertTrue(lock.isWriter(A));
        }
        lock.unlockWrite(A);
        assertTrue(lock.tryWrite(B));
        lock.unlockWrite(B);
    }

    @Test
    void shouldBeginAndEndEachWaitOnce() {
        assertTrue(lock.tryWrite(A));
        final Pauses.Counting reads = new Pauses.Counting(() -> lock.unlockWrite(A));
        lock.read(B, reads);
        final Pauses.Counting writes = new Pauses.Counting(() -> lock.unlockRead(B));
        lock.write(C, writes);
        final Pauses.Counting second = new Pauses.Counting(() -> lock.unlockWrite(C));
        lock.write(A, second);
        for (final Pauses.Counting wait : List.of(reads, writes, second)) {
            assertEquals(List.of(1, 1, 1), List.of(wait.begun, wait.paused, wait.ended));
        }
        lock.unlockWrite(A);
    }

    // ---- threads ---------------------------------------------------------------------------------------------------

    private long first;
    private long second;

    @Test
    void shouldExcludeWritersFromAllAndLetReadersShare() throws Exception {
        final int rounds = 8_000;
        final int writers = 2;
        final AtomicInteger reading = new AtomicInteger();
        final AtomicInteger writing = new AtomicInteger();
        Participants.run(5, participant -> {
            final int slot = participant * 30;
            final Cooperation cooperation = Pauses.yielding();
            for (int i = 0; i < rounds; i++) {
                if (participant < writers) {
                    if ((i & 3) != 0) {
                        lock.write(slot, cooperation);
                    } else {
                        while (!lock.tryWrite(slot)) {
                            Thread.yield();
                        }
                    }
                    assertEquals(1, writing.incrementAndGet());
                    assertEquals(0, reading.get());
                    first++;
                    second += 2;
                    writing.decrementAndGet();
                    lock.unlockWrite(slot);
                } else {
                    lock.read(slot, cooperation);
                    reading.incrementAndGet();
                    assertEquals(0, writing.get());
                    assertEquals(2 * first, second);
                    reading.decrementAndGet();
                    lock.unlockRead(slot);
                }
                if ((i & 15) == 0) {
                    Thread.yield();
                }
            }
        });
        assertEquals((long) writers * rounds, first);
        assertTrue(lock.tryWrite(A));
    }

    /** Two words of the same memory, which a writer changes together: a validated read has never seen one without the other. */
    @Test
    void shouldNeverValidateTornRead() throws Exception {
        final int one = StateLockDescriptor.length(SLOTS);
        final int other = one + Long.BYTES;
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicInteger validated = new AtomicInteger();
        Participants.run(3, participant -> {
            if (participant == 0) {
                try {
                    for (int i = 1; i <= 40_000; i++) {
                        lock.write(A, Pauses.never());
                        buffer.putLong(one, i);
                        buffer.putLong(other, -i);
                        lock.unlockWrite(A);
                        if ((i & 63) == 0) {
                            Thread.yield();
                        }
                    }
                } finally {
                    over.set(true);
                }
            } else {
                do {
                    final long stamp = lock.tryOptimisticRead();
                    if (stamp != StateLock.NO_STAMP) {
                        final long a = buffer.getLong(one);
                        final long b = buffer.getLong(other);
                        if (lock.validate(stamp)) {
                            assertEquals(a, -b);
                            validated.incrementAndGet();
                        }
                    }
                } while (!over.get());
            }
        });
        assertTrue(validated.get() > 0);
    }
}
