package dev.lockstep.region;

/**
 * Layout of a symbol entry: a slot of a hash table with open addressing and linear probing. Pairs of ints share a
 * word, the first in its low half.
 *
 * <pre>
 *    0  hash            of the name and the module that it was resolved from
 *    8  int resolved from (a module's handle), int function table index
 *   16  int name offset from the names' own, int name length in bytes
 *   24  int flags (bit 0: occupied, bit 1: consumed), int kind (1 function)
 *   32  reserved
 * </pre>
 */
public final class SymbolDescriptor {
    /** Offset of the hash. */
    public static final int HASH_OFFSET = 0;

    /** Offset of the module's handle (low half) and the function table index (high half). */
    public static final int RESOLVED_FROM_OFFSET = 8;

    /** Offset of the name's offset (low half) and length (high half). */
    public static final int NAME_OFFSET = 16;

    /** Offset of the flags (low half) and the kind (high half). */
    public static final int FLAGS_OFFSET = 24;

    /** Flag of an entry that holds a symbol. */
    public static final int FLAG_OCCUPIED = 1;

    /** Flag of an entry that holds a symbol of a module that was taken out, whose slot others may have been given. */
    public static final int FLAG_CONSUMED = 2;

    /** Kind of a function. */
    public static final int KIND_FUNCTION = 1;

    private SymbolDescriptor() {}
}
