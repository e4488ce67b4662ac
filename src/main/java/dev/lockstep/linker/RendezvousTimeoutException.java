package dev.lockstep.linker;

/** An operation was withdrawn because a running group did not arrive before the caller's deadline. Nothing was changed; the operation can be tried again. */
public final class RendezvousTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RendezvousTimeoutException(final String message) {
        super(message);
    }
}
