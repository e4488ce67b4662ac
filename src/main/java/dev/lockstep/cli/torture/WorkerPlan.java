package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.Line;
import java.nio.file.Path;

/**
 * What a worker is told to do in a round.
 *
 * @param round directory of the round.
 * @param place of the worker on the board.
 * @param groups to run.
 * @param seed of what they do.
 * @param fault to bring about.
 */
record WorkerPlan(Path round, int place, int groups, long seed, Fault fault) {
    static final String WORD = "go";

    static WorkerPlan of(final Line line) {
        return new WorkerPlan(
                Path.of(line.field(0)),
                line.intField(1),
                line.intField(2),
                line.longField(3),
                Fault.valueOf(line.field(4)));
    }

    Object[] fields() {
        return new Object[] {round, place, groups, seed, fault};
    }
}
