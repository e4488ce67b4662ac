package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.Line;
import java.nio.file.Path;

/**
 * What a worker is told to do in a round of joins.
 *
 * @param round directory of the round.
 * @param groups that come and go at the same time.
 * @param joins of the whole round, by all workers.
 * @param operates whether one more group makes operations meanwhile.
 */
record JoinPlan(Path round, int groups, long joins, boolean operates) {
    static final String WORD = "join";

    static JoinPlan of(final Line line) {
        return new JoinPlan(
                Path.of(line.field(0)), line.intField(1), line.longField(2), Boolean.parseBoolean(line.field(3)));
    }

    Object[] fields() {
        return new Object[] {round, groups, joins, operates};
    }
}
