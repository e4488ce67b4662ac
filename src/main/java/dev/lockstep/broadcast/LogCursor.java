package dev.lockstep.broadcast;

import org.agrona.MutableDirectBuffer;

/**
 * One group's place in the log: which operation it read last and where in the journal the next one lies.
 *
 * <p>Confined to the group's thread, or handed from one to another with the group. A new cursor has read nothing, so a
 * group that joins replays everything by it. Allocates nothing while the ring is intact.
 */
public final class LogCursor {
    private final OperationLog log;
    private final RingReader ring;
    private final FrameCodec codec = new FrameCodec();
    private long sequence;
    private int position;
    private long movedOnAt = -1;
    private long ringReads;
    private long journalReads;

    LogCursor(final OperationLog log, final RingReader ring) {
        this.log = log;
        this.ring = ring;
    }

    /** {@return sequence of the operation that was read last; 0 if none} */
    public long sequence() {
        return sequence;
    }

    /** {@return where in the journal the next operation lies, in bytes} */
    public int position() {
        return position;
    }

    /** {@return how many operations came from the ring} */
    public long ringReads() {
        return ringReads;
    }

    /** {@return how many operations came from the journal} */
    public long journalReads() {
        return journalReads;
    }

    /**
     * Reads the next operation, from the ring if it has it, else from the journal, and steps on.
     *
     * @param round that the same control word names: of its newest operations, which are those that the ring is good for; or
     *     {@link OperationLog#NO_ROUND}, not to look into the ring.
     * @param next its sequence: {@link #sequence()}{@code  + 1}.
     * @param committedSequence at least that, from an acquire or volatile load of the control word.
     * @param into takes at least {@link OperationLog#maxFrameLength()}; holds the checked frame from index 0
     * afterwards.
     * @return bytes of the frame without padding; or {@link OperationLog#MOVED_ON}, with nothing read, if so much was
     *     committed since that the journal's end for that sequence is no longer known: load the control word again and
     *     call again.
     * @throws IllegalArgumentException if it is not the next operation, not committed, or the buffer is too small.
     * @throws JournalCorruptException naming file, position and word, if what should be there is damaged; the cursor
     *     stays where it is.
     */
    public int read(final long round, final long next, final long committedSequence, final MutableDirectBuffer into) {
        if (next != sequence + 1 || next > committedSequence) {
            throw new IllegalArgumentException("not the next committed operation: sequence=" + next + " last read="
                    + sequence + " committed=" + committedSequence);
        }
        log.checkRoomFor(into);
        if (round != OperationLog.NO_ROUND && ring.next(round, next, into)) {
            final int length = Frame.length(into, 0);
            if (length <= log.capacity() - position) {
                ringReads++;
                return step(next, length);
            }
        }
        final int end = log.end(committedSequence);
        if (end == OperationLog.MOVED_ON) {
            if (movedOnAt == committedSequence) {
                // Both cells were taken by newer records, so the control word said more the second time; it did not.
                throw log.cellsLost(committedSequence);
            }
            movedOnAt = committedSequence;
            return OperationLog.MOVED_ON;
        }
        final int length = log.readFrame(codec, position, end, into);
        if (Frame.sequence(into, 0) != next) {
            throw log.corrupt(position, "sequence", Frame.sequence(into, 0));
        }
        journalReads++;
        return step(next, length);
    }

    private int step(final long next, final int length) {
        sequence = next;
        position += Frame.paddedLength(length);
        return length;
    }
}
