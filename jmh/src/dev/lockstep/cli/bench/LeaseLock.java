package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import java.io.IOException;
import java.util.function.Supplier;
import org.agrona.concurrent.IdleStrategy;

/** The topology lease. In its safe region while it does not ask. */
final class LeaseLock implements SharedLock {
    private final BenchUniverse bench;
    private final InstanceGroup group;
    private long grant;

    private LeaseLock(final BenchUniverse bench, final InstanceGroup group) {
        this.bench = bench;
        this.group = group;
        group.enterSafeRegion();
    }

    static SharedLock open(final Contest.Ground ground, final Supplier<IdleStrategy> waiting) throws IOException {
        final BenchUniverse bench = BenchUniverse.open(ground.directory(), 0, BenchUniverse.SLOTS, waiting);
        return new LeaseLock(bench, ground.isFirst() ? bench.bootstrap() : bench.join());
    }

    @Override
    public void take() {
        grant = group.acquireTopology();
    }

    @Override
    public void give() {
        group.releaseTopology(grant);
        group.doPendingLinkOperations(true);
    }

    @Override
    public void enter() {
        group.exitSafeRegion();
    }

    @Override
    public void leave() {
        group.enterSafeRegion();
    }

    @Override
    public void close() {
        bench.close();
    }
}
