package dev.lockstep.engine.loader;

import dev.lockstep.linker.InstanceGroup;
import java.util.function.Supplier;

/**
 * The lock of a guest that runs in one group at a time: a mutex of the universe, or nothing for a guest that runs in parallel.
 * Reentrant, since the guest calls the host and the host the guest. Belongs to one group and is used by its thread only.
 */
final class GuestLock {
    /** Stands for no mutex: the guest's groups run in parallel. */
    static final int PARALLEL = -1;

    private final InstanceGroup group;
    private final int mutex;
    private int depth;
    private long grant;
    private long waitedNanos;

    GuestLock(final InstanceGroup group, final int mutex) {
        this.group = group;
        this.mutex = mutex;
    }

    /** Takes the lock, answering pending operations while it waits. */
    void enter() {
        if (mutex != PARALLEL && depth == 0) {
            acquire();
        }
        depth++;
    }

    /** Gives it back. Does so as well as it can if the group has ended meanwhile. */
    void leave() {
        if (depth == 0) {
            throw new IllegalStateException("guest was not entered: group=" + group.slot());
        }
        depth--;
        if (depth == 0) {
            release();
        }
    }

    private void release() {
        if (mutex != PARALLEL && !group.isDead()) {
            group.releaseMutex(mutex, grant);
        }
    }

    /**
     * Waits for something that another group does in the guest, which needs the lock. A constructor that loads a module lets other
     * groups into the guest for as long as that takes, and no longer.
     */
    <T> T without(final Supplier<T> wait) {
        if (depth == 0) {
            return wait.get();
        }
        release();
        try {
            return wait.get();
        } finally {
            if (mutex != PARALLEL && !group.isDead()) {
                acquire();
            }
        }
    }

    private void acquire() {
        final long start = System.nanoTime();
        grant = group.acquireMutex(mutex);
        waitedNanos += System.nanoTime() - start;
    }

    /** {@return how long the group has waited for the lock in all} */
    long waitedNanos() {
        return waitedNanos;
    }
}
