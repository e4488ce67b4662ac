package dev.lockstep.linker;

/** A lock was asked for in an order that could deadlock: the topology lease comes before the linker state, and neither is asked for twice. Nothing was changed. */
public final class LockOrderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LockOrderException(final String message) {
        super(message);
    }
}
