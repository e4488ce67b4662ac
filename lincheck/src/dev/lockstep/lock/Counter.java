package dev.lockstep.lock;

import org.jetbrains.lincheck.datastructures.Operation;

/** What a counter does that is guarded by a lock which works: the sequential specification of the tests. */
public class Counter {
    private long value;

    @Operation
    public long increment(final int slot) {
        return ++value;
    }

    @Operation
    public long incrementAfterGivingUp(final int slot) {
        return ++value;
    }

    @Operation
    public long incrementByTrying(final int slot) {
        return ++value;
    }

    @Operation
    public long read(final int slot) {
        return value;
    }

    @Operation
    public long readOptimistically(final int slot) {
        return value;
    }
}
