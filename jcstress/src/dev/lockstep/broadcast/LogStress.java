package dev.lockstep.broadcast;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.stress.StressMemory;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/** Orderings of what publishes an operation's record. */
public final class LogStress {
    private static final int RING = 4096;
    private static final int JOURNAL = ControlDescriptor.LENGTH;

    private LogStress() {}

    /** A frame whose payload is filled with its sequence. */
    private static int frame(final UnsafeBuffer into, final FrameCodec codec, final long sequence, final int payload) {
        for (int i = 0; i < payload; i += Long.BYTES) {
            into.putLong(Frame.HEADER_LENGTH + i, sequence);
        }
        return codec.encode(into, 0, sequence, payload);
    }

    /** What a reader has got: the sequence if the whole payload says so, −1 for nothing, −2 for something torn. */
    private static long check(final boolean got, final UnsafeBuffer frame) {
        if (!got) {
            return -1;
        }
        final long sequence = Frame.sequence(frame, 0);
        final int length = Frame.length(frame, 0);
        for (int i = Frame.HEADER_LENGTH; i < length; i += Long.BYTES) {
            if (frame.getLong(i) != sequence) {
                return -2;
            }
        }
        return sequence;
    }

    /** A transmitter and a reader of the ring. */
    abstract static class Ring {
        private final SharedBuffer memory = StressMemory.allocate(RING + BroadcastBufferDescriptor.TRAILER_LENGTH);
        private final OperationRing ring = new OperationRing(memory);
        private final RingReader reader = ring.reader();
        private final FrameCodec codec = new FrameCodec();
        private final UnsafeBuffer out = new UnsafeBuffer(new byte[ring.maxFrameLength() + Frame.ALIGNMENT]);
        private final UnsafeBuffer in = new UnsafeBuffer(new byte[ring.maxFrameLength() + Frame.ALIGNMENT]);

        final void transmit(final long sequence, final int payload) {
            ring.transmit(0, out, 0, frame(out, codec, sequence, payload));
        }

        final long next(final long sequence) {
            return check(reader.next(0, sequence, in), in);
        }
    }

    /** The tail's release store publishes the record. A reader has it whole or not at all, also without Agrona's fences. */
    @JCStressTest
    @Outcome(
            id = {"-1, -1", "1, -1", "1, 2", "-1, 1"},
            expect = ACCEPTABLE,
            desc = "in order, or from the journal")
    @Outcome(expect = FORBIDDEN, desc = "torn, or out of order")
    @State
    public static class RingPublish extends Ring {
        @Actor
        public void transmitter() {
            transmit(1, 32);
            transmit(2, 64);
        }

        @Actor
        public void follower(final JJ_Result r) {
            r.r1 = next(1);
            r.r2 = next(r.r1 == 1 ? 2 : 1);
        }
    }

    /** Long frames lap the reader while it copies: the copy is validated and checked by its checksum. */
    @JCStressTest
    @Outcome(
            id = {"-1", "1"},
            expect = ACCEPTABLE,
            desc = "the frame, or from the journal")
    @Outcome(expect = FORBIDDEN, desc = "torn, or another frame")
    @State
    public static class RingLapped extends Ring {
        @Actor
        public void transmitter() {
            for (int sequence = 1; sequence <= 12; sequence++) {
                transmit(sequence, 448);
            }
        }

        @Actor
        public void follower(final J_Result r) {
            r.r1 = next(1);
        }
    }

    /**
     * End cells, and the journal behind them. Guards the three release stores and the acquire loads: a reader has the end
     * that belongs to its sequence, with the bytes before it, or learns that the cell is gone.
     */
    @JCStressTest
    @Outcome(
            id = {"-1, -1", "64, 1"},
            expect = ACCEPTABLE,
            desc = "moved on, or the end of sequence 1 with its bytes")
    @Outcome(expect = FORBIDDEN, desc = "an end of another sequence, or bytes that are not there")
    @State
    public static class EndCells {
        private final SharedBuffer memory = StressMemory.allocate(JOURNAL + 256);
        private final JournalEnds ends = new JournalEnds(memory.view(0, ControlDescriptor.LENGTH));

        @Actor
        public void owner() {
            for (int sequence = 1; sequence <= 3; sequence++) {
                memory.putLong(JOURNAL + (sequence - 1) * 64, sequence);
                ends.record(sequence - 1, sequence, sequence * 64L);
            }
        }

        @Actor
        public void reader(final JJ_Result r) {
            r.r1 = ends.end(1);
            r.r2 = r.r1 == JournalEnds.NOT_HELD ? -1 : memory.getLong(JOURNAL);
        }
    }
}
