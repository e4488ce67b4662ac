package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateView;
import java.util.concurrent.locks.StampedLock;

/**
 * One field of the linker state (the length of the function table), read optimistically by stamp and validated, against the
 * same with a {@link StampedLock} and a field on the heap. Nobody writes, so neither loop is ever run twice; both sum what
 * they read, and neither can keep the field in a register, since each stamp is an acquiring load.
 */
final class StateReadOptimistic implements Measurement {
    private static final String BASELINE = "stamped_lock_optimistic";
    private static final double GOAL = 1.3;

    private final StampedLock lock = new StampedLock();
    private int field = 1;

    @Override
    public String name() {
        return "state_read_optimistic";
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
            write(work.directory().hashCode());
            new Timing(work.plan())
                    .add(name(), read(group))
                    .add(BASELINE, this::readStamped)
                    .report(work);
            group.shutdownInstanceGroup();
        }
    }

    private void write(final int value) {
        final long stamp = lock.writeLock();
        field = value;
        lock.unlockWrite(stamp);
    }

    private static Timing.Batch read(final InstanceGroup group) {
        final LinkerStateView state = group.optimisticView();
        return calls -> {
            long sum = 0;
            for (int i = 0; i < calls; i++) {
                int length;
                long stamp;
                do {
                    stamp = group.tryOptimisticRead();
                    length = state.tableLength();
                } while (!group.validate(stamp));
                sum += length;
            }
            return sum;
        };
    }

    private long readStamped(final int calls) {
        long sum = 0;
        for (int i = 0; i < calls; i++) {
            int value;
            long stamp;
            do {
                stamp = lock.tryOptimisticRead();
                value = field;
            } while (!lock.validate(stamp));
            sum += value;
        }
        return sum;
    }
}
