package dev.lockstep.cli.torture;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Where a worker dies: at the n-th write of a kind. It halts there by itself, or stands still for the launcher to kill it.
 *
 * <p>Thread-safe.
 */
final class Trap {
    private static final int HALTED = 137;

    private final Board board;
    private final int place;
    private final KillPoint point;
    private final int group;
    private final boolean after;
    private final boolean halt;
    private final AtomicInteger left;

    /**
     * Sets a trap.
     *
     * @param board on which it is noted that somebody is in it.
     * @param place of the worker.
     * @param point at which it catches.
     * @param group that it catches, or −1: any thread.
     * @param count of the write that it catches, from 1.
     * @param after whether the write is made first.
     * @param halt whether the JVM ends itself.
     */
    Trap(
            final Board board,
            final int place,
            final KillPoint point,
            final int group,
            final int count,
            final boolean after,
            final boolean halt) {
        this.board = board;
        this.place = place;
        this.point = point;
        this.group = group;
        this.after = after;
        this.halt = halt;
        left = new AtomicInteger(count);
    }

    /** Whether a write is the one; true at most once. */
    boolean isCaughtBy(final KillPoint write) {
        return (point == KillPoint.ANY || point == write)
                && (group < 0 || GroupThread.currentNumber() == group)
                && left.get() > 0
                && left.decrementAndGet() == 0;
    }

    boolean isAfterTheWrite() {
        return after;
    }

    /** Does not return. */
    void shut() {
        final int caught = Math.max(0, GroupThread.currentNumber());
        if (halt) {
            board.markKilled(place);
            board.hit(place, caught);
            Runtime.getRuntime().halt(HALTED);
        }
        board.hit(place, caught);
        while (true) {
            LockSupport.park();
        }
    }
}
