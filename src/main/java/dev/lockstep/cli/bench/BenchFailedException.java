package dev.lockstep.cli.bench;

/** A measurement could not be made. */
final class BenchFailedException extends Exception {
    private static final long serialVersionUID = 1;

    BenchFailedException(final String message) {
        super(message);
    }
}
