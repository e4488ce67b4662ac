package dev.lockstep.process;

/** Is told when a process runs on without its byte lock. */
@FunctionalInterface
public interface LostLockListener {
    /** Tells nobody. */
    LostLockListener NONE = process -> {};

    /**
     * A process of our own pid namespace has no lock on its byte any more, but runs: something in it has opened and
     * closed {@code liveness.lock}, which drops the lock. It is not taken for dead. Should it die, that will be seen. A
     * process of another pid namespace in the same state <em>would</em> be taken for dead.
     *
     * <p>Called once a process at most, on the thread that has found out, while it holds that process' byte: it must not
     * wait.
     *
     * @param process that has lost its lock.
     */
    void lockLost(ProcessInfo process);
}
