package dev.lockstep.region;

/**
 * Layout of the header of {@code linker.dat}. Written once, before the file is published.
 *
 * <pre>
 *    0  magic           "LOCKSTEP"
 *    8  layout version  major 16 | minor 16
 *   16  file length
 *   24  boot id         two longs
 *   40  universe id     two longs, random
 *   56  creator pid
 *   64  created at      milliseconds since the epoch
 *   72  inode           of liveness.lock
 *   80  options         bit 0: constructor policy CONTINUE
 *   88  capacities      11 ints, in the order of {@link Capacities}
 *  136  inode           of operations.journal
 *  144  checksum        CRC-32C of bytes 0 to 143
 * </pre>
 *
 * Little-endian. Magic, layout version and checksum keep place and meaning in every layout version.
 */
public final class HeaderDescriptor {
    /** "LOCKSTEP", read as a little-endian long. */
    public static final long MAGIC = 0x5045_5453_4B43_4F4CL;

    /** Layout major version: another one is refused. */
    public static final int MAJOR = 3;

    /** Layout minor version. */
    public static final int MINOR = 0;

    /** Offset of the magic. */
    public static final int MAGIC_OFFSET = 0;

    /** Offset of the layout version. */
    public static final int VERSION_OFFSET = 8;

    /** Offset of the length of the file. */
    public static final int FILE_LENGTH_OFFSET = 16;

    /** Offset of the boot id. */
    public static final int BOOT_ID_OFFSET = 24;

    /** Offset of the universe id. */
    public static final int UNIVERSE_ID_OFFSET = 40;

    /** Offset of the creator's process id. */
    public static final int CREATOR_PID_OFFSET = 56;

    /** Offset of the time of creation. */
    public static final int CREATED_AT_OFFSET = 64;

    /** Offset of the inode of the lock file. */
    public static final int LOCK_INODE_OFFSET = 72;

    /** Offset of the option bits. */
    public static final int OPTIONS_OFFSET = 80;

    /** Offset of the first capacity. */
    public static final int CAPACITIES_OFFSET = 88;

    /** Offset of the inode of the journal. */
    public static final int JOURNAL_INODE_OFFSET = 136;

    /** Offset of the checksum: of every byte before it. */
    public static final int CHECKSUM_OFFSET = 144;

    /** Option bit: the constructor policy is CONTINUE. */
    public static final long OPTION_CONTINUE = 1;

    /** Bytes that the header takes. */
    public static final int LENGTH = 4096;

    private HeaderDescriptor() {}
}
