package dev.lockstep.bench;

import java.util.concurrent.CountDownLatch;

/**
 * Two pairs of latches an operation, fresh ones: "stop" and "stopped", "apply" and "applied", one side each counted down by
 * the instigator and the other by all followers.
 */
final class LatchBus implements Bus {
    /** The latches of an operation. */
    private static final class Round {
        final CountDownLatch stop = new CountDownLatch(1);
        final CountDownLatch stopped;
        final CountDownLatch apply = new CountDownLatch(1);
        final CountDownLatch applied;

        /** Written before "stop" is counted down. */
        Round next;

        Round(final int followers) {
            stopped = new CountDownLatch(followers);
            applied = new CountDownLatch(followers);
        }
    }

    private final int count;
    private final Followers followers;
    private Round round;
    private long told;

    LatchBus(final int count) {
        this.count = count;
        round = new Round(count);
        final Round first = round;
        followers = new Followers(count, joined -> follow(joined, first));
    }

    private void follow(final CountDownLatch joined, final Round first) throws InterruptedException {
        joined.countDown();
        long applied = 0;
        Round mine = first;
        mine.stop.await();
        while (mine.next != null) {
            mine.stopped.countDown();
            mine.apply.await();
            applied++;
            mine.applied.countDown();
            mine = mine.next;
            mine.stop.await();
        }
        Followers.requireApplied(applied, told);
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("instigator was interrupted", e);
        }
    }

    @Override
    public void operate() {
        final Round current = round;
        round = new Round(count);
        current.next = round;
        told++;
        current.stop.countDown();
        await(current.stopped);
        current.apply.countDown();
        await(current.applied);
    }

    @Override
    public void close() throws InterruptedException {
        round.stop.countDown();
        followers.join();
    }
}
