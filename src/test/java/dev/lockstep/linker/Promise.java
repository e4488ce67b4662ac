package dev.lockstep.linker;

import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.Scenario;

/** A story about one promise: participants with a group from set-up, or without, of whom nobody dies. */
abstract class Promise implements Scenario {
    final Execution execution;
    final World world;
    private final int groups;

    /** The first ones have a group from set-up. */
    Promise(final Execution execution, final int participants, final int groups) {
        this.execution = execution;
        this.groups = groups;
        world = new World(execution, participants, false);
    }

    @Override
    public final void setUp(final int participant) {
        if (participant < groups) {
            world.attach(participant);
            if (participant == 0) {
                world.bootstrap(participant);
            } else {
                world.join(participant);
            }
            prepare(participant);
        }
    }

    /** What the participant does before the story begins; the others are not there yet, or do not poll. */
    void prepare(final int participant) {}

    @Override
    public boolean mayDie(final int participant, final boolean changes) {
        return false;
    }

    @Override
    public void check() {
        world.checkWhatIsLeft(false);
    }
}
