package dev.lockstep.engine;

/**
 * Layout of {@code memory.dat}: one page of 4096 bytes, two words for each group slot, then the guest's linear memory.
 *
 * <pre>
 *     0  long  magic            {@link #MAGIC}
 *     8  long  layout version   {@link #VERSION}
 *    16  long  main base        the words of {@link LinearMemoryPlan}, in bytes; never change
 *    24  long  stack low
 *    32  long  stack high
 *    40  long  modules base
 *    48  long  heap base
 *    56  long  initial length
 *    64  long  maximum length
 *    72  long  stack bytes
 *   128  long  length           of the linear memory now, in bytes; only grows
 *   256  long  next ticket      the words of {@link WaitWords}: order in which groups have begun to wait
 *   384  long  waiters hint     a wait word that somebody has stored; 0: nobody waits
 *  4096  long  wait word        one for each of {@link #SLOTS} group slots: what the slot's group waits for, 0: nothing
 * 36864  long  generation       one for each slot: the group that the wait word is of
 * 69632  linear memory, address 0
 * </pre>
 *
 * <p>Little-endian. The file has its full length, {@link #HEADER_LENGTH} + maximum length, from the start, so that one
 * mapping of the linear memory serves for ever; disk (or memory) stands behind the first {@link #HEADER_LENGTH} + length
 * bytes of it only. What lies before address 0 is mapped by itself: the two together could be more than one mapping holds. The length is written by who holds the
 * file's byte lock, by release, once the bytes before it have been written out; it is read by acquire.
 */
public final class LinearMemoryDescriptor {
    /** Name of the file within the universe. */
    public static final String FILE_NAME = "memory.dat";

    /** First word of the file: "LSMEMORY". */
    public static final long MAGIC = 0x59524f4d454d534cL;

    /** Version of this layout. */
    public static final long VERSION = 2;

    /** Offset of the magic. */
    public static final int MAGIC_OFFSET = 0;

    /** Offset of the layout version. */
    public static final int VERSION_OFFSET = 8;

    /** Offset of the main module's base. */
    public static final int MAIN_BASE_OFFSET = 16;

    /** Offset of the stack's lowest address. */
    public static final int STACK_LOW_OFFSET = 24;

    /** Offset of the stack's end. */
    public static final int STACK_HIGH_OFFSET = 32;

    /** Offset of the first address for side modules. */
    public static final int MODULES_BASE_OFFSET = 40;

    /** Offset of the first address of the heap. */
    public static final int HEAP_BASE_OFFSET = 48;

    /** Offset of the length at first. */
    public static final int INITIAL_LENGTH_OFFSET = 56;

    /** Offset of the length that is never exceeded. */
    public static final int MAXIMUM_LENGTH_OFFSET = 64;

    /** Offset of the bytes of each stack. */
    public static final int STACK_BYTES_OFFSET = 72;

    /** Offset of the length now. */
    public static final int LENGTH_OFFSET = 128;

    /** Offset of the ticket that the next group to wait takes. */
    public static final int NEXT_TICKET_OFFSET = 256;

    /** Offset of the hint whether anybody waits. */
    public static final int WAITERS_HINT_OFFSET = 384;

    /** Offset of the first slot's wait word; they lie side by side, since who notifies looks at all of them. */
    public static final int WAIT_WORDS_OFFSET = 4096;

    /** Offset of the generation of the first slot's group; side by side too. */
    public static final int GENERATIONS_OFFSET = 36864;

    /** Group slots that there are words for: no universe has more. */
    public static final int SLOTS = 4096;

    /** Bytes before address 0. */
    public static final int HEADER_LENGTH = 69632;

    private LinearMemoryDescriptor() {}

    /**
     * {@return length of the file}
     *
     * @param plan of the memory.
     */
    public static long fileLength(final LinearMemoryPlan plan) {
        return HEADER_LENGTH + plan.maximumLength();
    }
}
