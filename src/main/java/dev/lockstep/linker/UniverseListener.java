package dev.lockstep.linker;

import dev.lockstep.process.ProcessInfo;

/**
 * Is told what the monitor of this JVM sees: called on the monitor's own thread, one call at a time, with no lock held. A
 * listener that waits keeps the monitor from its work, so that the dead are found only by those who wait; one that throws
 * is logged and changes nothing.
 */
public interface UniverseListener {
    /**
     * A live group has been waited for longer than {@link UniverseOptions#stallAfter}. Told again each time that the
     * wait has doubled.
     *
     * @param report who, what for, since when.
     */
    default void stalled(final StallReport report) {}

    /**
     * A group did not come to a rendezvous, and the others go on without it from now on.
     *
     * @param group its slot.
     * @param process index of its process.
     */
    default void evicted(final int group, final int process) {}

    /**
     * A group of this JVM was reaped though the JVM lives: its thread ended without shutting it down, or an error left one
     * of its calls half done.
     *
     * @param group its slot.
     * @param threadName name of the thread that it was bound to.
     */
    default void groupLost(final int group, final String threadName) {}

    /**
     * Another process was found dead, and has been cleaned up after by this JVM.
     *
     * @param process the dead process.
     */
    default void processReaped(final ProcessInfo process) {}

    /**
     * A process of our own pid namespace runs on without its byte lock: something in it has opened and closed the lock
     * file. It is not taken for dead.
     *
     * @param process that has lost its lock.
     */
    default void processLockLost(final ProcessInfo process) {}
}
