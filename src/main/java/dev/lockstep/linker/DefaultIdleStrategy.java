package dev.lockstep.linker;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * The default way of waiting: spin, yield, then park for longer and longer. Once it would park, whoever uses it may sleep
 * in its place where others can wake it, see {@link #isSpent()}.
 *
 * <p>For one thread.
 */
final class DefaultIdleStrategy implements IdleStrategy {
    private static final long MAX_SPINS = 20;
    private static final long MAX_YIELDS = 256;
    private static final long MIN_PARK_NANOS = 20_000;
    private static final long MAX_PARK_NANOS = 1_000_000;

    private final BackoffIdleStrategy backoff =
            new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NANOS, MAX_PARK_NANOS);
    private int idles;

    /** Whether it was idle as often as it spins and yields. */
    boolean isSpent() {
        return idles >= MAX_SPINS + MAX_YIELDS;
    }

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
        if (!isSpent()) {
            idles++;
        }
        backoff.idle();
    }

    @Override
    public void reset() {
        idles = 0;
        backoff.reset();
    }

    @Override
    public String alias() {
        return backoff.alias();
    }
}
