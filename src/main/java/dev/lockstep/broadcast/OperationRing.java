package dev.lockstep.broadcast;

import dev.lockstep.region.SharedBuffer;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.broadcast.RecordDescriptor;

/**
 * The operation ring: Agrona's broadcast buffer with one frame a message. A cache of the newest operations and nothing
 * more, so that a group that is slow, or gone, holds nobody up.
 *
 * <p><b>Transmitting</b> belongs to the lease owner. One that dies on the way leaves a tail that was not advanced, and
 * the next one writes over what it had begun; it transmits the same frames again first, which receivers skip if they
 * had them. What is left of a longer frame behind a shorter one is told by its checksum, by nothing in Agrona's
 * protocol: the tail intent, by which a receiver sees that it was overwritten, goes back when a shorter record follows.
 *
 * <p><b>Rounds.</b> A frame may be transmitted before the commit, while the groups are still on their way, so that it is there
 * when they are told. One that was never committed stays in the ring, and another one of the same sequence follows: so the
 * type of a message is the round of the operation, and a reader takes nothing but frames of the round that the control word
 * with their sequence names. A round comes again after 2^19 operations, asked for or made, when a ring of
 * {@value dev.lockstep.region.Capacities#MAX_RING_BYTES} bytes at the most has been written over.
 *
 * <p><b>Fences.</b> Agrona's transmitter and receiver use static fences beside the buffer's own ordered accesses, and
 * those do not pass through {@link SharedBuffer}. None of them is needed for what is claimed here: they narrow the
 * window in which a torn frame passes Agrona's validation, and such a frame fails its checksum. A scheduler behind the
 * seam that reorders across them shows more torn frames than there are, and no wrong ones.
 *
 * <p><b>Damage.</b> Tail counters of any value do not make the transmitter leave the ring and its trailer, since it masks
 * the tail. A tail that is not aligned is aligned first: records lie on multiples of 8, on every platform.
 */
final class OperationRing {
    /** Greatest round, which with 1 added is the type of a message. */
    static final long MAX_ROUND = (1L << 19) - 1;

    private final SharedBuffer ring;
    private final BroadcastTransmitter transmitter;
    private final int tailIndex;

    /** Works on a ring with its trailer. */
    OperationRing(final SharedBuffer ring) {
        this.ring = ring;
        transmitter = new BroadcastTransmitter(ring);
        tailIndex = capacity() + BroadcastBufferDescriptor.TAIL_COUNTER_OFFSET;
    }

    /** {@return bytes of the ring, its trailer not included} */
    int capacity() {
        return ring.capacity() - BroadcastBufferDescriptor.TRAILER_LENGTH;
    }

    /** {@return bytes of the longest frame that can be transmitted} */
    int maxFrameLength() {
        return transmitter.maxMsgLength();
    }

    /** Transmits one frame, committed or about to be, as of a round. For the lease owner. */
    void transmit(final long round, final DirectBuffer frame, final int offset, final int length) {
        final long tail = ring.getLong(tailIndex);
        if ((tail & (RecordDescriptor.RECORD_ALIGNMENT - 1)) != 0) {
            ring.putLongRelease(tailIndex, BitUtil.align(tail, RecordDescriptor.RECORD_ALIGNMENT));
        }
        transmitter.transmit(typeOf(round), frame, offset, length);
    }

    static int typeOf(final long round) {
        return (int) round + 1;
    }

    /** {@return a reader that begins with the newest frame} */
    RingReader reader() {
        return new RingReader(ring);
    }
}
