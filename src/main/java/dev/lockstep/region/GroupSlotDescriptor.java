package dev.lockstep.region;

/**
 * Layout of a group's slot.
 *
 * <pre>
 *    0  state word      generation 40 | process 16 | state 8
 *    8  group lock      id of the thread that the group is bound to; 0 = unbound
 *   16  process generation, of the process that owns the slot
 *   32  waits for       stores so far 40 | handle of the module that the group waits for 24, 0 = none
 *   40  thread name     UTF-8, at most 80 bytes, zeros behind; diagnostics only
 *  128  arrival         sequence 40 | round 19 of the STOP that the group has arrived at
 *  136  applied         sequence of the last operation that the group's replica has applied
 *  144  last poll       nanoseconds, diagnostics only; the group writes the two before it with it, and nobody else any
 *  256  eviction        generation + 1 of the group that was evicted; 0 = none
 *  320  sleep word      how often the slot's threads went to sleep and were awake again 63 | asleep 1
 * </pre>
 */
public final class GroupSlotDescriptor {
    /** Offset of the state word. */
    public static final int STATE_OFFSET = 0;

    /** Offset of the group lock. */
    public static final int GROUP_LOCK_OFFSET = 8;

    /** Offset of the generation of the owning process. */
    public static final int PROCESS_GENERATION_OFFSET = 16;

    /**
     * Offset of the module that the group waits for. Written by the group's own thread, and when the slot is claimed; each
     * store counts, so no word comes back.
     */
    public static final int WAITS_FOR_OFFSET = 32;

    /** Offset of the name of the thread that the group is bound to. */
    public static final int THREAD_NAME_OFFSET = 40;

    /** Bytes for the name of the thread, a multiple of 8. */
    public static final int THREAD_NAME_LENGTH = 80;

    /** Offset of the arrival word. */
    public static final int ARRIVAL_OFFSET = 128;

    /** Offset of the applied sequence. */
    public static final int APPLIED_OFFSET = 136;

    /** Offset of the time of the last slow poll. */
    public static final int LAST_POLL_OFFSET = 144;

    /** Offset of the eviction word. */
    public static final int EVICTION_OFFSET = 256;

    /** Offset of the sleep word; the kernel looks at its low half. */
    public static final int SLEEP_OFFSET = 320;

    /** Bytes that a slot takes. */
    public static final int LENGTH = 384;

    private GroupSlotDescriptor() {}
}
