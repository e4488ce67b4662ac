package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExplorerTest {
    private static final boolean LONG = "long".equals(System.getProperty("explore"));
    private static final int PREEMPTIONS = LONG ? 3 : 2;

    private static Explorer operation(final int participants, final boolean followersSafe) {
        return new Explorer(participants, scheduler -> new OperationScenario(scheduler, participants, followersSafe));
    }

    private static void report(final String what, final Explorer explorer, final String more) {
        System.out.println("explored " + what + ": interleavings=" + explorer.executions() + " most accesses="
                + explorer.mostAccesses() + " " + more);
    }

    @Test
    void shouldFinishOperationInEveryInterleaving() throws Exception {
        final Explorer explorer = operation(2, false);
        explorer.exhaust(PREEMPTIONS);
        report("one operation, one follower", explorer, "preemptions<=" + PREEMPTIONS);
        assertTrue(explorer.executions() > 100);
    }

    @Test
    void shouldFinishOperationWhileFollowerLeavesSafeRegion() throws Exception {
        final Explorer explorer = operation(2, true);
        explorer.exhaust(PREEMPTIONS);
        report("one operation, follower leaves its safe region", explorer, "preemptions<=" + PREEMPTIONS);
    }

    @Test
    void shouldGoOnWhenFollowerDiesAtAnyAccess() throws Exception {
        final Explorer explorer = operation(2, false);
        final int kills = explorer.killEverywhere(1, PREEMPTIONS - 1);
        report("death of the follower", explorer, "accesses killed at=" + kills + " preemptions<=" + (PREEMPTIONS - 1));
        assertTrue(kills > 50);
    }

    @Test
    void shouldGoOnWhenInstigatorDiesAtAnyAccess() throws Exception {
        final Explorer explorer = operation(2, false);
        final int kills = explorer.killEverywhere(0, PREEMPTIONS - 1);
        report(
                "death of the instigator",
                explorer,
                "accesses killed at=" + kills + " preemptions<=" + (PREEMPTIONS - 1));
        assertTrue(kills > 50);
    }

    @Test
    void shouldAgreeInRandomInterleavingsOfThreeWithADeath() throws Exception {
        final long seed = Long.getLong("explore.seed", System.nanoTime());
        final int count = LONG ? 1_000_000 : 4_000;
        for (final boolean safe : new boolean[] {false, true}) {
            final Explorer explorer = operation(3, safe);
            try {
                explorer.random(seed, count, 12);
            } catch (final AssertionError failure) {
                throw new AssertionError("repeat with -Dexplore.seed=" + seed, failure);
            }
            report("three participants at random", explorer, "preemptions<=12 seed=" + seed);
        }
    }
}
