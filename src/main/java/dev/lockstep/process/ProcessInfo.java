package dev.lockstep.process;

/**
 * A process entry at one moment.
 *
 * @param index of the entry.
 * @param generation of the entry: one process' stay in it.
 * @param pid of the process, in its own pid namespace.
 * @param startTicks as in {@link HostIdentity#startTicks()}.
 * @param namespace inode of its pid namespace, 0 = not known.
 * @param attachedAt milliseconds since the epoch.
 */
public record ProcessInfo(int index, long generation, long pid, long startTicks, long namespace, long attachedAt) {
    @Override
    public String toString() {
        return "process=" + index + " generation=" + generation + " pid=" + pid;
    }
}
