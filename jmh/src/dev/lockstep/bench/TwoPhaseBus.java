package dev.lockstep.bench;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Phaser;

/**
 * Threads that meet twice an operation at one of the JDK's barriers, made once: all stop at the first meeting, followers apply
 * between the two, all go on after the second. Nothing is asked for a lease, and followers wait in the barrier between
 * operations.
 */
final class TwoPhaseBus implements Bus {
    /** Waits for all the others. */
    private interface Meeting {
        void meet() throws InterruptedException, BrokenBarrierException;
    }

    private static final long END = -1;

    private final Meeting meeting;
    private final Followers followers;

    /** Written before the first meeting, read after it. */
    private long operation;

    private long told;

    private TwoPhaseBus(final int count, final Meeting meeting) {
        this.meeting = meeting;
        followers = new Followers(count, this::follow);
    }

    static Bus withCyclicBarrier(final int followers) {
        return new TwoPhaseBus(followers, new CyclicBarrier(followers + 1)::await);
    }

    static Bus withPhaser(final int followers) {
        return new TwoPhaseBus(followers, new Phaser(followers + 1)::arriveAndAwaitAdvance);
    }

    private void follow(final CountDownLatch joined) throws InterruptedException, BrokenBarrierException {
        joined.countDown();
        long applied = 0;
        meeting.meet();
        while (operation != END) {
            applied++;
            meeting.meet();
            meeting.meet();
        }
        Followers.requireApplied(applied, told);
    }

    private void meet() {
        try {
            meeting.meet();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("instigator was interrupted", e);
        } catch (final BrokenBarrierException e) {
            throw new IllegalStateException("a follower was interrupted", e);
        }
    }

    @Override
    public void operate() {
        operation = ++told;
        meet();
        meet();
    }

    @Override
    public void close() throws InterruptedException {
        operation = END;
        meet();
        followers.join();
    }
}
