package dev.lockstep.linker.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.region.ModuleDescriptor;

/**
 * A copy of a module's entry, to be filled by {@link LinkerTables#module}.
 *
 * <p>Reusable: filling it allocates only when a name is longer than every one before. A read that fails leaves it half
 * filled. Not thread-safe.
 */
public final class ModuleEntry {
    int handle;
    int flags;
    long stateWord;
    long memoryBase;
    long memorySize;
    int tableBase;
    int tableSize;
    int nameLength;
    int pathLength;
    byte[] name = new byte[64];
    byte[] path = new byte[128];
    final byte[] contentHash = new byte[ModuleDescriptor.CONTENT_HASH_LENGTH];

    /** Makes an entry that is to be filled before use. */
    public ModuleEntry() {}

    /** {@return the module's handle} */
    public int handle() {
        return handle;
    }

    /** {@return the engine's flags} */
    public int flags() {
        return flags;
    }

    /** {@return state when the entry was read; {@link ModuleStates} has it as it is now} */
    public int state() {
        return ModuleStates.stateOf(stateWord);
    }

    /** {@return owner of the state when the entry was read; {@link ModuleStates} has it as it is now} */
    public int owner() {
        return ModuleStates.ownerOf(stateWord);
    }

    /** {@return first byte of the module's data in linear memory} */
    public long memoryBase() {
        return memoryBase;
    }

    /** {@return bytes of the module's data} */
    public long memorySize() {
        return memorySize;
    }

    /** {@return first slot of the module in the function table} */
    public int tableBase() {
        return tableBase;
    }

    /** {@return number of slots of the module} */
    public int tableSize() {
        return tableSize;
    }

    /** {@return bytes of the name in UTF-8} */
    public int nameLength() {
        return nameLength;
    }

    /** {@return bytes of the path in UTF-8} */
    public int pathLength() {
        return pathLength;
    }

    /** {@return the name under which the module is looked up; allocates} */
    public String name() {
        return new String(name, 0, nameLength, UTF_8);
    }

    /** {@return where the module's bytes came from; allocates} */
    public String path() {
        return new String(path, 0, pathLength, UTF_8);
    }

    /**
     * Copies the name.
     *
     * @param into at least {@link #nameLength} bytes.
     * @param offset of the first one.
     */
    public void copyName(final byte[] into, final int offset) {
        System.arraycopy(name, 0, into, offset, nameLength);
    }

    /**
     * Copies the path.
     *
     * @param into at least {@link #pathLength} bytes.
     * @param offset of the first one.
     */
    public void copyPath(final byte[] into, final int offset) {
        System.arraycopy(path, 0, into, offset, pathLength);
    }

    /**
     * Copies the content hash.
     *
     * @param into at least 32 bytes.
     * @param offset of the first one.
     */
    public void copyContentHash(final byte[] into, final int offset) {
        System.arraycopy(contentHash, 0, into, offset, contentHash.length);
    }

    /** {@return a copy of the content hash; allocates} */
    public byte[] contentHash() {
        return contentHash.clone();
    }

    @Override
    public String toString() {
        return "module handle=" + handle + " name=" + name() + " state=" + state() + " owner=" + owner()
                + " memoryBase=" + memoryBase + " memorySize=" + memorySize + " tableBase=" + tableBase
                + " tableSize=" + tableSize;
    }
}
