package dev.lockstep.bench;

import dev.lockstep.cli.bench.HeapGroup;
import dev.lockstep.cli.bench.HeapLinker;
import java.util.concurrent.CountDownLatch;

/** The origin's protocol on the heap. */
final class HeapBus implements Bus {
    private final HeapLinker linker = new HeapLinker();
    private final Followers followers;
    private final HeapGroup instigator;
    private long told;
    private volatile boolean over;

    HeapBus(final int count) throws InterruptedException {
        followers = new Followers(count, this::follow);
        followers.awaitJoined();
        instigator = linker.join(operation -> {});
    }

    private void follow(final CountDownLatch joined) {
        final long[] applied = new long[1];
        final HeapGroup group = linker.join(operation -> applied[0]++);
        joined.countDown();
        int idle = 0;
        while (!over) {
            idle = group.doPendingLinkOperations(true) ? 0 : Followers.idle(idle);
        }
        group.shutdownInstanceGroup();
        Followers.requireApplied(applied[0], told);
    }

    @Override
    public void operate() {
        instigator.allocateFunctionTable(1);
        told++;
    }

    @Override
    public void close() throws InterruptedException {
        instigator.shutdownInstanceGroup();
        over = true;
        followers.join();
    }
}
