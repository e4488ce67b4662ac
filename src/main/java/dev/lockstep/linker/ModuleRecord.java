package dev.lockstep.linker;

import java.util.Arrays;
import java.util.Objects;

/**
 * One module as the linker knows it: what {@link DlOperation.LoadModules} broadcasts of it.
 *
 * @param handle 1 for main, from 2 for side modules; never used again.
 * @param name under which the module is looked up.
 * @param path where its bytes came from; diagnostics and search, may be empty.
 * @param hash SHA-256 of its bytes; {@code modules/<hash>} in the universe holds them.
 * @param memoryBase first byte of its data in linear memory.
 * @param memorySize bytes of its data.
 * @param tableBase its first slot in the function table.
 * @param tableSize its number of slots.
 * @param flags free for the engine.
 */
public record ModuleRecord(
        int handle,
        String name,
        String path,
        byte[] hash,
        long memoryBase,
        long memorySize,
        int tableBase,
        int tableSize,
        int flags) {
    /** Bytes of a content hash. */
    public static final int HASH_LENGTH = 32;

    /** Checks what cannot be right of any module. */
    public ModuleRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(path, "path");
        if (hash.length != HASH_LENGTH) {
            throw new IllegalArgumentException("hash is not SHA-256: bytes=" + hash.length);
        }
        hash = hash.clone();
    }

    /** {@return a copy of the content hash} */
    @Override
    public byte[] hash() {
        return hash.clone();
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof ModuleRecord that
                && handle == that.handle
                && memoryBase == that.memoryBase
                && memorySize == that.memorySize
                && tableBase == that.tableBase
                && tableSize == that.tableSize
                && flags == that.flags
                && name.equals(that.name)
                && path.equals(that.path)
                && Arrays.equals(hash, that.hash);
    }

    @Override
    public int hashCode() {
        return 31 * handle + name.hashCode();
    }
}
