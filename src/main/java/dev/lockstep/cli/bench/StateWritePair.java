package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import java.util.concurrent.locks.StampedLock;

/**
 * The linker state, taken for writing and given back without a change, nobody else about, against the floor and, as a second
 * condition, against the write mode of a {@link StampedLock}, which is not reentrant either and has optimistic readers too.
 * The writer is opened and closed as everybody does it, so its transaction is begun and dropped each time.
 */
final class StateWritePair implements Measurement {
    private static final String FLOOR = "cas_release";
    private static final String JDK = "StampedLock";
    private static final double GOAL = 2;

    @Override
    public String name() {
        return "state_write_pair";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double nanos = results.get(name());
        return Row.ratio(name(), nanos, "ns", FLOOR, results.get(FLOOR), GOAL)
                .require(
                        Numbers.text("faster than StampedLock, write: %s ns", results.get(JDK)),
                        nanos < results.get(JDK));
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory());
                BenchUniverse bench = BenchUniverse.open(work.directory(), 0)) {
            final InstanceGroup group = bench.bootstrap();
            new Timing(work.plan())
                    .add(FLOOR, CasRelease.on(line.buffer()))
                    .add(name(), write(group))
                    .add(JDK, lock(new StampedLock()))
                    .report(work);
            group.shutdownInstanceGroup();
        }
    }

    private static Timing.Batch write(final InstanceGroup group) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                final LinkerStateWriter state = group.writeLinkerState();
                sum++;
                state.close();
            }
            return sum;
        };
    }

    private static Timing.Batch lock(final StampedLock lock) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                final long stamp = lock.writeLock();
                sum += stamp;
                lock.unlockWrite(stamp);
            }
            return sum;
        };
    }
}
