package dev.lockstep.cli.bench;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Phaser;
import org.HdrHistogram.Histogram;

/**
 * Threads that meet twice a round at one of the JDK's barriers, made once: what stopping everybody and letting everybody go
 * costs with it, without anything being agreed on.
 */
final class TwoPhaseCrew implements Crew {
    /** Waits for all the others. */
    private final Runnable meeting;

    private final Threads threads = new Threads();
    private volatile boolean over;

    private TwoPhaseCrew(final Runnable meeting, final int parties) {
        this.meeting = meeting;
        for (int i = 1; i < parties; i++) {
            threads.start("party-" + i, this::follow);
        }
    }

    static Crew withCyclicBarrier(final int parties) {
        final CyclicBarrier barrier = new CyclicBarrier(parties);
        return new TwoPhaseCrew(() -> HeapGroup.await(barrier), parties);
    }

    static Crew withPhaser(final int parties) {
        final Phaser phaser = new Phaser(parties);
        return new TwoPhaseCrew(phaser::arriveAndAwaitAdvance, parties);
    }

    private void follow() {
        while (!over) {
            meeting.run();
            meeting.run();
        }
    }

    @Override
    public void operate(final long until, final Histogram times) {
        long start = System.nanoTime();
        do {
            meeting.run();
            meeting.run();
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        } while (start - until < 0);
    }

    @Override
    public void close() {
        // all see it between the two meetings of this round, or before they come to its first one
        meeting.run();
        over = true;
        meeting.run();
        threads.join();
    }
}
