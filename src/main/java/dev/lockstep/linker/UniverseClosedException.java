package dev.lockstep.linker;

/** The universe is being closed, or was closed, by this JVM; the group has nothing left to work on. */
public final class UniverseClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UniverseClosedException(final String message) {
        super(message);
    }
}
