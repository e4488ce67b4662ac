package dev.lockstep.broadcast;

import java.util.Random;

/** Seeds of randomised tests: new ones each run, the same one again with {@code -Dlockstep.seed=…}. */
final class Seeds {
    private Seeds() {}

    /** A body of a randomised test. */
    interface Body {
        void run(Random random) throws Exception;
    }

    /** Runs the body with several seeds; a failure names the seed. */
    static void each(final int count, final Body body) {
        final Long given = Long.getLong("lockstep.seed");
        final Random seeds = new Random();
        for (int i = 0; i < (given != null ? 1 : count); i++) {
            final long seed = given != null ? given : seeds.nextLong();
            try {
                body.run(new Random(seed));
            } catch (final Throwable e) {
                throw new AssertionError("failed with -Dlockstep.seed=" + seed, e);
            }
        }
    }
}
