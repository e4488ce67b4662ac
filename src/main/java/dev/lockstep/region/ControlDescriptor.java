package dev.lockstep.region;

/**
 * Layout of the control region.
 *
 * <pre>
 *    0  control word    committed sequence 40 | round 19 | phase 4 | abort 1
 *  128  end cell 0      sequence, end of the journal after it
 *  192  end cell 1      sequence, end of the journal after it
 *  256  abort detail    sequence 40 | slot 12 | code 12; 0 = not aborted
 *  264  bootstrapped    0 = no main group yet; else slot + 1 63 | done 1
 *  272  stopped at      when the newest STOP was, monotonic nanoseconds; diagnostics only
 *  384  sleepers hint   stamp of somebody who sleeps, or has slept; 0 = nobody sleeps
 *  512  taken slots     a bit a group slot, from the least significant: 1 = somebody has it
 * </pre>
 */
public final class ControlDescriptor {
    /** Offset of the control word. */
    public static final int WORD_OFFSET = 0;

    /** Offset of the first end cell. */
    public static final int END_CELL_OFFSET = 128;

    /** Bytes from one end cell to the next. */
    public static final int END_CELL_SPACING = 64;

    /** Offset of the sequence in an end cell. */
    public static final int CELL_SEQUENCE_OFFSET = 0;

    /** Offset of the journal's end in an end cell. */
    public static final int CELL_END_OFFSET = 8;

    /** Offset of the abort detail. */
    public static final int ABORT_DETAIL_OFFSET = 256;

    /** Offset of the bootstrap word. */
    public static final int BOOTSTRAP_OFFSET = 264;

    /** Offset of the time of the newest STOP. */
    public static final int STOPPED_AT_OFFSET = 272;

    /** Offset of the sleepers hint. */
    public static final int SLEEPERS_OFFSET = 384;

    /** Offset of the bits of the group slots that are taken. */
    public static final int TAKEN_OFFSET = 512;

    /** Bytes that the region takes: room for the bits of 4096 slots. */
    public static final int LENGTH = 1024;

    private ControlDescriptor() {}

    /**
     * {@return offset of an end cell}
     *
     * @param cell 0 or 1.
     */
    public static int endCellOffset(final int cell) {
        return END_CELL_OFFSET + cell * END_CELL_SPACING;
    }
}
