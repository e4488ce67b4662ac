package dev.lockstep.broadcast;

import static dev.lockstep.region.ControlDescriptor.CELL_END_OFFSET;
import static dev.lockstep.region.ControlDescriptor.CELL_SEQUENCE_OFFSET;
import static dev.lockstep.region.ControlDescriptor.endCellOffset;

import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.SharedBuffer;

/**
 * The two end cells: where the journal ends after which sequence.
 *
 * <pre>
 *  cell    sequence | end
 *     0         7   |  4096      committed: control word says 7
 *     1         6   |  3968      the one before; the next record goes here
 * </pre>
 *
 * <p><b>One of them is always right.</b> The cell that holds the committed sequence is never written. {@link #record}
 * writes the other one: its sequence to 0, the end, the new sequence, each a release store. Only then does the
 * instigator commit, which makes the new cell the right one and the old one free. Sequence 0 needs no cell: before the
 * first operation the journal ends at 0, and that is answered without looking. So as long as 0 is committed there is no
 * cell to spare and the first is overwritten; from then on exactly one cell holds the committed sequence.
 *
 * <p><b>Death between the stores</b> (committed k, new k+n):
 * <pre>
 *  died after        cell that was written      what is seen
 *  nothing           (older, older end)         k in the other cell
 *  sequence to 0     (0,     older end)         k in the other cell; 0 is never looked for
 *  end               (0,     new end)           the same
 *  new sequence      (k+n,   new end)           the same: nobody looks for k+n before it is committed
 * </pre>
 * The operation is withdrawn, k stays committed, and the next record finds k in the same cell and overwrites the other
 * one whatever is in it, a record of k+n that was never committed included. To run a record again, after any of these
 * prefixes or after all of it, gives the same two cells.
 *
 * <p><b>A reader</b> finds the sequence, reads the end, and looks at the sequence again. An end of a later record was
 * stored after that record had set the sequence to 0; a reader that acquires such an end then sees the 0, or what came
 * later, and does not take it. A committed sequence is never recorded a second time, so the same value means the same
 * record.
 *
 * <p>Thread-safe for readers. {@link #record} belongs to the lease owner. What is read is as it is in the file: who
 * uses it checks it.
 */
final class JournalEnds {
    /** Neither cell holds the sequence. */
    static final long NOT_HELD = -1;

    /** The cell holds the sequence, but what it says is no position in any journal. */
    static final long INVALID = Long.MAX_VALUE;

    private final SharedBuffer control;

    /** Works on the cells of a control region. */
    JournalEnds(final SharedBuffer control) {
        control.boundsCheck(0, ControlDescriptor.LENGTH);
        this.control = control;
    }

    /**
     * Where the journal ends.
     *
     * @param committedSequence from an acquire (or volatile) load of the control word.
     * @return the end, unchecked but not negative; {@link #NOT_HELD} if newer records have taken both cells, so that
     *     the control word already says more (if it does not, the cells are damaged); {@link #INVALID} for a negative
     *     end.
     */
    long end(final long committedSequence) {
        if (committedSequence == 0) {
            return 0;
        }
        for (int cell = 0; cell < 2; cell++) {
            if (sequence(cell) == committedSequence) {
                final long end = control.getLongAcquire(endCellOffset(cell) + CELL_END_OFFSET);
                if (sequence(cell) == committedSequence) {
                    return end >= 0 ? end : INVALID;
                }
            }
        }
        return NOT_HELD;
    }

    /**
     * Where the newest committed batch begins: the end before it, which the other cell still holds. For the lease
     * owner, while it has not recorded anything yet.
     *
     * @param committedSequence from the control word; not 0.
     * @return the end before, unchecked but not negative; {@link #INVALID} if the other cell cannot be it.
     */
    long previousEnd(final long committedSequence) {
        final int kept = cellOf(committedSequence);
        if (kept < 0) {
            return INVALID;
        }
        final int cell = 1 - kept;
        final long sequence = sequence(cell);
        if (sequence == 0) {
            return 0;
        }
        if (sequence < 0 || sequence >= committedSequence) {
            return INVALID;
        }
        final long end = control.getLongAcquire(endCellOffset(cell) + CELL_END_OFFSET);
        return end >= 0 ? end : INVALID;
    }

    /**
     * Says where the journal will end once a new sequence is committed. Idempotent; see above for a death on the way.
     *
     * @param committedSequence from the control word; its cell is left alone.
     * @param newSequence that is about to be committed.
     * @param newEnd of the journal then.
     * @return false if no cell holds the committed sequence: the cells are damaged, nothing was written.
     */
    boolean record(final long committedSequence, final long newSequence, final long newEnd) {
        final int kept = committedSequence == 0 ? 1 : cellOf(committedSequence);
        if (kept < 0) {
            return false;
        }
        final int cell = endCellOffset(1 - kept);
        // Release, all three: whoever sees one of these stores also sees those before it, and the journal's bytes.
        control.putLongRelease(cell + CELL_SEQUENCE_OFFSET, 0);
        control.putLongRelease(cell + CELL_END_OFFSET, newEnd);
        control.putLongRelease(cell + CELL_SEQUENCE_OFFSET, newSequence);
        return true;
    }

    private int cellOf(final long sequence) {
        return sequence(0) == sequence ? 0 : sequence(1) == sequence ? 1 : -1;
    }

    private long sequence(final int cell) {
        return control.getLongAcquire(endCellOffset(cell) + CELL_SEQUENCE_OFFSET);
    }
}
