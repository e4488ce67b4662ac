package dev.lockstep.region;

/**
 * Layout of a process entry.
 *
 * <pre>
 *    0  state           generation 56 | state 8 (0 free, 1 attached)
 *    8  pid
 *   16  start ticks     field 22 of /proc/pid/stat
 *   24  pid namespace   inode of /proc/self/ns/pid
 *   32  attached at     milliseconds since the epoch, diagnostics only
 * </pre>
 */
public final class ProcessEntryDescriptor {
    /** Offset of the state word. */
    public static final int STATE_OFFSET = 0;

    /** Offset of the process id. */
    public static final int PID_OFFSET = 8;

    /** Offset of the start time, in clock ticks since boot. */
    public static final int START_TICKS_OFFSET = 16;

    /** Offset of the inode of the pid namespace. */
    public static final int NAMESPACE_OFFSET = 24;

    /** Offset of the time of attaching. */
    public static final int ATTACHED_AT_OFFSET = 32;

    /** Bytes that an entry takes. */
    public static final int LENGTH = 128;

    private ProcessEntryDescriptor() {}
}
