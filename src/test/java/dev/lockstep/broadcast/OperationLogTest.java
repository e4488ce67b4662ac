package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ControlDescriptor;
import java.time.Duration;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class OperationLogTest {
    private static final int JOURNAL_BYTES = 64 << 10;

    private final LogFixture fixture = new LogFixture(JOURNAL_BYTES);
    private final OperationLog log = fixture.log;

    private void assertReads(final LogCursor cursor, final long sequence) {
        final int length = cursor.read(0, sequence, fixture.committed(), fixture.into);
        assertEquals(Frame.frameLength(LogFixture.payloadLength(sequence)), length);
        assertTrue(LogFixture.isOperation(fixture.into, sequence), "sequence " + sequence);
        assertEquals(sequence, cursor.sequence());
    }

    private void assertReadsAll(final LogCursor cursor) {
        while (cursor.sequence() < fixture.committed()) {
            assertReads(cursor, cursor.sequence() + 1);
        }
        assertEquals(log.end(fixture.committed()), cursor.position());
    }

    @Test
    void shouldReadFromTheRingWhenKeepingUp() {
        final LogCursor cursor = log.cursor();
        for (int i = 1; i <= 100; i++) {
            fixture.broadcast(1);
            assertReadsAll(cursor);
        }
        assertEquals(100, cursor.ringReads());
        assertEquals(0, cursor.journalReads());
    }

    @Test
    void shouldReplayEverythingFromTheJournalWhenJoiningLate() {
        for (int i = 0; i < 100; i++) {
            fixture.broadcast(1 + i % 3);
        }
        final LogCursor cursor = log.cursor();
        assertReadsAll(cursor);
        assertTrue(cursor.journalReads() > 190);
        fixture.broadcast(1);
        final long before = cursor.ringReads();
        assertReadsAll(cursor);
        assertEquals(before + 1, cursor.ringReads());
    }

    @Test
    void shouldReadTheSameFromRingAndJournalWhateverTheLag() {
        final long[] reads = new long[2];
        Seeds.each(50, random -> {
            final LogFixture f = new LogFixture(JOURNAL_BYTES);
            final LogCursor[] cursors = {f.log.cursor(), f.log.cursor(), f.log.cursor(), null};
            for (int i = 0; i < 150; i++) {
                f.broadcast(1 + random.nextInt(3));
                for (int c = 0; c < cursors.length; c++) {
                    if (random.nextInt(1 + 10 * c) == 0) {
                        if (cursors[c] == null) {
                            cursors[c] = f.log.cursor();
                        }
                        while (cursors[c].sequence() < f.committed()) {
                            final long next = cursors[c].sequence() + 1;
                            assertTrue(cursors[c].read(0, next, f.committed(), f.into) > 0);
                            assertTrue(LogFixture.isOperation(f.into, next));
                        }
                        assertEquals(f.log.end(f.committed()), cursors[c].position());
                    }
                }
            }
            for (final LogCursor cursor : cursors) {
                reads[0] += cursor == null ? 0 : cursor.ringReads();
                reads[1] += cursor == null ? 0 : cursor.journalReads();
            }
        });
        assertTrue(reads[0] > 0 && reads[1] > 0, "from the ring " + reads[0] + ", from the journal " + reads[1]);
    }

    @Test
    void shouldReadFromTheJournalWhenTheRingHasNotGotItYet() {
        final LogCursor cursor = log.cursor();
        final int length = fixture.encode(1, 1);
        log.append(0, 1, fixture.frames(), 0, length);
        fixture.commit(1);
        assertReads(cursor, 1);
        assertEquals(1, cursor.journalReads());
        log.transmit(0, fixture.frames(), 0, length);
        fixture.broadcast(1);
        assertReads(cursor, 2);
        assertEquals(1, cursor.ringReads());
    }

    @Test
    void shouldOverwriteBatchThatWasWithdrawn() {
        fixture.broadcast(2);
        final int longer = fixture.encode(3, 5);
        log.append(2, 7, fixture.frames(), 0, longer);
        final int shorter = fixture.encode(3, 1);
        final int end = log.append(2, 3, fixture.frames(), 0, shorter);
        fixture.commit(3);
        assertEquals(end, log.end(3));
        log.retransmit(0, 3, fixture.into, frame -> {});
        assertReadsAll(log.cursor());
    }

    @Test
    void shouldTransmitTheSameFramesAgainWhenAdopterTakesOver() {
        for (final int count : new int[] {1, 3, 2, 1}) {
            final LogCursor cursor = log.cursor();
            assertReadsAll(cursor);
            final long ringReads = cursor.ringReads();
            final long committed = fixture.committed();
            final int length = fixture.encode(committed + 1, count);
            log.append(committed, committed + count, fixture.frames(), 0, length);
            fixture.commit(committed + count);
            fixture.linker.dieAfter(4); // within the first frame's transmission
            assertThrows(DyingBuffer.Died.class, () -> log.transmit(0, fixture.frames(), 0, length));
            fixture.linker.liveOn();
            assertEquals(count, log.retransmit(0, committed + count, fixture.into, frame -> {}));
            assertEquals(count, log.retransmit(0, committed + count, fixture.into, frame -> {}));
            assertReadsAll(cursor);
            assertEquals(ringReads + count, cursor.ringReads());
        }
    }

    @Test
    void shouldLoseNothingWhenOwnerDiesAtAnyStore() {
        for (int operations = 0; operations < 5; operations++) {
            for (int stores = 0; stores < 24; stores++) {
                final LogFixture f = new LogFixture(JOURNAL_BYTES);
                final LogCursor early = f.log.cursor();
                for (int i = 0; i < operations; i++) {
                    f.broadcast(1);
                }
                final long committed = f.committed();
                final int length = f.encode(committed + 1, 2);
                boolean isCommitted = false;
                f.linker.dieAfter(stores);
                try {
                    f.log.append(committed, committed + 2, f.frames(), 0, length);
                    f.commit(committed + 2);
                    isCommitted = true;
                    f.log.transmit(0, f.frames(), 0, length);
                } catch (final DyingBuffer.Died e) {
                    // the adopter goes on
                }
                f.linker.liveOn();
                assertEquals(isCommitted ? committed + 2 : committed, f.committed());
                if (isCommitted) {
                    assertEquals(2, f.log.retransmit(0, committed + 2, f.into, frame -> {}));
                }
                f.broadcast(1);
                f.broadcast(3);
                for (final LogCursor cursor : new LogCursor[] {early, f.log.cursor()}) {
                    while (cursor.sequence() < f.committed()) {
                        final long next = cursor.sequence() + 1;
                        cursor.read(0, next, f.committed(), f.into);
                        assertTrue(LogFixture.isOperation(f.into, next));
                    }
                }
            }
        }
    }

    @Test
    void shouldNameTheCapacityWhenTheJournalIsFullAndChangeNothing() {
        final LogFixture f = new LogFixture(4096);
        CapacityExceededException full = null;
        while (full == null) {
            final long committed = f.committed();
            final int left = f.log.capacityLeft(committed);
            try {
                f.broadcast(1);
                assertEquals(
                        left - Frame.paddedLength(Frame.frameLength(LogFixture.payloadLength(committed + 1))),
                        f.log.capacityLeft(committed + 1));
            } catch (final CapacityExceededException e) {
                full = e;
                assertEquals(left, f.log.capacityLeft(committed));
            }
        }
        assertEquals("journalBytes", full.capacity());
        assertEquals(4096, full.limit());
        assertEquals("table full: capacity=journalBytes limit=4096, create the universe with more", full.getMessage());
        final LogCursor cursor = f.log.cursor();
        while (cursor.sequence() < f.committed()) {
            assertTrue(cursor.read(0, cursor.sequence() + 1, f.committed(), f.into) > 0);
        }
        final int left = f.log.capacityLeft(f.committed());
        f.log.checkRoom(f.committed(), left);
        assertThrows(CapacityExceededException.class, () -> f.log.checkRoom(f.committed(), left + 1));
    }

    @Test
    void shouldFillTheJournalToTheLastByte() {
        final LogFixture f = new LogFixture(4096);
        for (long sequence = 1; sequence <= 8; sequence++) {
            final int length = f.encodeAt(0, sequence, LogFixture.MAX_FRAME - Frame.HEADER_LENGTH);
            f.log.append(sequence - 1, sequence, f.frames(), 0, length);
            f.commit(sequence);
        }
        assertEquals(0, f.log.capacityLeft(8));
        final LogCursor cursor = f.log.cursor();
        for (long sequence = 1; sequence <= 8; sequence++) {
            assertEquals(LogFixture.MAX_FRAME, cursor.read(0, sequence, 8, f.into));
        }
    }

    @Test
    void shouldNameTheRingWhenFrameIsTooLong() {
        log.checkRoom(0, log.maxFrameLength());
        final CapacityExceededException e =
                assertThrows(CapacityExceededException.class, () -> log.checkRoom(0, log.maxFrameLength() + 1));
        assertEquals("ringBytes", e.capacity());
        assertEquals(LogFixture.RING_BYTES, e.limit());
        final int length = Frame.paddedLength(fixture.encodeAt(0, 1, log.maxFrameLength() - Frame.HEADER_LENGTH + 1));
        assertThrows(CapacityExceededException.class, () -> log.append(0, 1, fixture.frames(), 0, length));
        assertEquals(0, log.end(0));
        assertEquals(OperationLog.MOVED_ON, log.end(1));
    }

    @Test
    void shouldRefuseFramesThatAreNotTheBatch() {
        final int length = fixture.encode(1, 3);
        assertThrows(IllegalArgumentException.class, () -> log.append(0, 2, fixture.frames(), 0, length));
        assertThrows(IllegalArgumentException.class, () -> log.append(0, 4, fixture.frames(), 0, length));
        assertThrows(IllegalArgumentException.class, () -> log.append(1, 4, fixture.frames(), 0, length));
        assertThrows(IllegalArgumentException.class, () -> log.append(0, 3, fixture.frames(), 0, length - 8));
        assertThrows(IllegalArgumentException.class, () -> log.append(0, 0, fixture.frames(), 0, 0));
        assertThrows(IllegalArgumentException.class, () -> log.transmit(0, fixture.frames(), 8, 16));
        log.append(0, 3, fixture.frames(), 0, length);
    }

    @Test
    void shouldRefuseToReadOutOfOrderOrBeyondTheCommitted() {
        fixture.broadcast(2);
        final LogCursor cursor = log.cursor();
        assertThrows(IllegalArgumentException.class, () -> cursor.read(0, 2, 2, fixture.into));
        assertThrows(IllegalArgumentException.class, () -> cursor.read(0, 1, 0, fixture.into));
        assertThrows(
                IllegalArgumentException.class,
                () -> cursor.read(0, 1, 2, new UnsafeBuffer(new byte[LogFixture.MAX_FRAME - 1])));
        assertReadsAll(cursor);
        assertThrows(IllegalArgumentException.class, () -> cursor.read(0, 2, 2, fixture.into));
        assertThrows(IllegalArgumentException.class, () -> cursor.read(0, 3, 2, fixture.into));
    }

    @Test
    void shouldSayMovedOnWhenMoreWasCommittedMeanwhileAndDamagedWhenNot() {
        fixture.broadcast(1);
        final long stale = fixture.committed();
        for (int i = 0; i < 40; i++) {
            fixture.broadcast(1);
        }
        final LogCursor cursor = log.cursor();
        assertEquals(OperationLog.MOVED_ON, cursor.read(0, 1, stale, fixture.into));
        assertReads(cursor, 1);
        final int cell = fixture.layout.control() + ControlDescriptor.END_CELL_OFFSET;
        fixture.linker.putLong(cell, 0);
        fixture.linker.putLong(cell + ControlDescriptor.END_CELL_SPACING, 0);
        assertEquals(OperationLog.MOVED_ON, cursor.read(0, 2, 41, fixture.into));
        final JournalCorruptException e =
                assertThrows(JournalCorruptException.class, () -> cursor.read(0, 2, 41, fixture.into));
        assertEquals("linker.dat", e.file());
        assertThrows(JournalCorruptException.class, () -> log.capacityLeft(41));
        assertThrows(JournalCorruptException.class, () -> log.retransmit(0, 41, fixture.into, frame -> {}));
    }

    @Test
    void shouldNameFilePositionAndWordWhenTheJournalIsDamaged() {
        fixture.broadcast(1);
        final int second = log.end(1);
        for (int i = 0; i < 40; i++) {
            fixture.broadcast(1);
        }
        final UnsafeBuffer memory = ((MemoryJournal) fixture.journal).memory;
        damaged(memory, second + Frame.LENGTH_OFFSET, 7, "length", second);
        damaged(memory, second + Frame.LENGTH_OFFSET, -1, "length", second);
        damaged(memory, second + Frame.LENGTH_OFFSET, Integer.MAX_VALUE, "length", second);
        damaged(memory, second + Frame.CRC_OFFSET, 1, "crc", second);
        damaged(memory, second + Frame.SEQUENCE_OFFSET, 9, "crc", second);
        damaged(memory, second + Frame.HEADER_LENGTH, 0x1234567, "crc", second);
        final byte[] first = new byte[second];
        memory.getBytes(0, first);
        memory.putBytes(second, first); // an intact frame, but of another sequence
        assertDamaged("sequence", second);
    }

    private void damaged(
            final UnsafeBuffer memory, final int index, final int value, final String word, final int position) {
        final int before = memory.getInt(index);
        memory.putInt(index, value);
        assertDamaged(word, position);
        memory.putInt(index, before);
        assertReadsAll(log.cursor());
    }

    private void assertDamaged(final String word, final int position) {
        final LogCursor cursor = log.cursor();
        assertReads(cursor, 1);
        final JournalCorruptException e =
                assertThrows(JournalCorruptException.class, () -> cursor.read(0, 2, fixture.committed(), fixture.into));
        assertEquals("operations.journal", e.file());
        assertEquals(position, e.position());
        assertEquals(word, e.word());
        assertTrue(
                e.getMessage().contains("file=operations.journal position=" + position + " word=" + word),
                e.getMessage());
        assertEquals(1, cursor.sequence());
        assertEquals(position, cursor.position());
    }

    @Test
    void shouldNameTheWordWhenAnEndCellIsDamaged() {
        for (int i = 0; i < 41; i++) {
            fixture.broadcast(1);
        }
        final int first = fixture.layout.control() + ControlDescriptor.END_CELL_OFFSET;
        final int cell = fixture.linker.getLong(first) == 41 ? first : first + ControlDescriptor.END_CELL_SPACING;
        for (final long wrong : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, JOURNAL_BYTES + 8, 12, 1L << 32}) {
            fixture.linker.putLong(cell + ControlDescriptor.CELL_END_OFFSET, wrong);
            final JournalCorruptException e = assertThrows(JournalCorruptException.class, () -> log.end(41));
            assertTrue(e.getMessage().contains("file=linker.dat position=" + first), e.getMessage());
            final LogCursor cursor = log.cursor();
            assertThrows(JournalCorruptException.class, () -> cursor.read(0, 1, 41, fixture.into));
            assertThrows(JournalCorruptException.class, () -> log.checkRoom(41, 64));
        }
        fixture.linker.putLong(cell + ControlDescriptor.CELL_END_OFFSET, 8);
        final LogCursor cursor = log.cursor();
        assertThrows(JournalCorruptException.class, () -> cursor.read(0, 1, 41, fixture.into));
        assertThrows(JournalCorruptException.class, () -> log.retransmit(0, 41, fixture.into, frame -> {}));
    }

    @Test
    void shouldAnswerWithAnErrorOrTheTruthWhenAnythingIsDamaged() {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> Seeds.each(300, OperationLogTest::damage));
    }

    private static void damage(final Random random) {
        final LogFixture f = new LogFixture(16 << 10);
        for (int i = 0; i < 60; i++) {
            f.broadcast(1);
        }
        final LogCursor[] cursors = {f.log.cursor(), f.log.cursor()};
        final UnsafeBuffer journal = ((MemoryJournal) f.journal).memory;
        for (int step = 0; step < 30; step++) {
            switch (random.nextInt(4)) {
                case 0 -> journal.putInt(4 * random.nextInt(journal.capacity() / 4), random.nextInt());
                case 1 -> journal.putInt(8 * random.nextInt(journal.capacity() / 8), random.nextInt(1024) - 256);
                case 2 ->
                    f.linker.putLong(
                            f.layout.control()
                                    + ControlDescriptor.endCellOffset(random.nextInt(2))
                                    + 8 * random.nextInt(2),
                            random.nextBoolean() ? random.nextLong() : random.nextInt(32 << 10));
                default ->
                    f.linker.putInt(
                            f.layout.ring() + 4 * random.nextInt(f.layout.ringLength() / 4),
                            random.nextBoolean() ? random.nextInt() : random.nextInt(64));
            }
            for (final LogCursor cursor : cursors) {
                try {
                    if (cursor.sequence() < f.committed()) {
                        final long next = cursor.sequence() + 1;
                        if (cursor.read(0, next, f.committed(), f.into) != OperationLog.MOVED_ON) {
                            assertTrue(LogFixture.isOperation(f.into, next));
                        }
                    }
                    if (random.nextInt(4) == 0) {
                        f.log.retransmit(0, f.committed(), f.into, frame -> {});
                        f.broadcast(1);
                    }
                } catch (final JournalCorruptException | CapacityExceededException e) {
                    assertTrue(e.getMessage().contains("="));
                }
            }
        }
    }
}
