package dev.lockstep.cli.torture;

/** Where a worker's findings go. Thread-safe. */
interface Reporter {
    /**
     * Counts something that should not be.
     *
     * @param finding what it is.
     * @param text details, for a message.
     */
    void found(Finding finding, String text);
}
