package dev.lockstep.linker;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Goes through the interleavings of a {@link Scenario}: every one with up to a stated number of preemptions, or random
 * ones. Each is run from the beginning; a failure names the choices that lead to it.
 *
 * <p>The accesses are sequentially consistent here: what an interleaving of accesses can do wrong is found, what a missing
 * fence can do wrong is not.
 */
final class Explorer {
    /** What a scenario does in one execution. */
    interface Scenario {
        /** One participant sets up; the others have not begun, or are done with it. */
        void setUp(int participant) throws Exception;

        /** One participant's part, explored. */
        void run(int participant) throws Exception;

        /** Looks at what is left when all have ended; throws if that may not be. */
        void check(Scheduler scheduler) throws Exception;
    }

    /** Makes a scenario for one execution. */
    interface Factory {
        Scenario make(Scheduler scheduler);
    }

    private final Factory factory;
    private final int participants;
    private long executions;
    private int mostAccesses;

    Explorer(final int participants, final Factory factory) {
        this.participants = participants;
        this.factory = factory;
    }

    long executions() {
        return executions;
    }

    int mostAccesses() {
        return mostAccesses;
    }

    /** Every interleaving with up to so many preemptions, nobody dies. */
    void exhaust(final int preemptions) throws Exception {
        exhaust(preemptions, -1, -1);
    }

    /**
     * Kills a participant before each of its accesses in turn, in every interleaving with up to so many preemptions.
     *
     * @return number of accesses at which it was killed.
     */
    int killEverywhere(final int victim, final int preemptions) throws Exception {
        int killAt = 0;
        while (exhaust(preemptions, victim, killAt)) {
            killAt++;
        }
        return killAt;
    }

    /** @return whether the victim died in any of the executions. */
    private boolean exhaust(final int preemptions, final int victim, final int killAt) throws Exception {
        boolean died = false;
        int[] prefix = {};
        while (prefix != null) {
            final Scheduler scheduler = execute(prefix, preemptions, victim, killAt);
            died |= victim >= 0 && scheduler.isDead(victim);
            prefix = next(scheduler.choices());
        }
        return died;
    }

    /** Random choices and deaths. */
    void random(final long seed, final int count, final int preemptions) throws Exception {
        final Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            final int[] prefix = new int[400];
            for (int j = 0; j < prefix.length; j++) {
                prefix[j] = random.nextInt(16) == 0 ? random.nextInt(participants) : 0;
            }
            final boolean kills = random.nextInt(4) != 0;
            final int victim = kills ? random.nextInt(participants) : -1;
            execute(prefix, preemptions, victim, random.nextInt(Math.max(1, mostAccesses)));
        }
    }

    private static int[] next(final List<int[]> choices) {
        for (int i = choices.size() - 1; i >= 0; i--) {
            final int[] choice = choices.get(i);
            if (choice[0] + 1 < choice[1]) {
                final int[] prefix = new int[i + 1];
                for (int j = 0; j < i; j++) {
                    prefix[j] = choices.get(j)[0];
                }
                prefix[i] = choice[0] + 1;
                return prefix;
            }
        }
        return null;
    }

    private Scheduler execute(final int[] prefix, final int preemptions, final int victim, final int killAt)
            throws Exception {
        final Scheduler scheduler = new Scheduler(participants, prefix, preemptions, victim, killAt);
        final Scenario scenario = factory.make(scheduler);
        try {
            scheduler.execute(scenario::setUp, scenario::run);
            executions++;
            for (int i = 0; i < participants; i++) {
                mostAccesses = Math.max(mostAccesses, scheduler.accesses(i));
            }
            if (scheduler.failure() != null) {
                throw new AssertionError("a participant failed", scheduler.failure());
            }
            scenario.check(scheduler);
        } catch (final Throwable failure) {
            throw new AssertionError(
                    "interleaving fails: preemptions=" + preemptions + " victim=" + victim + " killAt=" + killAt
                            + " choices=" + Arrays.toString(taken(scheduler.choices())),
                    failure);
        }
        return scheduler;
    }

    private static int[] taken(final List<int[]> choices) {
        return choices.stream().mapToInt(choice -> choice[0]).toArray();
    }
}
