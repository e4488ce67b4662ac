package dev.lockstep.cli.bench;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * Operations a second, a hundred with one commit and two rendezvous, against the same one by one, with eight groups on eight
 * threads of one JVM. Seven followers yield between polls. What counts is the mean time an operation: everything between
 * asking for the lease and having freed it, the hundredth part of it for a batch. The universe has the default number of slots
 * and the library's default way of waiting.
 */
final class OperationsBatched implements Measurement {
    private static final String BASELINE = "one_by_one";
    private static final double GOAL = 1.0 / 20;
    private static final int FOLLOWERS = 7;

    @Override
    public String name() {
        return "ops_batched";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double batched = results.get(name());
        final double single = results.get(BASELINE);
        return Row.ratio(name(), batched, "us", BASELINE, single, GOAL)
                .remark(Numbers.text("operations a second: %s batched, %s one by one", 1e6 / batched, 1e6 / single));
    }

    @Override
    public void work(final Work work) throws Exception {
        final Segments segments = new Segments(work.plan());
        final Map<Instigator, Histogram> counted = new EnumMap<>(Instigator.class);
        counted.put(Instigator.STOPPING, Segments.create());
        counted.put(Instigator.BATCHING, Segments.create());
        for (int i = 0; i < segments.count(); i++) {
            for (final Map.Entry<Instigator, Histogram> entry : counted.entrySet()) {
                final Instigator way = entry.getKey();
                try (LockstepCrew crew = new LockstepCrew(
                        work.directory().resolve(way + "-" + i),
                        work.plan().operationsInSegment(),
                        BenchUniverse.SLOTS,
                        FOLLOWERS,
                        0,
                        way,
                        YieldingIdleStrategy::new)) {
                    crew.operate(segments.end(i), segments.histogram(i, entry.getValue()));
                }
            }
        }
        work.report(BASELINE, counted.get(Instigator.STOPPING).getMean() / 1_000);
        work.report(name(), counted.get(Instigator.BATCHING).getMean() / 1_000 / Instigator.BATCHING.operations);
    }
}
