package dev.lockstep.cli.bench;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * A lock taken and given back by the first process, while the second has it open, sleeps and does not ask. A pair takes
 * nanoseconds, so what is recorded are means of batches of about 100 µs each, in picoseconds; percentiles are of batches.
 */
final class UncontendedPart implements Part {
    private static final long BATCH_NANOS = 100_000;
    private static final long SLEEP_NANOS = 1_000_000;
    private static final int PICOS = 1_000;

    private final SharedLock lock;
    private int calls = 1;

    UncontendedPart(final SharedLock lock) {
        this.lock = lock;
    }

    @Override
    public String name() {
        return "uncontended";
    }

    @Override
    public double unitsInNano() {
        return PICOS;
    }

    @Override
    public void lead(final long until, final Histogram times) {
        lock.enter();
        long start = System.nanoTime();
        do {
            batch(calls);
            final long nanos = System.nanoTime() - start;
            times.recordValue(nanos * PICOS / calls);
            if (nanos < BATCH_NANOS) {
                calls++;
            }
            start = System.nanoTime();
        } while (start - until < 0);
        lock.leave();
    }

    private void batch(final int count) {
        for (int i = 0; i < count; i++) {
            lock.take();
            lock.give();
        }
    }

    @Override
    public void follow(final BooleanSupplier going, final Histogram times) {
        while (going.getAsBoolean()) {
            LockSupport.parkNanos(SLEEP_NANOS);
        }
    }
}
