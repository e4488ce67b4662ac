package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.BusySpinIdleStrategy;

/**
 * Lockstep's operation, from asking for the lease until it is free again and the other process's group has applied it, see
 * {@link Instigator}. Both sides spin wherever they wait.
 */
final class OperationPart implements Part {
    /** Broadcasts what the linker state was grown by. */
    interface Broadcast {
        void allocate(InstanceGroup group, LinkerStateWriter state, int index, int size);
    }

    static final Broadcast TWO_RENDEZVOUS = InstanceGroup::synchronizeAllocateFunctionTable;
    static final Broadcast ONE_RENDEZVOUS = InstanceGroup::addAllocateFunctionTable;

    /** Before these, however long they take on a busy machine, the first segment is not over: most code is not compiled. */
    private static final long WARM_UP_OPERATIONS = 20_000;

    private final BenchUniverse bench;
    private final InstanceGroup group;
    private final Broadcast broadcast;
    private final long most;
    private long least = WARM_UP_OPERATIONS;

    private OperationPart(
            final BenchUniverse bench, final InstanceGroup group, final Broadcast broadcast, final long most) {
        this.bench = bench;
        this.group = group;
        this.broadcast = broadcast;
        this.most = most;
        group.enterSafeRegion();
    }

    static Contestant open(final Contest.Ground ground, final Broadcast broadcast) throws IOException {
        final BenchUniverse bench = BenchUniverse.open(
                ground.directory(),
                ground.plan().operations(),
                BenchUniverse.SLOTS,
                () -> BusySpinIdleStrategy.INSTANCE);
        final OperationPart part = new OperationPart(
                bench,
                ground.isFirst() ? bench.bootstrap() : bench.join(),
                broadcast,
                ground.plan().operationsInSegment());
        return new Contestant() {
            @Override
            public List<Part> parts() {
                return List.of(part);
            }

            @Override
            public void close() {
                bench.close();
            }
        };
    }

    @Override
    public String name() {
        return "round_trip";
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
    public void lead(final long until, final Histogram times) {
        long start = System.nanoTime();
        for (long i = 0; i < most && (i < least || start - until < 0); i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                broadcast.allocate(group, state, state.growTable(1), 1);
            }
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        }
        least = 1;
    }

    @Override
    public void follow(final BooleanSupplier going, final Histogram times) {
        while (going.getAsBoolean()) {
            if (!group.doPendingLinkOperations(true)) {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void check() {
        if (bench.room() < 0) {
            throw new IllegalStateException("journal was too small for the plan: room=" + bench.room());
        }
    }
}
