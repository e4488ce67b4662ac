package dev.lockstep.cli.bench;

import java.util.Arrays;
import java.util.Locale;

/** Numbers as text, with three digits that count, as many as a measurement is worth. */
final class Numbers {
    private Numbers() {}

    /** {@return a number; whole from 100 on} */
    static String text(final double number) {
        final double size = Math.abs(number);
        final int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", number);
    }

    /** {@return a power of ten, without zeros that say nothing} */
    static String tick(final double power) {
        return power < 1 ? Double.toString(power) : Integer.toString((int) power);
    }

    /** {@return a text with a number in place of each %s} */
    static String text(final String format, final double... numbers) {
        return String.format(
                Locale.ROOT,
                format,
                Arrays.stream(numbers).mapToObj(Numbers::text).toArray());
    }
}
