package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.region.SharedBuffer;

/**
 * A poll that finds nothing pending, {@code doPendingLinkOperations(true)}, against a volatile read of the word that it looks
 * at: the control word, in the same mapping, through the same buffer object. Both are called in a loop that does nothing
 * else, so both can be overlapped with the next call by the processor, and the poll's other loads count in full.
 */
final class PollIdle implements Measurement {
    private static final String BASELINE = "volatile_read";
    private static final double GOAL = 1.5;

    @Override
    public String name() {
        return "poll_idle";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        return Row.ratio(name(), results.get(name()), "ns", BASELINE, results.get(BASELINE), GOAL);
    }

    @Override
    public void work(final Work work) throws Exception {
        try (BenchUniverse bench = BenchUniverse.open(work.directory(), 0)) {
            final InstanceGroup group = bench.bootstrap();
            new Timing(work.plan())
                    .add(name(), poll(group))
                    .add(
                            BASELINE,
                            read(bench.buffer(), bench.universe().layout().control()))
                    .report(work);
            group.shutdownInstanceGroup();
        }
    }

    private static Timing.Batch poll(final InstanceGroup group) {
        return calls -> {
            long pending = 0;
            for (int i = 0; i < calls; i++) {
                if (group.doPendingLinkOperations(true)) {
                    pending++;
                }
            }
            return pending;
        };
    }

    private static Timing.Batch read(final SharedBuffer buffer, final int offset) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                sum += buffer.getLongVolatile(offset);
            }
            return sum;
        };
    }
}
