package dev.lockstep.region;

/**
 * Layout of a leftover of the memory allocator: a range below the memory end that nobody has. Leftovers are in no
 * order, do not overlap and do not touch each other.
 *
 * <pre>
 *    0  address         in linear memory, in bytes
 *    8  length          in bytes, at least 1
 * </pre>
 */
public final class ExtentDescriptor {
    /** Offset of the address. */
    public static final int ADDRESS_OFFSET = 0;

    /** Offset of the length. */
    public static final int LENGTH_OFFSET = 8;

    private ExtentDescriptor() {}
}
