package dev.lockstep.region;

/**
 * Layout of a lease (the topology lease, or a mutex).
 *
 * <pre>
 *    0  lease word      grant 50 | slot 12 | flags 2
 *  128  waiters hint    ticket of somebody who waits, or has waited; 0 = nobody waits
 *  256  next ticket
 *  384  ticket words, 64 bytes apart, one a group slot
 * </pre>
 */
public final class LeaseDescriptor {
    /** Offset of the lease word. */
    public static final int WORD_OFFSET = 0;

    /** Offset of the waiters hint. */
    public static final int WAITERS_OFFSET = 128;

    /** Offset of the counter that tickets are drawn from. */
    public static final int NEXT_TICKET_OFFSET = 256;

    /** Offset of the first ticket word. */
    public static final int TICKETS_OFFSET = 384;

    /** Bytes from one ticket word to the next. */
    public static final int TICKET_SPACING = 64;

    private LeaseDescriptor() {}

    /**
     * {@return offset of a slot's ticket word, from the lease's own}
     *
     * @param slot of the group.
     */
    public static int ticketOffset(final int slot) {
        return TICKETS_OFFSET + slot * TICKET_SPACING;
    }

    /**
     * {@return bytes that one lease takes}
     *
     * @param groups capacity.
     */
    public static int length(final int groups) {
        return org.agrona.BitUtil.align(TICKETS_OFFSET + groups * TICKET_SPACING, Layout.HOT_WORD_SPACING);
    }
}
