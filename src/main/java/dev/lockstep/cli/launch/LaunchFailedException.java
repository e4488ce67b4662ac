package dev.lockstep.cli.launch;

/** What the launcher's JVMs were to do could not be brought to its end: one died, failed, or was not heard of for too long. */
public final class LaunchFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what happened, and what is known of it; may have several lines.
     */
    public LaunchFailedException(final String message) {
        super(message);
    }
}
