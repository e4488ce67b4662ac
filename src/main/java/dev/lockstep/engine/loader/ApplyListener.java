package dev.lockstep.engine.loader;

/** Is told when a group has applied an operation: on the group's thread and quickly, since others wait for it. */
@FunctionalInterface
public interface ApplyListener {
    /**
     * An operation was applied.
     *
     * @param sequence of the operation.
     * @param beganNanos by {@link System#nanoTime}.
     * @param endedNanos by {@link System#nanoTime}.
     */
    void applied(long sequence, long beganNanos, long endedNanos);
}
