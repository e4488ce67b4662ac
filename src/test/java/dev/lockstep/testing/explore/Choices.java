package dev.lockstep.testing.explore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The choices of one execution: first those of a given prefix, then always the first option, or random ones. What was
 * chosen is remembered, so that the execution can be repeated and its neighbours found.
 */
final class Choices {
    private final int[] prefix;
    private final Random random;
    private int[] taken = new int[256];
    private int[] options = new int[256];
    private int size;

    Choices(final int[] prefix, final Random random) {
        this.prefix = prefix;
        this.random = random;
    }

    /**
     * Chooses.
     *
     * @param count of options; the first is the one to take if nothing speaks for another.
     * @param rarity at random, another than the first is taken once in so many times.
     * @return the option, from 0.
     */
    int choose(final int count, final int rarity) {
        if (size == taken.length) {
            taken = Arrays.copyOf(taken, 2 * size);
            options = Arrays.copyOf(options, 2 * size);
        }
        final int choice;
        if (size < prefix.length) {
            choice = Math.min(prefix[size], count - 1);
        } else if (random != null && random.nextInt(rarity) == 0) {
            choice = random.nextInt(count);
        } else {
            choice = 0;
        }
        taken[size] = choice;
        options[size++] = count;
        return choice;
    }

    /** Whether every execution has its turn, so that one that is like another can be left out. */
    boolean isExhaustive() {
        return random == null;
    }

    /** Every execution that first departs from this one behind its prefix, the latest departures last. */
    List<int[]> departures() {
        final List<int[]> departures = new ArrayList<>();
        for (int i = prefix.length; i < size; i++) {
            for (int option = 1; option < options[i]; option++) {
                final int[] departure = Arrays.copyOf(taken, i + 1);
                departure[i] = option;
                departures.add(departure);
            }
        }
        return departures;
    }

    /** The choices that were not the first option, as {@code place=option,…}: enough to repeat the execution. */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < size; i++) {
            if (taken[i] != 0) {
                text.append(text.isEmpty() ? "" : ",").append(i).append('=').append(taken[i]);
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }

    static int[] parse(final String text) {
        if (text.equals("none")) {
            return new int[0];
        }
        final String[] parts = text.split(",");
        final int[] prefix =
                new int[1 + Integer.parseInt(parts[parts.length - 1].split("=")[0])];
        for (final String part : parts) {
            final String[] pair = part.split("=");
            prefix[Integer.parseInt(pair[0])] = Integer.parseInt(pair[1]);
        }
        return prefix;
    }
}
