package dev.lockstep.region;

/**
 * Layout of a module entry. Pairs of ints share a word, the first in its low half.
 *
 * <pre>
 *    0  state word      reserved 40 | owner slot 16 | state 8; set by the redo that registers, then changed by CAS
 *                      until it is READY, which only a redo changes, to UNLOADED
 *    8  int handle, int flags of the engine; handle 0 = no module
 *   16  memory base     in bytes
 *   24  memory size     in bytes
 *   32  int table base, int table size, in slots; of a module that was taken out: what others may be given of them
 *   40  int name offset from the names' own, int name length in bytes
 *   48  int path offset from the names' own, int path length in bytes
 *   56  name hash       0 = the module was taken out, its name is free
 *   64  content hash    SHA-256, 32 bytes
 *   96  references      how often the module was retained and not released
 *  104  reserved
 * </pre>
 */
public final class ModuleDescriptor {
    /** Offset of the state word. */
    public static final int STATE_OFFSET = 0;

    /** Offset of the handle (low half) and the engine's flags (high half). */
    public static final int HANDLE_OFFSET = 8;

    /** Offset of the first byte of the module's data. */
    public static final int MEMORY_BASE_OFFSET = 16;

    /** Offset of the number of bytes of the module's data. */
    public static final int MEMORY_SIZE_OFFSET = 24;

    /** Offset of the first slot (low half) and the number of slots (high half). */
    public static final int TABLE_BASE_OFFSET = 32;

    /** Offset of the name's offset (low half) and length (high half). */
    public static final int NAME_OFFSET = 40;

    /** Offset of the path's offset (low half) and length (high half). */
    public static final int PATH_OFFSET = 48;

    /** Offset of the hash of the name; 0 once the module was taken out. */
    public static final int NAME_HASH_OFFSET = 56;

    /** Offset of the content hash. */
    public static final int CONTENT_HASH_OFFSET = 64;

    /** Bytes of a content hash. */
    public static final int CONTENT_HASH_LENGTH = 32;

    /** Offset of the number of references. */
    public static final int REFERENCES_OFFSET = 96;

    /** Bits that the state takes in the state word; the owner is above it. */
    public static final int STATE_BITS = 8;

    /** Bits that the owner takes in the state word. */
    public static final int OWNER_BITS = 16;

    private ModuleDescriptor() {}
}
