package dev.lockstep.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a module is, or everywhere that it is not. Immutable.
 *
 * @param name that was looked for.
 * @param path of the module's file, absolute and without symbolic links; null if it was not found.
 * @param place where it was found: the absolute path that leads to {@code path}; null if it was not found.
 * @param attempts the places that were looked at in vain, in order. There may be some though it was found.
 */
public record Located(String name, Path path, Path place, List<Attempt> attempts) {
    /** Takes a copy of the list. */
    public Located {
        attempts = List.copyOf(attempts);
    }

    /** Why a place does not give the module. */
    public enum Reason {
        /** There is nothing. */
        MISSING("missing"),
        /** It is a directory. */
        DIRECTORY("a directory"),
        /** It is a device, a pipe, a socket: never opened. */
        NOT_A_FILE("not a regular file"),
        /** It may not be read, or the way to it can't be followed. */
        UNREADABLE("not readable"),
        /** It is no name of a file; nothing was looked at. */
        BAD_NAME("not the name of a file"),
        /** It is relative to a module that was given as bytes and thus has no directory; nothing was looked at. */
        NO_ORIGIN("the module that needs it has no file");

        private final String text;

        Reason(final String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * A place that was looked at in vain.
     *
     * @param place path of the file that was looked for, or the text that is no path.
     * @param reason why it is not that.
     * @param detail what the file system says, or an empty string.
     */
    public record Attempt(String place, Reason reason, String detail) {
        @Override
        public String toString() {
            return (place + ": " + reason + (detail.isEmpty() ? "" : " (" + detail + ")"))
                    .replaceAll("\\p{Cntrl}", "?");
        }
    }

    /** {@return whether the module was found} */
    public boolean isFound() {
        return path != null;
    }

    /** {@return the attempts in one line of text, for an error's message} */
    public String tried() {
        return attempts.isEmpty()
                ? "no directory to look in"
                : attempts.stream().map(Attempt::toString).collect(Collectors.joining(", "));
    }
}
