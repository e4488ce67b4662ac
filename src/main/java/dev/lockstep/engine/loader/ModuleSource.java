package dev.lockstep.engine.loader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a module comes from: a file, or bytes that the embedder has. Immutable. */
public final class ModuleSource {
    private final String name;
    private final Path path;
    private final byte[] bytes;

    private ModuleSource(final String name, final Path path, final byte[] bytes) {
        this.name = name;
        this.path = path;
        this.bytes = bytes;
    }

    /**
     * A module in a file.
     *
     * @param file of the module. Its last part is the module's name.
     * @return the source.
     */
    public static ModuleSource of(final Path file) {
        if (file.getFileName() == null) {
            throw new IllegalArgumentException("not a file of a module: path=" + file);
        }
        return new ModuleSource(file.getFileName().toString(), file, null);
    }

    /**
     * A module in a file that is known by another name.
     *
     * @param name by which it is known.
     * @param file of the module.
     * @return the source.
     */
    static ModuleSource of(final String name, final Path file) {
        return new ModuleSource(name, file, null);
    }

    /**
     * A module that is no file.
     *
     * @param name by which it is known.
     * @param module its bytes; copied.
     * @return the source.
     */
    public static ModuleSource of(final String name, final byte[] module) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a module needs a name");
        }
        return new ModuleSource(name, null, module.clone());
    }

    /** {@return the module's name} */
    public String name() {
        return name;
    }

    /** {@return the file, or null} */
    Path path() {
        return path;
    }

    /** {@return the same with the file's real path; the name stays} */
    ModuleSource real() {
        try {
            return path == null ? this : new ModuleSource(name, path.toRealPath(), null);
        } catch (final IOException e) {
            return this; // reading it will say why
        }
    }

    byte[] read() throws IOException {
        return path == null ? bytes : Files.readAllBytes(path);
    }

    @Override
    public String toString() {
        return path == null ? name : path.toString();
    }
}
