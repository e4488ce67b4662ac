package dev.lockstep.cli.bench;

import java.util.Arrays;

/**
 * How long to measure between two JVMs.
 *
 * @param warmUpMillis of each part, not counted.
 * @param segments of each part.
 * @param segmentMillis of each of them.
 */
record BetweenPlan(int warmUpMillis, int segments, int segmentMillis) {
    static final BetweenPlan FULL = new BetweenPlan(2_000, 5, 1_000);
    static final BetweenPlan QUICK = new BetweenPlan(500, 3, 250);

    private static final String SEPARATOR = ",";

    /** Operations of one part that a journal must hold, 48 bytes each. */
    private static final int MOST_OPERATIONS = 4_000_000;

    /** {@return operations that a journal has to have room for: nobody makes more than one a microsecond} */
    int operations() {
        return Math.min(MOST_OPERATIONS, (warmUpMillis + segments * segmentMillis) * 1_000);
    }

    /** {@return how many of them a segment may use} */
    long operationsInSegment() {
        return operations() / (segments + 1);
    }

    /** {@return how long segment 0, which is the warm-up, or another one is} */
    int millis(final int segment) {
        return segment == 0 ? warmUpMillis : segmentMillis;
    }

    String argument() {
        return warmUpMillis + SEPARATOR + segments + SEPARATOR + segmentMillis;
    }

    static BetweenPlan parse(final String argument) {
        final int[] fields = Arrays.stream(argument.split(SEPARATOR))
                .mapToInt(Integer::parseInt)
                .toArray();
        return new BetweenPlan(fields[0], fields[1], fields[2]);
    }

    /** {@return the plan in words, for the header} */
    String text() {
        return "warm-up " + warmUpMillis + " ms of each part, not counted; then " + segments + " segments of "
                + segmentMillis + " ms, the parts of a contestant in turn";
    }
}
