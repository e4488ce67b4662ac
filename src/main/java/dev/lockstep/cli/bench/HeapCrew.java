package dev.lockstep.cli.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.IdleStrategy;

/** Groups of a {@link HeapLinker}: the instigator on the calling thread, followers that poll on threads of theirs. */
final class HeapCrew implements Crew {
    private final HeapLinker linker = new HeapLinker();
    private final HeapGroup instigator;
    private final Threads threads = new Threads();
    private volatile boolean over;

    HeapCrew(final int followers, final Supplier<IdleStrategy> betweenPolls) throws InterruptedException {
        final CountDownLatch joined = new CountDownLatch(followers);
        for (int i = 0; i < followers; i++) {
            threads.start("follower-" + i, () -> follow(joined, betweenPolls.get()));
        }
        while (!joined.await(1, TimeUnit.SECONDS)) {
            threads.refuseIfFailed();
        }
        instigator = linker.join(operation -> {});
    }

    private void follow(final CountDownLatch joined, final IdleStrategy betweenPolls) {
        final HeapGroup group = linker.join(operation -> {});
        joined.countDown();
        while (!over) {
            betweenPolls.idle(group.doPendingLinkOperations(true) ? 1 : 0);
        }
        group.shutdownInstanceGroup();
    }

    @Override
    public void operate(final long until, final Histogram times) {
        long start = System.nanoTime();
        do {
            instigator.allocateFunctionTable(1);
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        } while (start - until < 0);
    }

    @Override
    public void close() {
        instigator.shutdownInstanceGroup();
        over = true;
        threads.join();
    }
}
