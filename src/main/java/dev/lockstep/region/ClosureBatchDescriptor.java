package dev.lockstep.region;

/**
 * Layout of a batch of closure slots: a range of the function table that is set aside for closures. The pair of ints
 * shares a word, the first in its low half.
 *
 * <pre>
 *    0  int base (first slot), int size (number of slots, 1 to 128)
 *    8  used bits 0–63  bit i: slot base + i is given out
 *   16  used bits 64–127
 *   24  reserved
 * </pre>
 */
public final class ClosureBatchDescriptor {
    /** Offset of the first slot (low half) and the number of slots (high half). */
    public static final int BASE_OFFSET = 0;

    /** Offset of the first word of used bits. */
    public static final int USED_OFFSET = 8;

    /** Words of used bits. */
    public static final int USED_WORDS = 2;

    /** Slots that a batch can have. */
    public static final int MAX_SIZE = USED_WORDS * Long.SIZE;

    private ClosureBatchDescriptor() {}
}
