package dev.lockstep.lock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that begin at the same moment; the first failure of any of them is the test's. */
final class Participants {
    /** What one of them does. */
    interface Body {
        void run(int participant) throws Exception;
    }

    private Participants() {}

    static void run(final int count, final Body body) throws Exception {
        final CyclicBarrier start = new CyclicBarrier(count);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final int participant = i;
            threads.add(new Thread(
                    () -> {
                        try {
                            start.await();
                            body.run(participant);
                        } catch (final Throwable thrown) {
                            failure.compareAndSet(null, thrown);
                        }
                    },
                    "participant-" + participant));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError("a participant failed", failure.get());
        }
    }
}
