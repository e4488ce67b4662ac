package dev.lockstep.linker;

/** A replica's function table has not the length that the operation's instigator saw. */
final class TableOutOfStepException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TableOutOfStepException(final String message) {
        super(message);
    }
}
