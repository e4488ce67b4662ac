package dev.lockstep.engine;

/**
 * A module can't be linked into the process: something that it imports is not there or has another type, a process refuses
 * it, or its initialisation failed.
 */
public final class LinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what is missing, and for which module.
     */
    public LinkException(final String message) {
        super(message);
    }

    /**
     * Makes the exception.
     *
     * @param message what went wrong, and for which module.
     * @param cause as the engine or the guest reported it.
     */
    public LinkException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
