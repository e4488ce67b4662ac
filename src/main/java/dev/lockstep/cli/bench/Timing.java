package dev.lockstep.cli.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Times code that takes nanoseconds, several pieces of it beside each other in this JVM and on this thread.
 *
 * <p>A piece is a loop of its own, in a method of its own, so that each is compiled by itself; what the loop returns depends
 * on every call in it and goes to a volatile field, so that no call can be left out. All are warmed up in turn for the plan's
 * time, C2 included. Then come rounds: in each, each piece in turn runs batches of about 100 µs for the plan's time, between
 * two looks at {@link System#nanoTime}, and the batch with the least time counts: another process that has taken the
 * processor away is in the others. The result is the median of the rounds. On a machine so busy that the time goes by without
 * us, a least number of batches is run all the same.
 */
final class Timing {
    /** A loop of so many calls. */
    interface Batch {
        /**
         * Runs them.
         *
         * @return something that all of them have contributed to.
         */
        long run(int calls);
    }

    private static final int FIRST_CALLS = 2_000;
    private static final int LEAST_WARM_UPS = 100;
    private static final int LEAST_BATCHES = 20;
    private static final long BATCH_NANOS = 100_000;

    private static volatile long sink;

    private final BenchPlan plan;
    private final Map<String, Batch> batches = new LinkedHashMap<>();

    Timing(final BenchPlan plan) {
        this.plan = plan;
    }

    /** Adds a piece of code by the name that it is reported as. */
    Timing add(final String name, final Batch batch) {
        batches.put(name, batch);
        return this;
    }

    /** Times all of them and reports each, in ns a call. */
    void report(final Work work) {
        warmUp();
        final Map<String, Integer> calls = new LinkedHashMap<>();
        batches.forEach((name, batch) -> calls.put(name, callsIn(batch)));
        final Map<String, double[]> rounds = new LinkedHashMap<>();
        batches.keySet().forEach(name -> rounds.put(name, new double[plan.rounds()]));
        for (int i = 0; i < plan.rounds(); i++) {
            final int round = i;
            batches.forEach((name, batch) -> rounds.get(name)[round] = best(batch, calls.get(name)));
        }
        rounds.forEach((name, nanos) -> work.report(name, median(nanos)));
    }

    private void warmUp() {
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.warmUpMillis()) * batches.size();
        for (int i = 0; i < LEAST_WARM_UPS || System.nanoTime() - end < 0; i++) {
            batches.values().forEach(batch -> nanos(batch, FIRST_CALLS));
        }
    }

    private static int callsIn(final Batch batch) {
        long nanos = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            nanos = Math.min(nanos, nanos(batch, FIRST_CALLS));
        }
        return (int) Math.max(1, BATCH_NANOS * FIRST_CALLS / Math.max(1, nanos));
    }

    private double best(final Batch batch, final int calls) {
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(plan.roundMillis());
        long best = Long.MAX_VALUE;
        for (int i = 0; i < LEAST_BATCHES || System.nanoTime() - end < 0; i++) {
            best = Math.min(best, nanos(batch, calls));
        }
        return (double) best / calls;
    }

    private static long nanos(final Batch batch, final int calls) {
        final long start = System.nanoTime();
        sink = batch.run(calls);
        return System.nanoTime() - start;
    }

    /** {@return the middle one; of an even number, the lower of the two} */
    static double median(final double[] numbers) {
        final double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }
}
