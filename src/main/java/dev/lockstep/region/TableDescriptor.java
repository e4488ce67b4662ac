package dev.lockstep.region;

import static org.agrona.BitUtil.align;

/**
 * Layout of the linker-state tables. They are changed by redo only, but for the module state words, which are changed
 * by CAS once the redo has set them.
 *
 * <pre>
 *    0  tables' sequence   counts transactions
 *    8  next handle        main is 1, sides from 2; 0 = none was given yet, the next is 1
 *   16  table length       of the function table of every replica, in slots
 *   24  memory end         first byte of linear memory that nobody has, in bytes
 *   32  symbol count
 *   40  name bytes used    a multiple of 8: each name begins on one, padded with zeros
 *   48  extent count
 *   56  closure batch count
 *   64  module count       modules registered and not taken out
 *   72  retired symbols    symbols of modules that were taken out, whose slots nobody was given since
 *   80  consumed symbols   symbols of modules that were taken out, whose slots somebody may have been given
 *  128  modules            128 bytes each, index = handle − 1
 *    …  symbols            48 bytes each, open addressing
 *    …  extents            { long address, long length }
 *    …  closure batches    { int base, int size, long used bits 0–63, long used bits 64–127 }, 32 bytes each
 *    …  names              bytes
 * </pre>
 */
public final class TableDescriptor {
    /** Offset of the tables' sequence. */
    public static final int SEQUENCE_OFFSET = 0;

    /** Offset of the next handle. */
    public static final int NEXT_HANDLE_OFFSET = 8;

    /** Offset of the length of the function table. */
    public static final int TABLE_LENGTH_OFFSET = 16;

    /** Offset of the end of allocated linear memory. */
    public static final int MEMORY_END_OFFSET = 24;

    /** Offset of the number of symbols. */
    public static final int SYMBOL_COUNT_OFFSET = 32;

    /** Offset of the number of name bytes used. */
    public static final int NAME_BYTES_USED_OFFSET = 40;

    /** Offset of the number of leftovers. */
    public static final int EXTENT_COUNT_OFFSET = 48;

    /** Offset of the number of closure batches. */
    public static final int CLOSURE_BATCH_COUNT_OFFSET = 56;

    /** Offset of the number of modules. */
    public static final int MODULE_COUNT_OFFSET = 64;

    /** Offset of the number of symbols whose module was taken out and whose slot can be given to others. */
    public static final int RETIRED_SYMBOL_COUNT_OFFSET = 72;

    /** Offset of the number of symbols whose module was taken out and whose slot was given to others. */
    public static final int CONSUMED_SYMBOL_COUNT_OFFSET = 80;

    /** Offset of the modules. */
    public static final int MODULES_OFFSET = 128;

    /** Bytes that a module entry takes. */
    public static final int MODULE_LENGTH = 128;

    /** Bytes that a symbol entry takes. */
    public static final int SYMBOL_LENGTH = 48;

    /** Bytes that a leftover takes. */
    public static final int EXTENT_LENGTH = 16;

    /** Bytes that a closure batch takes. */
    public static final int CLOSURE_BATCH_LENGTH = 32;

    private TableDescriptor() {}

    /**
     * {@return number of entries of the symbol hash table: a power of two, at most two thirds full}
     *
     * @param c capacities.
     */
    public static int symbolSlots(final Capacities c) {
        return org.agrona.BitUtil.findNextPositivePowerOfTwo(c.symbols() + (c.symbols() >> 1) + 1);
    }

    /**
     * {@return offset of the symbols, from the tables' own}
     *
     * @param c capacities.
     */
    public static int symbolsOffset(final Capacities c) {
        return MODULES_OFFSET + c.modules() * MODULE_LENGTH;
    }

    /**
     * {@return offset of the leftovers, from the tables' own}
     *
     * @param c capacities.
     */
    public static int extentsOffset(final Capacities c) {
        return symbolsOffset(c) + symbolSlots(c) * SYMBOL_LENGTH;
    }

    /**
     * {@return offset of the closure batches, from the tables' own}
     *
     * @param c capacities.
     */
    public static int closureBatchesOffset(final Capacities c) {
        return extentsOffset(c) + c.freeExtents() * EXTENT_LENGTH;
    }

    /**
     * {@return offset of the names, from the tables' own}
     *
     * @param c capacities.
     */
    public static int namesOffset(final Capacities c) {
        return closureBatchesOffset(c) + c.closureBatches() * CLOSURE_BATCH_LENGTH;
    }

    /**
     * {@return bytes that the tables take}
     *
     * @param c capacities.
     */
    public static int length(final Capacities c) {
        return align(namesOffset(c) + c.nameBytes(), 8);
    }
}
