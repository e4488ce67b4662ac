package dev.lockstep.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Threads of a measurement; the first failure of one of them is the measurement's. For one thread. */
final class Threads {
    /** What a thread does. */
    interface Task {
        void run() throws Exception;
    }

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failed = new AtomicReference<>();

    void start(final String name, final Task task) {
        final Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (final Throwable failure) {
                        failed.compareAndSet(null, failure);
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** Waits until all have ended. */
    void join() {
        try {
            for (final Thread thread : threads) {
                thread.join();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while threads of the measurement end", e);
        }
        refuseIfFailed();
    }

    /** Throws if one of them has failed: nobody need wait for it. */
    void refuseIfFailed() {
        if (failed.get() != null) {
            throw new IllegalStateException("a thread of the measurement failed", failed.get());
        }
    }
}
