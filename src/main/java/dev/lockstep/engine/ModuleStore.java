package dev.lockstep.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The bytes of every loaded module, kept in the universe as {@code modules/<hash>}, so that a process that joins later
 * needs no other file.
 *
 * <p>A file is written under a temporary name and published by a hard link, so it is there whole or not at all; it is
 * never changed after that. Nothing read is trusted: the hash is checked at every read. Safe for use by several threads
 * and processes.
 */
public final class ModuleStore {
    /** Name of the directory within the universe's. */
    public static final String DIRECTORY = "modules";

    /** A module may not be longer, in bytes. */
    public static final int MAX_MODULE_LENGTH = 256 << 20;

    private final Path directory;
    private final UniverseAccess access;

    private ModuleStore(final Path directory, final UniverseAccess access) {
        this.directory = directory;
        this.access = access;
    }

    /**
     * Opens the store of a universe, making its directory if it is not there. Directory and files are for whom the
     * universe's directory is for: one user, or a group.
     *
     * @param universe directory of the universe.
     * @return the store.
     * @throws IOException if the directory can't be made.
     */
    public static ModuleStore in(final Path universe) throws IOException {
        final Path directory = universe.resolve(DIRECTORY);
        final UniverseAccess access = UniverseAccess.of(universe);
        access.publishDirectory(directory, PreparationFiles.WANTED);
        return new ModuleStore(directory, access);
    }

    /** {@return the directory that holds the modules} */
    public Path directory() {
        return directory;
    }

    /**
     * {@return where a module is or would be}
     *
     * @param hash of the module.
     */
    public Path path(final ContentHash hash) {
        return directory.resolve(hash.hex());
    }

    /**
     * Stores a module; does nothing if it is there already.
     *
     * @param module its bytes.
     * @return its hash.
     * @throws IOException if it can't be written, or what is there under its name is damaged.
     */
    public ContentHash put(final byte[] module) throws IOException {
        if (module.length > MAX_MODULE_LENGTH) {
            throw new IOException("module is too long: bytes=" + module.length + " limit=" + MAX_MODULE_LENGTH);
        }
        final ContentHash hash = ContentHash.of(module);
        final Path target = path(hash);
        if (Files.exists(target)) {
            get(hash);
            return hash;
        }
        if (!access.publish(target, module)) {
            get(hash);
        }
        return hash;
    }

    /**
     * Reads a module and checks its hash.
     *
     * @param hash of the module.
     * @return its bytes.
     * @throws NoSuchFileException if it is not in the store.
     * @throws IOException if it can't be read or is damaged.
     */
    public byte[] get(final ContentHash hash) throws IOException {
        final Path file = path(hash);
        final long length = Files.size(file);
        if (length > MAX_MODULE_LENGTH) {
            throw new IOException(
                    "module is too long: file=" + file + " bytes=" + length + " limit=" + MAX_MODULE_LENGTH);
        }
        final byte[] module = Files.readAllBytes(file);
        final ContentHash actual = ContentHash.of(module);
        if (!actual.equals(hash)) {
            throw new IOException("module is damaged, remake the universe: file=" + file + " hash=" + actual);
        }
        return module;
    }
}
