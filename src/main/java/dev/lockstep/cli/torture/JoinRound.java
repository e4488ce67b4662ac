package dev.lockstep.cli.torture;

import dev.lockstep.linker.UniverseSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A round in which groups come and go while operations are made. */
final class JoinRound extends Round {
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final long joins;

    JoinRound(final TorturePlan plan, final Crew crew, final Tally tally, final Path directory, final long joins)
            throws IOException {
        super(plan, crew, tally, directory);
        this.joins = joins;
    }

    @Override
    void play() throws IOException {
        crew.keep(plan.jvms());
        if (!crew.await(Crew.PATIENCE_NANOS, () -> crew.in(Worker.State.READY).size() == plan.jvms())) {
            stuck("workers do not start");
            return;
        }
        final List<Worker> all = crew.in(Worker.State.READY);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).state = Worker.State.STOPPING;
            all.get(i).jvm.tell(JoinPlan.WORD, new JoinPlan(directory, plan.groups(), joins, i == 0).fields());
        }
        awaitJoins();
        if (crew.in(Worker.State.READY).size() < all.size()) {
            // whoever has ended by itself is counted as that
            giveUp();
        } else {
            tally.operations += UniverseSnapshot.of(directory.resolve("universe"))
                    .operation()
                    .sequence();
        }
    }

    private void awaitJoins() {
        long seen = -1;
        while (!crew.in(Worker.State.STOPPING).isEmpty()) {
            final long now = board.joins() + board.leaves();
            if (now == seen) {
                crew.in(Worker.State.STOPPING).forEach(worker -> worker.state = Worker.State.RUNNING);
                stuck("nobody joins or leaves");
                return;
            }
            seen = now;
            crew.await(STUCK_NANOS, () -> crew.in(Worker.State.STOPPING).isEmpty());
        }
    }
}
