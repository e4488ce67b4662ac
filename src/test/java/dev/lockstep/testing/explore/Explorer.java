package dev.lockstep.testing.explore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goes through the executions of a scenario: every one within stated bounds, or random ones. Each is run from the
 * beginning; a failure names what is needed to repeat it. Two workers share the executions.
 *
 * <p>{@code -Dexplore.replay=NAME:CHOICES} runs the one execution of the exploration of that name that a failure has
 * printed, and nothing of the others. {@code -Dexplore.only=NAME} runs all of one exploration.
 */
public final class Explorer {
    private static final int WORKERS = 2;
    private static final String REPLAY = System.getProperty("explore.replay");
    private static final String ONLY = System.getProperty("explore.only");

    private final String name;
    private final int participants;
    private final Bounds bounds;
    private final Scenario.Factory factory;
    private long interleavings;
    private long redundant;
    private long kills;
    private int mostAccesses;
    private long nanos;

    /**
     * An exploration.
     *
     * @param name of it, for output.
     * @param participants in each execution.
     * @param bounds of each execution.
     * @param factory makes the scenario.
     */
    public Explorer(final String name, final int participants, final Bounds bounds, final Scenario.Factory factory) {
        this.name = name;
        this.participants = participants;
        this.bounds = bounds;
        this.factory = factory;
    }

    /** Fails unless more executions than that ran to their end and were checked. */
    public void requireInterleavings(final long more) {
        require("interleavings", interleavings, more);
    }

    /** Fails unless more died than that, in all executions together. */
    public void requireKills(final long more) {
        require("deaths", kills, more);
    }

    private void require(final String what, final long found, final long more) {
        if (!isLeftOut() && REPLAY == null && found <= more) {
            throw new AssertionError(
                    "explored too little: " + name + " " + what + "=" + found + " expected more than=" + more);
        }
    }

    private boolean isLeftOut() {
        return ONLY != null && !ONLY.equals(name);
    }

    /** Every execution within the bounds. */
    public Explorer exhaust() throws Exception {
        if (isLeftOut() || replayed()) {
            return this;
        }
        work(Frontier.exhaustive());
        report("exhaustive");
        return this;
    }

    /** Executions with random choices, so many. */
    public Explorer random(final long seed, final int count) throws Exception {
        if (isLeftOut() || replayed()) {
            return this;
        }
        work(Frontier.random(seed, count));
        report("random, repeat with -Dexplore.seed=" + seed);
        return this;
    }

    private boolean replayed() throws Exception {
        if (REPLAY == null) {
            return false;
        }
        final int colon = REPLAY.lastIndexOf(':');
        if (REPLAY.substring(0, colon).equals(name)) {
            try (Crew crew = new Crew(participants)) {
                execute(
                        crew,
                        new Coverage(participants),
                        new Choices(Choices.parse(REPLAY.substring(colon + 1)), null));
            }
            System.out.println("replayed " + REPLAY + ": nothing wrong");
        }
        return true;
    }

    private void work(final Frontier frontier) throws Exception {
        final long begin = System.nanoTime();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            final Thread worker = new Thread(
                    () -> {
                        try (Crew crew = new Crew(participants)) {
                            final Coverage coverage = new Coverage(participants);
                            for (Choices choices = frontier.take(); choices != null; choices = frontier.take()) {
                                execute(crew, coverage, choices);
                                frontier.done(choices);
                            }
                        } catch (final Throwable thrown) {
                            failure.compareAndSet(null, thrown);
                            frontier.abandon();
                        }
                    },
                    "explorer-" + i);
            workers.add(worker);
            worker.start();
        }
        for (final Thread worker : workers) {
            worker.join();
        }
        nanos = System.nanoTime() - begin;
        if (failure.get() != null) {
            throw new AssertionError("exploration failed: " + name, failure.get());
        }
    }

    private void execute(final Crew crew, final Coverage coverage, final Choices choices) {
        final Execution execution = new Execution(crew, bounds, choices, coverage);
        try {
            final Scenario scenario = factory.make(execution);
            execution.play(scenario);
            if (execution.isPruned()) {
                count(execution);
                return;
            }
            if (execution.failure() != null) {
                throw execution.failure();
            }
            scenario.check();
            count(execution);
        } catch (final Throwable failure) {
            throw new AssertionError(
                    "interleaving fails, repeat with '-Dexplore.replay=" + name + ":" + choices + "': " + bounds
                            + " deaths=" + execution.deathList(),
                    failure);
        }
    }

    private synchronized void count(final Execution execution) {
        if (execution.isPruned()) {
            redundant++;
            return;
        }
        interleavings++;
        kills += execution.deaths();
        mostAccesses = Math.max(mostAccesses, execution.accesses());
    }

    private void report(final String how) {
        System.out.println("explored " + name + " (" + how + "): " + bounds + " participants=" + participants
                + " interleavings=" + interleavings + " redundant=" + redundant + " deaths=" + kills
                + " most accesses=" + mostAccesses + " seconds=" + nanos / 100_000_000 / 10.0 + " a second="
                + (interleavings + redundant) * 1_000_000_000L / Math.max(1, nanos));
        Totals.add(interleavings, kills);
    }
}
