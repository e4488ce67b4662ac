package dev.lockstep.engine;

import dev.lockstep.region.SharedBuffer;

/**
 * For a shared memory whose thread belongs to no group: it cannot be suspended, as a browser's main thread cannot, since
 * nobody could say to others that it waits.
 */
public final class NoWait implements GuestWait {
    private final SharedBuffer linear;

    /**
     * For a memory.
     *
     * @param memory that is used.
     */
    public NoWait(final LinearMemoryFile memory) {
        linear = memory.linear();
    }

    /**
     * Looks at the value.
     *
     * @throws IllegalStateException if the thread would have to wait.
     */
    @Override
    public int await(final int address, final long expected, final boolean wide, final long timeoutNanos) {
        if (!WaitWords.holds(linear, address, expected, wide)) {
            return NOT_EQUAL;
        }
        if (timeoutNanos == 0) {
            return TIMED_OUT;
        }
        throw new IllegalStateException("thread cannot wait, it belongs to no instance group: address=" + address
                + ", give its memory the wait of a group");
    }

    /** {@return 0} Who waits in the groups of a universe is woken by groups only. */
    @Override
    public int notify(final int address, final int count) {
        return 0;
    }
}
