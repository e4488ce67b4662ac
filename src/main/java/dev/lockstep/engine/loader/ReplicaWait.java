package dev.lockstep.engine.loader;

import dev.lockstep.engine.GuestWait;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.NoWait;

/** How a replica's guest waits: as its group does, once it belongs to one. Used by the group's thread only. */
final class ReplicaWait implements GuestWait {
    private final Runnable onReturn;
    private GuestWait wait;

    ReplicaWait(final LinearMemoryFile memory, final Runnable onReturn) {
        this.onReturn = onReturn;
        wait = new NoWait(memory);
    }

    void waitLike(final GuestWait other) {
        wait = other;
    }

    @Override
    public int await(final int address, final long expected, final boolean wide, final long timeoutNanos)
            throws InterruptedException {
        final int result = wait.await(address, expected, wide, timeoutNanos);
        onReturn.run();
        return result;
    }

    @Override
    public int notify(final int address, final int count) {
        return wait.notify(address, count);
    }
}
