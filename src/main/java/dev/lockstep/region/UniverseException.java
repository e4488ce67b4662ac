package dev.lockstep.region;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A universe cannot be opened or created. Nothing has been changed, nothing is left open. The message names the file
 * and says what to do; {@link #reason()} is for programs.
 */
public final class UniverseException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why a universe was refused, in the order of the checks. */
    public enum Reason {
        /** There is no universe, and none was to be created. */
        NOT_FOUND,
        /** The path of the universe is something else than a directory; a symbolic link, say. */
        NOT_A_DIRECTORY,
        /** One of the files is something else than a regular file; a symbolic link, say. */
        NOT_A_FILE,
        /** The directory or a file belongs to another user. */
        OTHER_OWNER,
        /** The directory or a file is open to more users than it may be. */
        TOO_OPEN,
        /** {@code linker.dat} ends before its header does. */
        TOO_SHORT,
        /** {@code linker.dat} does not begin like one. */
        NO_MAGIC,
        /** The header's checksum does not fit. */
        DAMAGED_HEADER,
        /** The layout has another major version. */
        OTHER_LAYOUT,
        /** A capacity in the header is out of range. */
        BAD_CAPACITIES,
        /** The header's length, the capacities' and the file's are not the same. */
        WRONG_LENGTH,
        /** The universe was created before this machine was started. */
        OTHER_BOOT,
        /** {@code liveness.lock} is missing or is not the one that the header names. */
        WRONG_LOCK_FILE,
        /** {@code operations.journal} is missing, is not the one that the header names, or has another length. */
        WRONG_JOURNAL,
        /** Another process or thread has been creating the universe for too long. */
        BUSY,
        /** The universe is attached already in this JVM. */
        ALREADY_ATTACHED
    }

    private final Reason reason;
    private final String file;

    /**
     * A refusal.
     *
     * @param reason of it.
     * @param file that is wrong.
     * @param message lower case: what is wrong and what to do; the file is appended.
     */
    public UniverseException(final Reason reason, final Path file, final String message) {
        super(message + ": file=" + file);
        this.reason = reason;
        this.file = file.toString();
    }

    /** {@return why} */
    public Reason reason() {
        return reason;
    }

    /** {@return the path of what is wrong} */
    public Path file() {
        return Path.of(file);
    }
}
