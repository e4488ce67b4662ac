package dev.lockstep.cli.bench;

import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * One operation with two rendezvous among a thousand groups of which two run, see {@link Instigator}: the instigator and one
 * follower, which spins and then yields between polls. The others are in their safe regions, all of one thread. A limit and
 * no ratio: what is not there should cost next to nothing. The same with ten groups beside it, of which again two run; each
 * universe has as many slots as groups, so that nothing but the number of groups tells them apart.
 */
final class OperationThousandGroups implements Measurement {
    private static final String FEW = "few";
    private static final int FEW_GROUPS = 10;
    private static final int RUNNING = 2;
    private static final double LIMIT_MICROS = 10;
    private static final int SPINS = 100;
    private static final long PARK_NANOS = 1_000;

    @Override
    public String name() {
        return "op_1000_groups";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double many = results.micros(name(), Percentile.P50);
        final double few = results.micros(FEW, Percentile.P50);
        final double linear = (double) forks.plan().manyGroups() / FEW_GROUPS;
        final Row row = Row.limit(name(), many, "us", LIMIT_MICROS)
                .require(
                        Numbers.text(
                                "grows no faster than the number of groups: %s times 10 groups' %s us",
                                many / few, few),
                        many / few <= linear)
                .remark(Numbers.text("p99 %s us", results.micros(name(), Percentile.P99)));
        return results.warnOfFew(row, name(), FEW);
    }

    @Override
    public void work(final Work work) throws Exception {
        new Crews()
                .add(FEW, segment -> crew(work, FEW + segment, FEW_GROUPS))
                .add(name(), segment -> crew(work, "many" + segment, work.plan().manyGroups()))
                .report(work);
    }

    private static Crew crew(final Work work, final String name, final int groups) throws Exception {
        final Supplier<IdleStrategy> betweenPolls =
                () -> new BackoffIdleStrategy(SPINS, Long.MAX_VALUE, PARK_NANOS, PARK_NANOS);
        return new LockstepCrew(
                work.directory().resolve(name),
                work.plan().operationsInSegment(),
                groups,
                RUNNING - 1,
                groups - RUNNING,
                Instigator.STOPPING,
                betweenPolls);
    }
}
