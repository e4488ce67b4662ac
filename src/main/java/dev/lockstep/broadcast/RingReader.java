package dev.lockstep.broadcast;

import static org.agrona.concurrent.broadcast.BroadcastBufferDescriptor.LATEST_COUNTER_OFFSET;
import static org.agrona.concurrent.broadcast.BroadcastBufferDescriptor.TAIL_COUNTER_OFFSET;
import static org.agrona.concurrent.broadcast.BroadcastBufferDescriptor.TRAILER_LENGTH;
import static org.agrona.concurrent.broadcast.RecordDescriptor.RECORD_ALIGNMENT;
import static org.agrona.concurrent.broadcast.RecordDescriptor.calculateMaxMessageLength;

import dev.lockstep.region.SharedBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.RecordDescriptor;

/**
 * One group's view of the operation ring. Confined to the group's thread.
 *
 * <p>Nothing that lies in the ring is trusted. Agrona's receiver takes positions and lengths from memory as they are,
 * but masks every offset that it reads at, so it neither leaves the ring nor throws; what it hands out (an offset, a
 * length and a type) is checked here before a byte is copied. The copy is validated against being lapped, then checked
 * by length and checksum, and only then is its sequence looked at.
 *
 * <p>Whenever something is wrong the reader joins again at the newest frame, since the receiver may have taken its next
 * position from a torn length. That makes a new receiver; an intact ring allocates nothing.
 */
final class RingReader {
    private static final int LEAST_RECORD = RecordDescriptor.HEADER_LENGTH + Frame.HEADER_LENGTH;

    private final SharedBuffer ring;
    private final int capacity;
    private final int maxFrameLength;
    private final int tailIndex;
    private final int latestIndex;
    private final FrameCodec codec = new FrameCodec();
    private BroadcastReceiver receiver;

    /** Tail when last something was received: if the receiver has nothing though the tail is another, it is lost. */
    private long receivedTail;

    private long rejoins;

    RingReader(final SharedBuffer ring) {
        this.ring = ring;
        capacity = ring.capacity() - TRAILER_LENGTH;
        maxFrameLength = calculateMaxMessageLength(capacity);
        tailIndex = capacity + TAIL_COUNTER_OFFSET;
        latestIndex = capacity + LATEST_COUNTER_OFFSET;
        join();
    }

    private void join() {
        receiver = isAligned(ring.getLongVolatile(latestIndex)) ? new BroadcastReceiver(ring) : null;
        receivedTail = ring.getLongVolatile(tailIndex);
    }

    /** Agrona's receiver goes where the counters lead it: records lie on multiples of 8, nothing else is followed. */
    private static boolean isAligned(final long counter) {
        return (counter & (RECORD_ALIGNMENT - 1)) == 0;
    }

    private boolean rejoin() {
        rejoins++;
        join();
        return false;
    }

    /** {@return how often the reader joined again because something was torn, lapped or damaged} */
    long rejoins() {
        return rejoins;
    }

    /**
     * Takes the next frame if the ring has it. Skips older ones, at most as many as fit into the ring.
     *
     * @param sequence that is wanted.
     * @param into holds the intact frame if true is returned, anything otherwise; takes at least the longest frame.
     * @return false if the frame is not here, not here yet, or no longer here: it is in the journal if it is committed.
     */
    boolean next(final long sequence, final MutableDirectBuffer into) {
        for (int budget = capacity / LEAST_RECORD; budget > 0; budget--) {
            final long tail = ring.getLongVolatile(tailIndex);
            if (receiver == null || !isAligned(ring.getLongVolatile(latestIndex))) {
                return rejoin();
            }
            if (!receiver.receiveNext()) {
                // The tail has moved since all was received, yet nothing is next: a wrong length or tail led astray.
                return tail != receivedTail && rejoin();
            }
            receivedTail = ring.getLongVolatile(tailIndex);
            final int offset = receiver.offset();
            final int length = receiver.length(); // one look: the copy is of this many bytes whatever comes later
            if (receiver.typeId() != OperationRing.FRAME_TYPE_ID
                    || length < Frame.HEADER_LENGTH
                    || length > maxFrameLength
                    || offset > capacity - length) {
                return rejoin();
            }
            ring.getBytes(offset, into, 0, length);
            if (!receiver.validate() || !codec.isIntact(into, 0, length)) {
                return rejoin();
            }
            final long found = Frame.sequence(into, 0);
            if (found >= sequence) {
                return found == sequence;
            }
        }
        return false;
    }
}
