package dev.lockstep.linker.table;

import java.util.Random;

/** Runs a randomised test; when it fails, the seed that reproduces it is in the message. */
final class Seeded {
    private static final String PROPERTY = "lockstep.test.seed";

    interface Body {
        void run(Random random) throws Exception;
    }

    private Seeded() {}

    static void rounds(final int rounds, final Body body) {
        final Long given = Long.getLong(PROPERTY);
        if (given != null) {
            round(given, body);
            return;
        }
        final long first = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
            round(first + i, body);
        }
    }

    private static void round(final long seed, final Body body) {
        try {
            body.run(new Random(seed));
        } catch (final Throwable failure) {
            throw new AssertionError(
                    "failed with seed=" + seed + ", run again with -D" + PROPERTY + "=" + seed, failure);
        }
    }
}
