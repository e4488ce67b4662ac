package dev.lockstep.engine;

/** A module can't be linked into the process: something that it imports is not there or has another type. */
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
}
