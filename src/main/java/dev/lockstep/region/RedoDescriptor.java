package dev.lockstep.region;

/**
 * Layout of the redo area.
 *
 * <pre>
 *    0  valid           0 = nothing to redo; else 1 + bytes of the entries
 *    8  operation       sequence of the operation that the entries belong to; 0 = to none
 *  128  entries         { int offset in linker.dat, int length, bytes padded to 8 } …; offsets and lengths are
 *                      multiples of 8, and the last entry is the tables' sequence
 * </pre>
 */
public final class RedoDescriptor {
    /** Offset of the valid word. */
    public static final int VALID_OFFSET = 0;

    /** Offset of the sequence of the operation. */
    public static final int OPERATION_OFFSET = 8;

    /** Offset of the first entry; bytes before the entries. */
    public static final int HEADER_LENGTH = 128;

    /** Bytes before the payload of an entry. */
    public static final int ENTRY_HEADER_LENGTH = 8;

    private RedoDescriptor() {}
}
