package dev.lockstep.lock;

import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;

/** A counter held twice in plain memory behind a state lock; a reader that finds the two different answers −1. */
class GuardedByStateLock {
    /** Participants. */
    static final int SLOTS = 4;

    private static final int FIRST = StateLockDescriptor.length(SLOTS);
    private static final int SECOND = FIRST + Long.BYTES;

    /** Bytes that it needs. */
    static final int LENGTH = SECOND + Long.BYTES;

    private final SharedBuffer buffer;
    private final StateLock lock;

    GuardedByStateLock(final SharedBuffer buffer) {
        this.buffer = buffer;
        lock = new StateLock(buffer, 0, SLOTS, Waker.NONE);
    }

    final long incrementWaiting(final int slot) {
        lock.write(slot, new YieldingCooperation());
        return incrementAndUnlock(slot);
    }

    final long incrementImpatiently(final int slot) {
        try {
            lock.write(slot, new YieldingCooperation(1));
        } catch (final YieldingCooperation.GivenUp again) {
            lock.write(slot, new YieldingCooperation());
        }
        return incrementAndUnlock(slot);
    }

    final long incrementTrying(final int slot) {
        while (!lock.tryWrite(slot)) {
            Thread.yield();
        }
        return incrementAndUnlock(slot);
    }

    private long incrementAndUnlock(final int slot) {
        final long value = buffer.getLong(FIRST) + 1;
        buffer.putLong(FIRST, value);
        buffer.putLong(SECOND, value);
        lock.unlockWrite(slot);
        return value;
    }

    final long readWaiting(final int slot) {
        lock.read(slot, new YieldingCooperation());
        final long second = buffer.getLong(SECOND);
        final long first = buffer.getLong(FIRST);
        lock.unlockRead(slot);
        return first == second ? first : -1;
    }

    final long readByVersion(final int slot) {
        for (int i = 0; i < 2; i++) {
            final long stamp = lock.tryOptimisticRead();
            if (stamp != StateLock.NO_STAMP) {
                final long second = buffer.getLong(SECOND);
                final long first = buffer.getLong(FIRST);
                if (lock.validate(stamp)) {
                    return first == second ? first : -1;
                }
            }
        }
        return readWaiting(slot);
    }
}
