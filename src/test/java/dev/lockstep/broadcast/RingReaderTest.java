package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.junit.jupiter.api.Test;

class RingReaderTest {
    private static final int CAPACITY = 4096;

    private final DyingBuffer memory = new DyingBuffer(CAPACITY + BroadcastBufferDescriptor.TRAILER_LENGTH);
    private final OperationRing ring = new OperationRing(memory);
    private final FrameCodec codec = new FrameCodec();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[CAPACITY]);
    private final UnsafeBuffer into = new UnsafeBuffer(new byte[CAPACITY / 8]); // exactly the longest frame
    private final RingReader reader = ring.reader();

    private void transmit(final long sequence, final int payload) {
        frame.setMemory(Frame.HEADER_LENGTH, payload, (byte) sequence);
        ring.transmit(0, frame, 0, codec.encode(frame, 0, sequence, payload));
    }

    private void assertRead(final RingReader from, final long sequence, final int payload) {
        assertTrue(from.next(0, sequence, into), "sequence " + sequence);
        assertEquals(sequence, Frame.sequence(into, 0));
        assertEquals(payload, Frame.payloadLength(into, 0));
        for (int i = 0; i < payload; i++) {
            assertEquals((byte) sequence, into.getByte(Frame.HEADER_LENGTH + i));
        }
    }

    @Test
    void shouldReadFramesInOrderAroundTheRing() {
        for (long sequence = 1; sequence < 1000; sequence++) {
            final int payload = (int) (sequence * 37 % (ring.maxFrameLength() - Frame.HEADER_LENGTH));
            transmit(sequence, payload);
            assertRead(reader, sequence, payload);
            assertFalse(reader.next(0, sequence + 1, into));
        }
        assertEquals(0, reader.rejoins());
    }

    @Test
    void shouldTakeFrameOfTheGreatestLengthAndRefuseLonger() {
        assertEquals(CAPACITY / 8, ring.maxFrameLength());
        transmit(1, ring.maxFrameLength() - Frame.HEADER_LENGTH);
        assertRead(reader, 1, ring.maxFrameLength() - Frame.HEADER_LENGTH);
        assertThrows(
                IllegalArgumentException.class, () -> transmit(2, ring.maxFrameLength() - Frame.HEADER_LENGTH + 1));
    }

    @Test
    void shouldSkipOlderFramesWhenAdopterTransmitsAgain() {
        transmit(1, 8);
        transmit(2, 8);
        transmit(1, 8);
        transmit(2, 8);
        transmit(3, 8);
        assertRead(reader, 1, 8);
        assertRead(reader, 2, 8);
        assertRead(reader, 3, 8);
    }

    @Test
    void shouldSendToTheJournalWhenOnlyNewerFramesAreLeft() {
        transmit(5, 8);
        assertFalse(reader.next(0, 4, into));
        transmit(6, 8);
        assertRead(reader, 6, 8);
    }

    @Test
    void shouldSendToTheJournalWhenLappedAndReadOnAfterwards() {
        transmit(1, 100);
        for (long sequence = 2; sequence <= 200; sequence++) {
            transmit(sequence, 100);
        }
        assertFalse(reader.next(0, 1, into));
        transmit(201, 100);
        assertRead(reader, 201, 100);
    }

    @Test
    void shouldJoinAtNewestFrame() {
        transmit(1, 8);
        transmit(2, 8);
        final RingReader late = ring.reader();
        assertFalse(late.next(0, 1, into));
        transmit(3, 8);
        assertRead(late, 3, 8);
        final RingReader later = ring.reader();
        assertRead(later, 3, 8);
    }

    /**
     * The trap: a transmitter dies after it wrote a long record over old ones, and a shorter record follows, so that
     * the tail intent goes back. Agrona's own validation then passes for an old record that is overwritten in part.
     */
    @Test
    void shouldRefuseTornFrameThatAgronaTakesForValid() {
        final int oldPayload = 200;
        final int records = CAPACITY / (8 + Frame.HEADER_LENGTH + oldPayload);
        final BroadcastReceiver agrona = new BroadcastReceiver(memory);
        final RingReader slow = ring.reader();
        for (long sequence = 1; sequence <= records; sequence++) {
            transmit(sequence, oldPayload);
        }
        final int left = CAPACITY - records * (8 + Frame.HEADER_LENGTH + oldPayload);
        assertTrue(left < 8 + Frame.HEADER_LENGTH + oldPayload);
        for (int i = 0; i < 2; i++) {
            assertTrue(agrona.receiveNext());
            assertRead(slow, i + 1L, oldPayload);
        }
        // The next record wraps. It would lie over records 1 to 3 and dies before the tail says so.
        memory.dieAfter(7); // intent, padding (2), length, type, two halves of the bytes; then latest
        assertThrows(DyingBuffer.Died.class, () -> transmit(records + 1L, ring.maxFrameLength() - Frame.HEADER_LENGTH));
        memory.liveOn();
        transmit(records + 1L, 16);

        assertTrue(agrona.receiveNext());
        assertTrue(agrona.validate());
        assertFalse(slow.next(0, 3, into), "torn frame was taken");
        transmit(records + 2L, 16);
        assertRead(slow, records + 2L, 16);
    }

    @Test
    void shouldLoseNothingWhenTransmitterDiesAtAnyStore() {
        for (int stores = 0; stores < 10; stores++) {
            for (int before = 0; before < 40; before++) {
                memory.setMemory(0, memory.capacity(), (byte) 0);
                final RingReader[] readers = new RingReader[3];
                readers[0] = ring.reader();
                long sequence = 1;
                for (; sequence <= before; sequence++) {
                    transmit(sequence, (int) (sequence * 61 % 300));
                    assertRead(readers[0], sequence, (int) (sequence * 61 % 300));
                }
                readers[1] = ring.reader();
                memory.dieAfter(stores);
                try {
                    transmit(sequence, 300);
                } catch (final DyingBuffer.Died e) {
                    // the adopter goes on below
                }
                memory.liveOn();
                readers[2] = ring.reader();
                for (final RingReader each : readers) {
                    if (each.next(0, sequence, into)) {
                        assertEquals(sequence, Frame.sequence(into, 0));
                        assertEquals(300, Frame.payloadLength(into, 0));
                    }
                }
                transmit(sequence, 300);
                transmit(sequence + 1, 40);
                transmit(sequence + 2, 3);
                for (final RingReader each : readers) {
                    assertRead(each, sequence + 1, 40);
                    assertRead(each, sequence + 2, 3);
                }
            }
        }
    }

    @Test
    void shouldNeitherHangNorThrowWhenRingIsDamaged() {
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> Seeds.each(300, this::damage));
    }

    private void damage(final Random random) {
        memory.setMemory(0, memory.capacity(), (byte) 0);
        final RingReader damaged = ring.reader();
        long sequence = 1;
        for (int step = 0; step < 200; step++) {
            switch (random.nextInt(8)) {
                case 0 -> { // everything
                    for (int i = 0; i < memory.capacity(); i += 8) {
                        memory.putLong(i, random.nextLong());
                    }
                }
                case 1 ->
                    memory.putLong(
                            CAPACITY + 8 * random.nextInt(3), // intent, tail or latest
                            random.nextBoolean() ? random.nextLong() : random.nextInt(3 * CAPACITY));
                case 2 ->
                    memory.putInt(
                            8 * random.nextInt(CAPACITY / 8) + 4 * random.nextInt(2),
                            random.nextBoolean() ? random.nextInt(1024) - 512 : random.nextInt());
                case 3 -> { // a ring of records without length, with padding or negative lengths everywhere
                    final int length = random.nextInt(3) - 1;
                    final int type = random.nextInt(3) - 1;
                    for (int i = 0; i < CAPACITY; i += 8) {
                        memory.putInt(i, length);
                        memory.putInt(i + 4, type);
                    }
                }
                case 4 -> memory.setMemory(random.nextInt(CAPACITY), 64, (byte) random.nextInt());
                default -> transmit(sequence++, random.nextInt(300));
            }
            final long wanted = Math.max(1, sequence - random.nextInt(4));
            if (damaged.next(0, wanted, into)) {
                assertEquals(wanted, Frame.sequence(into, 0));
                assertTrue(codec.isIntact(into, 0, CAPACITY / 8));
                for (int i = Frame.HEADER_LENGTH; i < Frame.length(into, 0); i++) {
                    assertEquals((byte) wanted, into.getByte(i));
                }
            }
        }
        // Whatever it was, the ring serves again once a lap of frames has gone over it and its counters make sense.
        memory.setMemory(CAPACITY, BroadcastBufferDescriptor.TRAILER_LENGTH, (byte) 0);
        for (int i = 0; i < 200; i++) {
            transmit(sequence++, 50);
        }
        damaged.next(0, sequence, into);
        damaged.next(0, sequence, into);
        transmit(sequence, 60);
        transmit(sequence + 1, 61);
        damaged.next(0, sequence, into);
        assertRead(damaged, sequence + 1, 61);
    }

    @Test
    void shouldCopyNothingWhenRecordIsLongerThanAFrameOrLeavesTheRing() {
        final int inTheRing = 8 + ring.maxFrameLength() + 1;
        for (final int wrong : new int[] {Integer.MIN_VALUE, -8, 0, 8, 23, inTheRing, 2048, Integer.MAX_VALUE}) {
            memory.setMemory(0, memory.capacity(), (byte) 0);
            final RingReader fresh = ring.reader();
            transmit(1, 8);
            memory.putInt(0, wrong);
            assertFalse(fresh.next(0, 1, into));
        }
        memory.setMemory(0, memory.capacity(), (byte) 0);
        for (long sequence = 1; sequence <= CAPACITY / 32; sequence++) {
            transmit(sequence, 8);
        }
        final RingReader fresh = ring.reader();
        memory.putInt(CAPACITY - 32, 8 + ring.maxFrameLength());
        assertFalse(fresh.next(0, CAPACITY / 32, into));
    }

    @Test
    void shouldGiveUpWhenTheRingGoesRoundInCircles() {
        transmit(1, 0);
        transmit(2, 0);
        memory.putInt(24, -24); // padding that leads back to the first frame, which is intact and older
        memory.putInt(28, -1);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertFalse(reader.next(0, 3, into)));
    }

    @Test
    void shouldReadOnWithoutWaitingForALapWhenRecordHasNoLength() {
        transmit(1, 8);
        assertRead(reader, 1, 8);
        transmit(2, 8);
        memory.putInt(32, 0);
        assertFalse(reader.next(0, 2, into));
        transmit(3, 8);
        reader.next(0, 3, into);
        transmit(4, 8);
        assertRead(reader, 4, 8);
    }

    @Test
    void shouldFindTheWayBackWhenLedAstrayByAWrongLength() {
        transmit(1, 8);
        assertRead(reader, 1, 8);
        // Padding that claims to be long leads the receiver far ahead of the tail.
        transmit(2, 8);
        memory.putInt(32, 1 << 20);
        memory.putInt(36, -1);
        reader.next(0, 2, into);
        for (long sequence = 3; sequence < 6; sequence++) {
            transmit(sequence, 8);
            reader.next(0, sequence, into);
        }
        transmit(6, 8);
        assertRead(reader, 6, 8);
        assertTrue(reader.rejoins() > 0);
    }
}
