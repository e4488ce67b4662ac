package dev.lockstep.cli.bench;

import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * One operation with two rendezvous and eight groups on eight threads of one JVM, see {@link Instigator}, against the same with
 * the origin's protocol on the heap, {@link HeapLinker}. On both sides seven followers yield between polls, and the
 * instigator asks for the next operation as soon as the last one is over; what is timed on both sides goes from asking for the
 * lease to having freed it. Beside them two phases of a CyclicBarrier and of a Phaser with eight parties, which agree on
 * nothing. The universe has the default number of slots and the library's default way of waiting.
 */
final class OperationEightGroups implements Measurement {
    private static final String BASELINE = "heap_linker";
    private static final String BARRIER = "CyclicBarrier";
    private static final String PHASER = "Phaser";
    private static final double GOAL = 0.2;
    private static final double GOAL_P99_MICROS = 1_000;
    private static final int GROUPS = 8;
    private static final int FOLLOWERS = GROUPS - 1;

    @Override
    public String name() {
        return "op_two_rendezvous_8_groups";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double p50 = results.micros(name(), Percentile.P50);
        final double p99 = results.micros(name(), Percentile.P99);
        final double barrier = results.micros(BARRIER, Percentile.P50);
        final double phaser = results.micros(PHASER, Percentile.P50);
        final Row row = Row.ratio(name(), p50, "us", BASELINE, results.micros(BASELINE, Percentile.P50), GOAL)
                .require(Numbers.text("below two phases of CyclicBarrier: %s us", barrier), p50 < barrier)
                .require(Numbers.text("below two phases of Phaser: %s us", phaser), p50 < phaser)
                .require(Numbers.text("p99 at most %s us: %s us", GOAL_P99_MICROS, p99), p99 <= GOAL_P99_MICROS)
                .remark(Numbers.text("heap baseline's p99 %s us", results.micros(BASELINE, Percentile.P99)));
        return results.warnOfFew(row, name(), BASELINE, BARRIER, PHASER);
    }

    @Override
    public void work(final Work work) throws Exception {
        new Crews()
                .add(
                        name(),
                        segment -> new LockstepCrew(
                                work.directory().resolve("segment-" + segment),
                                work.plan().operationsInSegment(),
                                BenchUniverse.SLOTS,
                                FOLLOWERS,
                                0,
                                Instigator.STOPPING,
                                YieldingIdleStrategy::new))
                .add(BASELINE, segment -> new HeapCrew(FOLLOWERS, YieldingIdleStrategy::new))
                .add(BARRIER, segment -> TwoPhaseCrew.withCyclicBarrier(GROUPS))
                .add(PHASER, segment -> TwoPhaseCrew.withPhaser(GROUPS))
                .report(work);
    }
}
