package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Plays rounds until there are enough, or one cannot be played to its end. For one thread. */
final class TortureLauncher implements AutoCloseable {
    private static final long JOINS_A_ROUND = 10_000;
    private static final long FAULT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final TorturePlan plan;
    private final Random random;
    private final Scratch scratch;
    private final FileChannel floor;
    private final Tally tally = new Tally();
    private final Crew crew;

    TortureLauncher(final TorturePlan plan) throws IOException {
        this.plan = plan;
        random = new Random(plan.seed());
        scratch = Scratch.create("lockstep-torture-");
        floor = TortureWorker.openFloor(scratch.directory());
        crew = new Crew(scratch, random, tally);
    }

    Tally run() throws IOException {
        final long start = System.nanoTime();
        crew.makeArchive();
        boolean goesOn = true;
        while (goesOn && !isOver(start)) {
            try (Round round = next(start)) {
                round.play();
                goesOn = !round.isBroken();
            }
            if (!goesOn && plan.fault() != Fault.NONE) {
                // a fault can end a universe before it is seen
                crew.removeAll();
                goesOn = true;
            }
        }
        tally.nanos = System.nanoTime() - start;
        return tally;
    }

    private Round next(final long start) throws IOException {
        final Path directory = scratch.directory().resolve("round-" + tally.universes);
        return plan.joins() > 0
                ? new JoinRound(plan, crew, tally, directory, Math.min(JOINS_A_ROUND, plan.joins() - tally.joins))
                : new KillRound(plan, crew, tally, directory, random, floor, () -> !isOver(start));
    }

    private boolean isOver(final long start) {
        final long spent = System.nanoTime() - start;
        if (plan.fault() != Fault.NONE) {
            return tally.found.get(plan.fault().finding()) > 0 || spent > FAULT_NANOS;
        }
        return (plan.joins() > 0 ? tally.joins >= plan.joins() : tally.kills >= plan.kills())
                || (plan.nanos() != 0 && spent >= plan.nanos());
    }

    @Override
    public void close() throws IOException {
        crew.close();
        floor.close();
        scratch.close();
    }
}
