package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.ControlDescriptor;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JournalEndsTest {
    private static final int STORES_OF_A_RECORD = 3;

    private final DyingBuffer control = new DyingBuffer(ControlDescriptor.LENGTH);
    private final JournalEnds ends = new JournalEnds(control);

    @Test
    void shouldEndAtZeroWhenNothingIsCommitted() {
        assertEquals(0, ends.end(0));
        assertTrue(ends.record(0, 1, 64));
        assertEquals(0, ends.end(0));
        assertEquals(64, ends.end(1));
    }

    @Test
    void shouldKeepCommittedEndWhileNextIsRecorded() {
        long committed = 0;
        for (int n = 1; n < 20; n++) {
            final long next = committed + 1 + n % 3;
            assertTrue(ends.record(committed, next, next * 8));
            assertEquals(committed * 8, ends.end(committed));
            assertEquals(next * 8, ends.end(next));
            assertEquals(committed * 8, ends.previousEnd(next));
            committed = next;
        }
    }

    @Test
    void shouldLeaveCommittedEndWhenInstigatorDiesAtAnyStore() {
        for (int operations = 0; operations < 4; operations++) {
            for (int died = 0; died <= STORES_OF_A_RECORD; died++) {
                for (int diedAgain = 0; diedAgain <= STORES_OF_A_RECORD; diedAgain++) {
                    control.setMemory(0, ControlDescriptor.LENGTH, (byte) 0);
                    for (int i = 0; i < operations; i++) {
                        ends.record(i, i + 1L, (i + 1) * 8L);
                    }
                    // A batch of five is withdrawn on the way, then one of one, then one of two goes through.
                    dieRecording(operations, operations + 5L, 4096, died);
                    assertEquals(operations * 8L, ends.end(operations));
                    dieRecording(operations, operations + 1L, 2048, diedAgain);
                    assertEquals(operations * 8L, ends.end(operations));
                    assertTrue(ends.record(operations, operations + 2L, 1024));
                    assertEquals(operations * 8L, ends.end(operations));
                    assertEquals(1024, ends.end(operations + 2L));
                    assertEquals(operations * 8L, ends.previousEnd(operations + 2L));
                    assertEquals(JournalEnds.NOT_HELD, ends.end(operations + 5L));
                    assertEquals(JournalEnds.NOT_HELD, ends.end(operations + 1L));
                }
            }
        }
    }

    private void dieRecording(final long committed, final long next, final long end, final int stores) {
        control.dieAfter(stores);
        if (stores < STORES_OF_A_RECORD) {
            assertThrows(DyingBuffer.Died.class, () -> ends.record(committed, next, end));
        } else {
            assertTrue(ends.record(committed, next, end));
        }
        control.liveOn();
    }

    @Test
    void shouldSayNotHeldWhenNewerRecordsTookBothCells() {
        ends.record(0, 1, 8);
        ends.record(1, 2, 16);
        ends.record(2, 3, 24);
        assertEquals(JournalEnds.NOT_HELD, ends.end(1));
    }

    @Test
    void shouldWriteNothingWhenNoCellHoldsTheCommittedSequence() {
        ends.record(0, 1, 8);
        final byte[] before = bytes();
        assertFalse(ends.record(7, 8, 16));
        assertEquals(java.nio.ByteBuffer.wrap(before), java.nio.ByteBuffer.wrap(bytes()));
        assertEquals(JournalEnds.INVALID, ends.previousEnd(7));
    }

    @Test
    void shouldNotTakeNegativeEndForAnAnswer() {
        ends.record(0, 1, -1);
        assertEquals(JournalEnds.INVALID, ends.end(1));
        ends.record(1, 2, 8);
        assertEquals(JournalEnds.INVALID, ends.previousEnd(2));
    }

    private byte[] bytes() {
        final byte[] bytes = new byte[ControlDescriptor.LENGTH];
        control.getBytes(0, bytes);
        return bytes;
    }

    @Test
    void shouldNeverAnswerEndOfAnotherSequenceWhileRecordsFollow() throws Exception {
        final int last = 300_000;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread reader = new Thread(() -> {
            try {
                long committed = 0;
                while (committed < last) {
                    committed = control.getLongVolatile(ControlDescriptor.WORD_OFFSET);
                    final long end = ends.end(committed);
                    if (end == JournalEnds.NOT_HELD) {
                        assertTrue(control.getLongVolatile(ControlDescriptor.WORD_OFFSET) > committed);
                    } else {
                        assertEquals(committed * 8, end);
                    }
                }
            } catch (final Throwable e) {
                failure.set(e);
            }
        });
        reader.start();
        for (long k = 0; k < last; k++) {
            ends.record(k, k + 2, 7); // withdrawn
            ends.record(k, k + 1, (k + 1) * 8);
            control.putLongVolatile(ControlDescriptor.WORD_OFFSET, k + 1);
        }
        reader.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }
}
