package dev.lockstep.linker;

/** The group has been shut down, or died; it can do nothing more. Make another group. */
public final class InstanceGroupDeadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InstanceGroupDeadException(final String message) {
        super(message);
    }
}
