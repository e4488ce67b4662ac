package dev.lockstep.cli.bench;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long and how much to measure.
 *
 * @param warmUpMillis of each thing that is measured, not counted.
 * @param rounds in which nanoseconds are measured.
 * @param roundMillis of each of them, for each thing compared.
 * @param segments in which waiting threads are measured.
 * @param segmentMillis of each of them, for each thing compared.
 * @param manyGroups number of groups where many are measured.
 * @param replayRecords in the journal that is replayed.
 * @param starts of JVMs whose start is timed, of each kind.
 */
record BenchPlan(
        int warmUpMillis,
        int rounds,
        int roundMillis,
        int segments,
        int segmentMillis,
        int manyGroups,
        int replayRecords,
        int starts) {
    /** Some minutes. */
    static final BenchPlan FULL = new BenchPlan(2_000, 11, 200, 5, 2_000, 1_000, 100_000, 9);

    /** Under 50 seconds on two cores. */
    static final BenchPlan QUICK = new BenchPlan(200, 5, 30, 2, 200, 1_000, 100_000, 3);

    private static final String SEPARATOR = ",";

    /** {@return how many operations one segment can hold: nobody makes more than one a microsecond} */
    int operationsInSegment() {
        return Math.max(warmUpMillis, segmentMillis) * 1_000;
    }

    /** {@return the plan as one argument of a command line} */
    String argument() {
        return Stream.of(warmUpMillis, rounds, roundMillis, segments, segmentMillis, manyGroups, replayRecords, starts)
                .map(Object::toString)
                .collect(Collectors.joining(SEPARATOR));
    }

    /** {@return the plan that {@link #argument} gives} */
    static BenchPlan parse(final String argument) {
        final int[] fields = Arrays.stream(argument.split(SEPARATOR))
                .mapToInt(Integer::parseInt)
                .toArray();
        return new BenchPlan(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7]);
    }

    /** {@return the plan in words, for the header} */
    String text() {
        return "warm-up " + warmUpMillis + " ms each, not counted; nanoseconds: median of " + rounds
                + " rounds of the best batch in " + roundMillis + " ms; waiting: " + segments + " segments of "
                + segmentMillis + " ms";
    }
}
