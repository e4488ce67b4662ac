package dev.lockstep.linker;

import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.lock.Lease;

/**
 * Going on without a group that does not come to a rendezvous. Used by the owner of the topology lease, if the option is
 * set.
 *
 * <p>Nothing is taken from the group: its slot stays its own until its thread has seen the eviction, or its process is
 * dead, and only then is given back what it may hold. So a group that others could come to wait for is not evicted: one
 * that holds the topology lease, a mutex, linker state or an unfinished module, or waits for a lease, which would be
 * handed to it. That it takes one of them between this look and the eviction cannot be excluded; then others wait for it
 * as they would have without.
 */
final class Eviction {
    private final LinkerShared shared;

    Eviction(final LinkerShared shared) {
        this.shared = shared;
    }

    /** Evicts a running group. {@return false if it holds something that others wait for, or runs no more} */
    boolean evictIfHoldingNothing(final int slot) {
        final long word = shared.slots.word(slot);
        if (GroupSlots.state(word) != GroupSlots.RUNNING || holdsSomething(slot)) {
            return false;
        }
        shared.slots.evict(slot, word);
        return true;
    }

    private boolean holdsSomething(final int slot) {
        if (involves(shared.topology, slot) || shared.stateLock.isWriter(slot) || shared.stateLock.isReader(slot)) {
            return true;
        }
        for (final Lease mutex : shared.mutexes) {
            if (involves(mutex, slot)) {
                return true;
            }
        }
        return initializesModule(slot);
    }

    private static boolean involves(final Lease lease, final int slot) {
        return lease.owner() == slot || lease.isWaiting(slot);
    }

    private boolean initializesModule(final int slot) {
        for (int handle = 1; handle <= shared.layout.capacities().modules(); handle++) {
            final int state = shared.moduleStates.state(handle);
            if ((state == ModuleStates.DATA || state == ModuleStates.CTORS)
                    && shared.moduleStates.owner(handle) == slot) {
                return true;
            }
        }
        return false;
    }
}
