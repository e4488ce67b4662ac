package dev.lockstep.cli.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Threads that ask for a lock, hold it for ten microseconds or so, about as long as an operation does, give it back, poll,
 * yield, and ask again, over several segments: how long they wait, how often they get it, and how many others do so in
 * between. What the lock guards is counted twice, before and after it is held, so that two holders at a time are found out.
 */
final class Contention {
    private static final int HELD_STEPS = 4_000;

    private final int contenders;
    private final Histogram waits = Segments.create();
    private final Histogram overtaken = Segments.create();
    private double seconds;
    private long grants;

    /** Guarded by the lock of the segment; also read by those who are about to ask. */
    private volatile long granted;

    /** Guarded by the lock of the segment. */
    private long entered;

    private volatile boolean over;
    private long sink;

    Contention(final int contenders) {
        this.contenders = contenders;
    }

    /** Lets them contend for a segment, longer if the lock was not granted as often as there are contenders by then. */
    void contend(final Contended lock, final Segments segments, final int segment) throws InterruptedException {
        final Threads threads = new Threads();
        final CountDownLatch ready = new CountDownLatch(contenders);
        final CountDownLatch go = new CountDownLatch(1);
        over = false;
        granted = 0;
        entered = 0;
        final Histogram[] waited = new Histogram[contenders];
        final Histogram[] passed = new Histogram[contenders];
        for (int i = 0; i < contenders; i++) {
            final Histogram waitedHere = waited[i] = Segments.create();
            final Histogram passedHere = passed[i] = Segments.create();
            threads.start("contender-" + i, () -> {
                final Contended.Contender contender = lock.contender();
                ready.countDown();
                // those who have joined answer nobody while they wait here, and nothing is asked of them
                go.await();
                while (!over) {
                    once(contender, waitedHere, passedHere);
                }
                contender.leave();
            });
        }
        while (!ready.await(1, TimeUnit.SECONDS)) {
            threads.refuseIfFailed();
        }
        final long start = System.nanoTime();
        final long until = segments.end(segment);
        go.countDown();
        while (System.nanoTime() - until < 0 || granted < contenders) {
            Thread.sleep(1);
            threads.refuseIfFailed();
        }
        final long end = System.nanoTime();
        final long count = granted;
        over = true;
        threads.join();
        if (entered != granted) {
            throw new IllegalStateException("lock was held by two at a time: entered=" + entered + " left=" + granted);
        }
        if (segment > 0) {
            seconds += (end - start) / 1e9;
            grants += count;
            for (int i = 0; i < contenders; i++) {
                waits.add(waited[i]);
                overtaken.add(passed[i]);
            }
        }
    }

    private void once(final Contended.Contender contender, final Histogram waited, final Histogram passed) {
        final long before = granted;
        final long start = System.nanoTime();
        contender.take();
        final long end = System.nanoTime();
        final long mine = granted;
        entered++;
        work(end);
        if (granted != mine) {
            throw new IllegalStateException("lock was held by two at a time: grant=" + mine + " then=" + granted);
        }
        granted = mine + 1;
        contender.give();
        waited.recordValue(end - start);
        // those who had asked before, one each at most, have not overtaken
        passed.recordValue(Math.max(0, mine - before - (contenders - 1)));
        contender.poll();
        Thread.yield();
    }

    private void work(final long from) {
        long value = from;
        for (int i = 0; i < HELD_STEPS; i++) {
            value ^= value << 13; // each step needs the one before, and no compiler folds two of them into one
            value ^= value >>> 7;
            value ^= value << 17;
        }
        sink = value;
    }

    /** {@return how long they waited, in ns} */
    Histogram waits() {
        return waits;
    }

    /** {@return how often a waiter was overtaken} */
    Histogram overtaken() {
        return overtaken;
    }

    /** {@return how often the lock was granted, a second} */
    double throughput() {
        return grants / seconds;
    }
}
