package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Scratch;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.UniverseOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.IdleStrategy;

/**
 * Groups of a universe of their own in this JVM: the instigator on the calling thread, followers that poll on threads of
 * theirs, and any number of groups of the calling thread that stay in their safe regions.
 */
final class LockstepCrew implements Crew {
    private final Path directory;
    private final BenchUniverse bench;
    private final InstanceGroup instigator;
    private final Instigator way;
    private final Threads threads = new Threads();
    private volatile boolean over;

    /**
     * Makes the universe and its groups.
     *
     * @param directory to make, and to remove at the end.
     * @param operations that fit into the journal.
     * @param slots of the universe.
     * @param followers that run.
     * @param sleepers in safe regions.
     * @param way how it operates.
     * @param betweenPolls what a follower does between two polls.
     */
    LockstepCrew(
            final Path directory,
            final int operations,
            final int slots,
            final int followers,
            final int sleepers,
            final Instigator way,
            final Supplier<IdleStrategy> betweenPolls)
            throws IOException, InterruptedException {
        this.way = way;
        this.directory = Files.createDirectory(directory);
        bench = BenchUniverse.open(directory, operations, slots, UniverseOptions::defaultIdleStrategy);
        instigator = bench.bootstrap();
        instigator.enterSafeRegion();
        for (int i = 0; i < sleepers; i++) {
            bench.join().enterSafeRegion();
        }
        final CountDownLatch joined = new CountDownLatch(followers);
        for (int i = 0; i < followers; i++) {
            threads.start("follower-" + i, () -> follow(joined, betweenPolls.get()));
        }
        while (!joined.await(1, TimeUnit.SECONDS)) {
            threads.refuseIfFailed();
        }
        instigator.exitSafeRegion();
    }

    private void follow(final CountDownLatch joined, final IdleStrategy betweenPolls) {
        final InstanceGroup group = bench.join();
        joined.countDown();
        while (!over) {
            betweenPolls.idle(group.doPendingLinkOperations(true) ? 1 : 0);
        }
        group.shutdownInstanceGroup();
    }

    @Override
    public void operate(final long until, final Histogram times) {
        way.operate(instigator, until, bench.room(), times);
    }

    @Override
    public void close() throws IOException {
        over = true;
        threads.join();
        instigator.shutdownInstanceGroup();
        bench.close();
        Scratch.remove(directory);
    }
}
