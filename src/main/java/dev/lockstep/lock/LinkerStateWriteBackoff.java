package dev.lockstep.lock;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * Spin, then yield, then capped exponential sleep: the waiting of the origin (wasmer's {@code LinkerStateWriteBackoff}),
 * with its numbers: 64 spins, 24 yields, then 48 µs &lt;&lt; n, at most 10 ms.
 *
 * <p>Not thread-safe: one instance a waiter.
 */
public final class LinkerStateWriteBackoff implements IdleStrategy {
    /** Name by which the strategy is logged. */
    public static final String ALIAS = "linker-state-write";

    static final int SPINS = 64;
    static final int YIELDS = 24;
    static final int MAX_SHIFT = 8;
    static final long BASE_NANOS = 48_000;
    static final long MAX_NANOS = 10_000_000;

    private int step;

    /** A strategy at its first step. */
    public LinkerStateWriteBackoff() {}

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        final long nanos = sleepNanos(step);
        if (nanos > 0) {
            LockSupport.parkNanos(nanos);
        } else if (step < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
        step = Math.min(step + 1, SPINS + YIELDS + MAX_SHIFT);
    }

    @Override
    public void reset() {
        step = 0;
    }

    @Override
    public String alias() {
        return ALIAS;
    }

    /**
     * {@return nanoseconds to sleep at a step; 0 while it spins or yields}
     *
     * @param step from 0.
     */
    static long sleepNanos(final int step) {
        final int shift = step - SPINS - YIELDS;
        return shift < 0 ? 0 : Math.min(BASE_NANOS << Math.min(shift, MAX_SHIFT), MAX_NANOS);
    }
}
