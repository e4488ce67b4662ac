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
    interface Meeting {
        void meet() throws Exception;
    }

    private final Meeting meeting;
    private final Threads threads = new Threads();
    private volatile boolean over;

    private TwoPhaseCrew(final Meeting meeting, final int parties) {
        this.meeting = meeting;
        for (int i = 1; i < parties; i++) {
            threads.start("party-" + i, this::follow);
        }
    }

    static Crew withCyclicBarrier(final int parties) {
        final CyclicBarrier barrier = new CyclicBarrier(parties);
        return new TwoPhaseCrew(barrier::await, parties);
    }

    static Crew withPhaser(final int parties) {
        final Phaser phaser = new Phaser(parties);
        return new TwoPhaseCrew(phaser::arriveAndAwaitAdvance, parties);
    }

    private void follow() throws Exception {
        while (!over) {
            meeting.meet();
            meeting.meet();
        }
    }

    @Override
    public void operate(final long until, final Histogram times) throws Exception {
        long start = System.nanoTime();
        do {
            meeting.meet();
            meeting.meet();
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        } while (start - until < 0);
    }

    @Override
    public void close() throws Exception {
        // all see it between the two meetings of this round, or before they come to its first one
        meeting.meet();
        over = true;
        meeting.meet();
        threads.join();
    }
}
