package dev.lockstep.testing.explore;

import java.util.concurrent.atomic.AtomicLong;

/** Sums over all explorations of this JVM. */
final class Totals {
    private static final AtomicLong INTERLEAVINGS = new AtomicLong();
    private static final AtomicLong DEATHS = new AtomicLong();

    private Totals() {}

    static void add(final long interleavings, final long deaths) {
        INTERLEAVINGS.addAndGet(interleavings);
        DEATHS.addAndGet(deaths);
    }

    static String describe() {
        return "interleavings=" + INTERLEAVINGS + " deaths=" + DEATHS;
    }
}
