package dev.lockstep.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Threads that follow. What ends one by an exception is thrown to who asks for it. */
final class Followers {
    /** What a follower does. */
    interface Task {
        /** Joins, tells the latch so, and follows until it is over. */
        void run(CountDownLatch joined) throws Exception;
    }

    private static final int SPINS = 100;

    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch joined;
    private volatile Throwable failed;

    Followers(final int count, final Task task) {
        joined = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            final Thread thread = new Thread(() -> run(task), "follower-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private void run(final Task task) {
        try {
            task.run(joined);
        } catch (final Throwable failure) {
            failed = failure;
        }
    }

    /** Waits until all have joined. */
    void awaitJoined() throws InterruptedException {
        while (!joined.await(1, TimeUnit.SECONDS)) {
            refuseIfFailed();
        }
    }

    /** Waits until all have ended. */
    void join() throws InterruptedException {
        for (final Thread thread : threads) {
            thread.join();
        }
        refuseIfFailed();
    }

    private void refuseIfFailed() {
        if (failed != null) {
            throw new IllegalStateException("a follower failed", failed);
        }
    }

    /** Throws unless a follower has applied what was told. */
    static void requireApplied(final long applied, final long told) {
        if (applied != told) {
            throw new IllegalStateException("follower has not applied all: applied=" + applied + " told=" + told);
        }
    }

    /** What everybody does that polls and finds nothing: spin a little, then yield. Returns how often it has by now. */
    static int idle(final int idle) {
        if (idle < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
        return idle + 1;
    }
}
