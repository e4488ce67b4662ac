package dev.lockstep.process;

/** Cleans up what a dead process has left in the universe. */
@FunctionalInterface
public interface Reaper {
    /**
     * Cleans up, while the caller holds the dead process' byte: nobody else does it at the same time. It must not wait
     * for anything, and it must stand being run again from the start: a reaper may die too, and then the next survivor
     * begins anew. The process entry itself is freed afterwards by the caller.
     *
     * @param processIndex of the dead process.
     * @param processGeneration of the dead process; what another generation owns is not to be touched.
     */
    void reap(int processIndex, long processGeneration);
}
