package dev.lockstep.bench.foreign;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** One side of a reader/writer lock, which glibc does not make robust. */
final class PthreadReadWriteLock extends NativeLock {
    private static final int PTHREAD_PROCESS_SHARED = 1;

    private static final MethodHandle READ = PosixLibrary.ofPointer("pthread_rwlock_rdlock");
    private static final MethodHandle WRITE = PosixLibrary.ofPointer("pthread_rwlock_wrlock");
    private static final MethodHandle UNLOCK = PosixLibrary.ofPointer("pthread_rwlock_unlock");

    private final MemorySegment lock;
    private final boolean writing;

    PthreadReadWriteLock(final MemorySegment lock, final boolean writing) {
        this.lock = lock;
        this.writing = writing;
    }

    /** Makes the lock. */
    static void create(final MemorySegment lock, final MemorySegment attributes) {
        try {
            PosixLibrary.require("pthread_rwlockattr_init", (int)
                    PosixLibrary.ofPointer("pthread_rwlockattr_init").invokeExact(attributes));
            PosixLibrary.require(
                    "pthread_rwlockattr_setpshared", (int) PosixLibrary.ofPointerAndInt("pthread_rwlockattr_setpshared")
                            .invokeExact(attributes, PTHREAD_PROCESS_SHARED));
            PosixLibrary.require("pthread_rwlock_init", (int)
                    PosixLibrary.ofTwoPointers("pthread_rwlock_init").invokeExact(lock, attributes));
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }

    @Override
    public void lock() {
        try {
            PosixLibrary.require(
                    "pthread_rwlock_lock", writing ? (int) WRITE.invokeExact(lock) : (int) READ.invokeExact(lock));
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }

    @Override
    public void unlock() {
        try {
            PosixLibrary.require("pthread_rwlock_unlock", (int) UNLOCK.invokeExact(lock));
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }
}
