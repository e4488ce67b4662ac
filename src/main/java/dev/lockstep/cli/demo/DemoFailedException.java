package dev.lockstep.cli.demo;

/** The demonstration could not be brought to its end: a JVM died, failed, or was not heard of for too long. */
final class DemoFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what happened, and what is known of it; may have several lines.
     */
    DemoFailedException(final String message) {
        super(message);
    }
}
