package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.Scratch;
import dev.lockstep.linker.UniverseSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A universe of its own, the workers that take part in it, and what they found there. For one thread. */
abstract class Round implements AutoCloseable {
    final TorturePlan plan;
    final Crew crew;
    final Tally tally;
    final Path directory;
    final Board board;
    private boolean broken;

    Round(final TorturePlan plan, final Crew crew, final Tally tally, final Path directory) throws IOException {
        this.plan = plan;
        this.crew = crew;
        this.tally = tally;
        this.directory = Files.createDirectories(directory);
        board = Board.open(directory);
    }

    /** Plays it. */
    abstract void play() throws IOException;

    /** {@return whether it could not be played to its end} */
    final boolean isBroken() {
        return broken;
    }

    /** It cannot go on. */
    final void giveUp() {
        broken = true;
    }

    /** It cannot go on: everybody is asked what he is at. */
    final void stuck(final String what) {
        giveUp();
        board.count(Finding.STUCK);
        tally.text("stuck: " + what + state());
        for (final Worker worker : crew.in(Worker.State.RUNNING)) {
            worker.jvm.tell("dump");
        }
        crew.await(TimeUnit.SECONDS.toNanos(2), () -> false);
    }

    private String state() {
        try {
            return "\n" + UniverseSnapshot.of(directory.resolve("universe"));
        } catch (final IOException unreadable) {
            return ", universe cannot be read: " + unreadable.getMessage();
        }
    }

    /** Adds what was found to the tally, and removes the files. */
    @Override
    public final void close() throws IOException {
        tally.joins += board.joins();
        tally.leaves += board.leaves();
        for (final Finding finding : Finding.values()) {
            tally.found(finding, board.counted(finding));
        }
        tally.universes++;
        crew.forgetRound();
        board.close();
        Scratch.remove(directory);
    }
}
