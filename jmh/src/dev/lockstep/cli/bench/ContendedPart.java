package dev.lockstep.cli.bench;

import dev.lockstep.region.SharedBuffer;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * A lock asked for by both processes: taken, held for about a microsecond, given back, about a microsecond of something else,
 * and again. What is recorded, by both, is how long one waits for it. What it guards is counted in a word that nothing else
 * orders; with what each process has counted for itself that shows a lock that lets two in.
 */
final class ContendedPart implements Part {
    private static final int GUARDED = SharedLine.offset(5);
    private static final int COUNTED = SharedLine.offset(6);

    /** Of six dependent instructions each, which no compiler folds into fewer: about a microsecond. */
    private static final int STEPS = 500;

    private final SharedLock lock;
    private final SharedBuffer buffer;
    private final int mine;
    private long sink;

    ContendedPart(final Contest.Ground ground, final SharedLock lock) {
        this.lock = lock;
        buffer = ground.line().buffer();
        mine = counted(ground.role());
    }

    private static int counted(final int role) {
        return COUNTED + SharedLine.offset(role);
    }

    @Override
    public String name() {
        return "contended";
    }

    @Override
    public void enter() {
        lock.enter();
    }

    @Override
    public void leave() {
        lock.leave();
    }

    @Override
    public void lead(final long until, final Histogram times) {
        long start;
        do {
            start = once(times);
        } while (start - until < 0);
    }

    @Override
    public void follow(final BooleanSupplier going, final Histogram times) {
        while (going.getAsBoolean()) {
            once(times);
        }
    }

    private long once(final Histogram times) {
        final long start = System.nanoTime();
        lock.take();
        final long end = System.nanoTime();
        final long before = buffer.getLong(GUARDED);
        work(end);
        buffer.putLong(GUARDED, before + 1);
        lock.give();
        times.recordValue(end - start);
        buffer.putLongRelease(mine, buffer.getLong(mine) + 1);
        work(start);
        return end;
    }

    private void work(final long from) {
        long value = from | 1;
        for (int i = 0; i < STEPS; i++) {
            value ^= value << 13;
            value ^= value >>> 7;
            value ^= value << 17;
        }
        sink = value;
    }

    @Override
    public void check() {
        final long entered = buffer.getLongVolatile(GUARDED);
        final long left = buffer.getLongVolatile(counted(0)) + buffer.getLongVolatile(counted(1));
        if (lock.isExclusive() && entered != left) {
            throw new IllegalStateException(
                    "lock was held by two processes at a time: entered=" + entered + " left=" + left);
        }
    }
}
