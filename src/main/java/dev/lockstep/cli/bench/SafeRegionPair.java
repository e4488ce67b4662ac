package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;

/**
 * Into a safe region and out again, nothing pending and nobody else about, against the floor: the way in is a release store,
 * the way out needs a store that is ordered before a load, so one atomic step or full fence each time.
 */
final class SafeRegionPair implements Measurement {
    private static final String FLOOR = "cas_release";
    private static final double GOAL = 3;

    @Override
    public String name() {
        return "safe_region_pair";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        return Row.ratio(name(), results.get(name()), "ns", FLOOR, results.get(FLOOR), GOAL);
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory());
                BenchUniverse bench = BenchUniverse.open(work.directory(), 0)) {
            final InstanceGroup group = bench.bootstrap();
            new Timing(work.plan())
                    .add(FLOOR, CasRelease.on(line.buffer()))
                    .add(name(), inAndOut(group))
                    .report(work);
            group.shutdownInstanceGroup();
        }
    }

    private static Timing.Batch inAndOut(final InstanceGroup group) {
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                group.enterSafeRegion();
                sum += group.isInSafeRegion() ? 1 : 0;
                group.exitSafeRegion();
            }
            return sum;
        };
    }
}
