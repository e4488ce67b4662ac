package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import org.HdrHistogram.Histogram;

/**
 * Broadcasts operations, one after the other: lease, linker state for writing, one slot more, operation, everything given
 * back. That is what is timed: from asking for the lease until it is free again and every running group has applied the
 * operation. Nothing is allocated on the way.
 */
final class Instigator {
    private Instigator() {}

    /** Broadcasts until a time, one operation at the least, or until so many were made. */
    static void operate(final InstanceGroup group, final long until, final long most, final Histogram times) {
        long start = System.nanoTime();
        for (long i = 0; i < most && (i == 0 || start - until < 0); i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                group.synchronizeAllocateFunctionTable(state, state.growTable(1), 1);
            }
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        }
    }
}
