package dev.lockstep.region;

import org.agrona.BitUtil;

/**
 * Layout of the linker state lock.
 *
 * <pre>
 *    0  writer word     version 48 | owner 16; an odd version is held for writing
 *  128  summary bits    a bit a group slot: "this slot's flag may be up"; 64 a word
 *    …  reader flags, 128 bytes apart, one a group slot
 * </pre>
 */
public final class StateLockDescriptor {
    /** Offset of the writer word. */
    public static final int WRITER_OFFSET = 0;

    /** Offset of the first word of summary bits. */
    public static final int SUMMARY_OFFSET = 128;

    private StateLockDescriptor() {}

    /**
     * {@return number of summary words}
     *
     * @param groups capacity.
     */
    public static int summaryWords(final int groups) {
        return (groups + Long.SIZE - 1) / Long.SIZE;
    }

    /**
     * {@return offset of a slot's reader flag}
     *
     * @param slot of the group.
     * @param groups capacity.
     */
    public static int flagOffset(final int slot, final int groups) {
        return SUMMARY_OFFSET
                + BitUtil.align(summaryWords(groups) * Long.BYTES, Layout.HOT_WORD_SPACING)
                + slot * Layout.HOT_WORD_SPACING;
    }

    /**
     * {@return bytes that the lock takes}
     *
     * @param groups capacity.
     */
    public static int length(final int groups) {
        return flagOffset(groups, groups);
    }
}
