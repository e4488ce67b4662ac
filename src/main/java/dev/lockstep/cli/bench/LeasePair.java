package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The topology lease, taken and given back by grant, nobody else about, against the floor and, as a second condition, against
 * a {@link ReentrantLock}. One group of a real universe with the default number of slots, through its public methods.
 */
final class LeasePair implements Measurement {
    private static final String FLOOR = "cas_release";
    private static final String JDK = "ReentrantLock";
    private static final double GOAL = 1.5;

    @Override
    public String name() {
        return "lease_pair";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double nanos = results.get(name());
        return Row.ratio(name(), nanos, "ns", FLOOR, results.get(FLOOR), GOAL)
                .require(Numbers.text("faster than ReentrantLock: %s ns", results.get(JDK)), nanos < results.get(JDK));
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory());
                BenchUniverse bench = BenchUniverse.open(work.directory(), 0)) {
            final InstanceGroup group = bench.bootstrap();
            new Timing(work.plan())
                    .add(FLOOR, CasRelease.on(line.buffer()))
                    .add(name(), lease(group))
                    .add(JDK, lock(new ReentrantLock()))
                    .report(work);
            group.shutdownInstanceGroup();
        }
    }

    private static Timing.Batch lease(final InstanceGroup group) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                final long grant = group.acquireTopology();
                sum += grant;
                group.releaseTopology(grant);
            }
            return sum;
        };
    }

    private static Timing.Batch lock(final ReentrantLock lock) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                lock.lock();
                sum++;
                lock.unlock();
            }
            return sum;
        };
    }
}
