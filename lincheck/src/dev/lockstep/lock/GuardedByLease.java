package dev.lockstep.lock;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;

/** A counter in plain memory behind a lease, and the newest grant: an owner whose grant is not newer answers −1. */
class GuardedByLease {
    private static final int SLOTS = 4;
    private static final int COUNTER = LeaseDescriptor.length(SLOTS);
    private static final int GRANT = COUNTER + Long.BYTES;

    /** Bytes that it needs. */
    static final int LENGTH = GRANT + Long.BYTES;

    private final SharedBuffer buffer;
    private final Lease lease;

    GuardedByLease(final SharedBuffer buffer) {
        this.buffer = buffer;
        lease = new Lease(buffer, 0, SLOTS, Waker.NONE);
    }

    final long incrementWaiting(final int slot) {
        return incrementAndRelease(slot, lease.acquire(slot, new YieldingCooperation()));
    }

    final long incrementImpatiently(final int slot) {
        for (int patience = 0; patience < 2; patience++) {
            try {
                return incrementAndRelease(slot, lease.acquire(slot, new YieldingCooperation(patience)));
            } catch (final YieldingCooperation.GivenUp again) {
                // its ticket is gone: a new one is drawn
            }
        }
        return incrementWaiting(slot);
    }

    final long incrementTrying(final int slot) {
        long grant = lease.tryAcquire(slot);
        while (grant == Lease.NONE) {
            Thread.yield();
            grant = lease.tryAcquire(slot);
        }
        return incrementAndRelease(slot, grant);
    }

    private long incrementAndRelease(final int slot, final long grant) {
        final boolean newer = grant > buffer.getLong(GRANT);
        buffer.putLong(GRANT, grant);
        final long value = buffer.getLong(COUNTER) + 1;
        buffer.putLong(COUNTER, value);
        lease.release(slot, grant);
        return newer ? value : -1;
    }
}
