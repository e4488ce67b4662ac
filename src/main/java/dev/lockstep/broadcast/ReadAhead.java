package dev.lockstep.broadcast;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The journal's bytes for who replays many frames: copied by the stretch and then taken from the copy, so that code which
 * is not compiled yet does little for a frame. What is committed never changes, so a copy stays right.
 *
 * <p>Nothing is checked here: a frame that is taken from a copy is checked as one that is taken from the journal.
 *
 * <p>Confined to one thread at a time.
 */
final class ReadAhead {
    private static final int STRETCH = 16 << 10;

    private final Journal journal;
    private final UnsafeBuffer copy;
    private int begin;
    private int copied;
    private int end;

    /**
     * Holds nothing yet.
     *
     * @param journal to read.
     * @param maxFrameLength of any frame.
     */
    ReadAhead(final Journal journal, final int maxFrameLength) {
        this.journal = journal;
        copy = new UnsafeBuffer(new byte[Math.max(STRETCH, maxFrameLength)]);
    }

    /**
     * Copies a stretch.
     *
     * @param position of its first byte.
     * @param checkedEnd of the journal, as it is committed; not before the position.
     */
    void begin(final int position, final int checkedEnd) {
        begin = position;
        end = checkedEnd;
        copied = Math.min(checkedEnd - position, copy.capacity());
        journal.read(position, copy, 0, copied);
    }

    /** {@return whether there are bytes from a place on before the end} */
    boolean reaches(final int position) {
        return position < end;
    }

    /** {@return end of the journal, as it was given} */
    int end() {
        return end;
    }

    /** Copies bytes that lie before the end. */
    void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        if (position < begin || position - begin > copied - length) {
            begin(position, end);
        }
        copy.getBytes(position - begin, into, offset, length);
    }
}
