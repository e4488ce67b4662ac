package dev.lockstep.bench;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The lock of {@link ContendedLockBenchmark}, and what it guards: a count that nothing else orders. When the last thread is
 * done the count must be the sum of what the threads have counted for themselves, or the lock has let two in.
 */
@State(Scope.Benchmark)
public class Contended {
    /** Which one. */
    @Param({
        "lease",
        "mutex",
        "heap_lease",
        "heap_state_write",
        "reentrant",
        "reentrant_fair",
        "semaphore_fair",
        "stamped_write"
    })
    public String lock;

    private ContendedLock contended;
    private int asking;
    private long rounds;

    /** Guarded by the lock. */
    long entered;

    /** Makes the lock. */
    @Setup
    public void open() {
        contended = ContendedLocks.named(lock);
    }

    private synchronized ContendedLock.Contender join() {
        asking++;
        return contended.contender();
    }

    private synchronized void leave(final long counted) {
        rounds += counted;
        if (--asking == 0 && entered != rounds) {
            throw new IllegalStateException(
                    "lock was held by two at a time: lock=" + lock + " entered=" + entered + " left=" + rounds);
        }
    }

    /** A thread that asks. */
    @State(Scope.Thread)
    public static class Asking {
        ContendedLock.Contender contender;
        long rounds;

        /** Joins, on the thread that will ask. */
        @Setup
        public void join(final Contended contended) {
            contender = contended.join();
        }

        /** An iteration begins. */
        @Setup(Level.Iteration)
        public void resume() {
            contender.resume();
        }

        /** It is over: the thread waits for the others and answers nobody. */
        @TearDown(Level.Iteration)
        public void pause() {
            contender.pause();
        }

        /** Has its count compared, with the others'. */
        @TearDown
        public void leave(final Contended contended) {
            contended.leave(rounds);
        }
    }
}
