package dev.lockstep.cli.bench;

import java.util.HashMap;
import java.util.Map;

/** Numbers that JVMs have reported. */
final class Results {
    /** What a child says before a number's name and the number. */
    static final String WORD = "result";

    /** Behind a histogram's name: the number of times in it. */
    static final String COUNT = ".count";

    private static final int FEW = 1_000;

    private final String row;
    private final Map<String, Double> numbers = new HashMap<>();

    Results(final String row) {
        this.row = row;
    }

    void put(final String name, final double number) {
        numbers.put(name, number);
    }

    double get(final String name) {
        final Double number = numbers.get(name);
        if (number == null) {
            throw new IllegalStateException("number was not reported: row=" + row + " number=" + name);
        }
        return number;
    }

    /** {@return a percentile of what {@link Work#report(String, org.HdrHistogram.Histogram)} was given, in µs} */
    double micros(final String name, final Percentile percentile) {
        return get(percentile.of(name)) / 1_000;
    }

    /** {@return a row with a warning if one of these histograms holds too little to trust} */
    Row warnOfFew(final Row measured, final String... names) {
        Row warned = measured;
        for (final String name : names) {
            final long count = (long) get(name + COUNT);
            if (count < FEW) {
                warned = warned.remark(
                        "not to be trusted, the machine was too busy: times measured of " + name + ": " + count);
            }
        }
        return warned;
    }
}
