package dev.lockstep.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.UniverseOptions;
import java.util.concurrent.CountDownLatch;

/** Groups of a universe of their own, which grow the function table. */
final class LockstepBus implements Bus {
    /** Broadcasts what the linker state was grown by. */
    private interface Broadcast {
        void allocate(InstanceGroup group, LinkerStateWriter state, int index, int size);
    }

    private static final int JOURNAL_BYTES = 512 << 20;

    private final Broadcast broadcast;
    private final BenchUniverse bench;
    private final InstanceGroup instigator;
    private final Followers followers;
    private volatile boolean over;
    private volatile int tableLength;

    private LockstepBus(final int count, final Broadcast broadcast) throws InterruptedException {
        this.broadcast = broadcast;
        bench = new BenchUniverse(JOURNAL_BYTES, UniverseOptions::defaultIdleStrategy);
        bench.closeAtExit();
        instigator = bench.bootstrap();
        instigator.enterSafeRegion();
        followers = new Followers(count, this::follow);
        followers.awaitJoined();
        instigator.exitSafeRegion();
    }

    static Bus withTwoRendezvous(final int followers) throws InterruptedException {
        return new LockstepBus(followers, InstanceGroup::synchronizeAllocateFunctionTable);
    }

    static Bus withOneRendezvous(final int followers) throws InterruptedException {
        return new LockstepBus(followers, InstanceGroup::addAllocateFunctionTable);
    }

    private void follow(final CountDownLatch joined) {
        final BenchUniverse.CountingReplica replica = new BenchUniverse.CountingReplica();
        final InstanceGroup group = bench.universe.joinInstanceGroup(replica);
        joined.countDown();
        int idle = 0;
        while (!over) {
            idle = group.doPendingLinkOperations(true) ? 0 : Followers.idle(idle);
        }
        group.shutdownInstanceGroup();
        Followers.requireApplied(replica.tableLength(), tableLength);
    }

    @Override
    public void operate() {
        try (LinkerStateWriter state = instigator.writeLinkerStateWithTopology()) {
            broadcast.allocate(instigator, state, state.growTable(1), 1);
        }
    }

    @Override
    public void close() throws InterruptedException {
        try (LinkerStateWriter state = instigator.writeLinkerState()) {
            tableLength = state.tableLength();
        }
        over = true;
        instigator.enterSafeRegion();
        followers.join();
        instigator.exitSafeRegion();
        instigator.shutdownInstanceGroup();
    }
}
