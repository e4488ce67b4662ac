package dev.lockstep.cli.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Time in pieces: what is compared takes turns, segment by segment, so that whatever else the machine does falls on all of
 * it. Segment 0 is the warm-up, and what is recorded in it is thrown away. For one thread.
 *
 * <p>What is recorded in the others are times of single calls, from {@link System#nanoTime} to {@link System#nanoTime}, in a
 * closed loop: the next call begins when the last one has ended. A call that takes long delays the next ones and is recorded
 * once. That is what is defined here, the time of one call when one asks again at once; it is no answer time at a given rate,
 * and nothing is corrected for coordinated omission.
 */
final class Segments {
    private final BenchPlan plan;

    Segments(final BenchPlan plan) {
        this.plan = plan;
    }

    /** {@return number of segments, the warm-up included} */
    int count() {
        return plan.segments() + 1;
    }

    /** {@return when a segment that begins now ends, by {@link System#nanoTime}} */
    long end(final int segment) {
        return System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(segment == 0 ? plan.warmUpMillis() : plan.segmentMillis());
    }

    /** {@return where a segment records to} */
    Histogram histogram(final int segment, final Histogram counted) {
        return segment == 0 ? create() : counted;
    }

    /** {@return an empty histogram, of nanoseconds, with three digits} */
    static Histogram create() {
        return new Histogram(3);
    }
}
