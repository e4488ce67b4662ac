package dev.lockstep.process;

/**
 * Looks at processes of our own pid namespace, past the byte lock: the seam between the process table and
 * {@code /proc}.
 *
 * <p>Thread-safe. No call waits.
 */
@FunctionalInterface
public interface ProcessProbe {
    /** Asks {@code /proc/<pid>/stat}. */
    ProcessProbe PROC = new ProcProbe();

    /**
     * Whether a process is there that has this pid and was started then, and is neither a zombie nor on its way out. A
     * suspended process is there.
     *
     * @param pid of the process.
     * @param startTicks of the process; another process that has the pid now was started later.
     * @return whether it is there; false also if it is hidden from us.
     */
    boolean isRunning(long pid, long startTicks);
}
