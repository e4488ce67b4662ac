package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import org.HdrHistogram.Histogram;

/**
 * Broadcasts operations, one after the other: lease, linker state for writing, slots of the table, operation, everything given
 * back. That is what is timed: from asking for the lease until it is free again and every running group has applied what was
 * broadcast. Nothing is allocated on the way.
 */
enum Instigator {
    /** One operation, which stops the others. */
    STOPPING(1) {
        @Override
        void broadcast(final InstanceGroup group, final LinkerStateWriter state) {
            group.synchronizeAllocateFunctionTable(state, state.growTable(1), 1);
        }
    },

    /** One operation, which stops nobody. */
    ADDING(1) {
        @Override
        void broadcast(final InstanceGroup group, final LinkerStateWriter state) {
            group.addAllocateFunctionTable(state, state.growTable(1), 1);
        }
    },

    /** A hundred operations, which stop the others once. */
    BATCHING(100) {
        @Override
        void broadcast(final InstanceGroup group, final LinkerStateWriter state) {
            for (int i = 0; i < operations; i++) {
                state.enqueueAllocateFunctionTable(state.growTable(1), 1);
            }
            group.synchronizeEnqueued(state);
        }
    };

    final int operations;

    Instigator(final int operations) {
        this.operations = operations;
    }

    abstract void broadcast(InstanceGroup group, LinkerStateWriter state);

    /** Broadcasts until a time, once at the least, or until so many operations were made. */
    void operate(final InstanceGroup group, final long until, final long most, final Histogram times) {
        long start = System.nanoTime();
        for (long i = 0; i < most / operations && (i == 0 || start - until < 0); i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                broadcast(group, state);
            }
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        }
    }
}
