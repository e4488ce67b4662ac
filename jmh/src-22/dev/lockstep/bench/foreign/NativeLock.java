package dev.lockstep.bench.foreign;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A lock that is only ever waited for without limit. */
abstract class NativeLock implements Lock {
    @Override
    public final void lockInterruptibly() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final boolean tryLock() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final boolean tryLock(final long time, final TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final Condition newCondition() {
        throw new UnsupportedOperationException();
    }
}
