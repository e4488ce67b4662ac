package dev.lockstep.testing.explore;

/** What the participants do in one execution; made anew for each. */
public interface Scenario {
    /** Makes one. */
    @FunctionalInterface
    interface Factory {
        Scenario make(Execution execution);
    }

    /**
     * Number of participants, the last ones, that do not set up and do not run before they are needed; if they never are,
     * they never run.
     */
    default int reserves() {
        return 0;
    }

    /** Whether a reserve is needed now; asked whenever somebody has died or ended. */
    default boolean isNeeded(final int reserve) {
        return false;
    }

    /** One participant sets up, unexplored; the others have not begun, or are done with it. */
    default void setUp(final int participant) throws Exception {}

    /** One participant's part, explored. */
    void run(int participant) throws Exception;

    /**
     * Whether a participant may be killed before its next access.
     *
     * @param participant that is about to access.
     * @param changes whether the access changes shared memory or a lock. A death before a load leaves what a death before
     *     the next change leaves; asking for changes only loses nothing but the moment.
     */
    default boolean mayDie(final int participant, final boolean changes) {
        return false;
    }

    /** Looks at what is left when all have ended, unexplored; throws if that may not be. */
    void check() throws Exception;
}
