package dev.lockstep.engine;

import java.nio.file.Path;
import java.util.List;

/**
 * The module that needs another one, as far as the search for that one must know it. Immutable.
 *
 * @param file the module was read from, or null if it was given as bytes. Its directory is what {@code $ORIGIN} stands
 *     for: {@link Located#place()} gives what the system's linker would take, {@link Located#path()} the directory behind
 *     the symbolic links.
 * @param runtimePath of the module, see {@link DylinkSection#runtimePath()}. Its own only: what has required it adds
 *     nothing, as with {@code DT_RUNPATH}.
 */
public record Requirer(Path file, List<String> runtimePath) {
    /** Nobody: the module is asked for by the program. */
    public static final Requirer NONE = new Requirer(null, List.of());

    /** Takes a copy of the list. */
    public Requirer {
        runtimePath = List.copyOf(runtimePath);
    }
}
