package dev.lockstep.bench.foreign;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A robust mutex; who waits sleeps in the kernel. */
final class PthreadMutex extends NativeLock {
    private static final int PTHREAD_PROCESS_SHARED = 1;
    private static final int PTHREAD_MUTEX_ROBUST = 1;
    private static final int EOWNERDEAD = 130;

    private static final MethodHandle LOCK = PosixLibrary.ofPointer("pthread_mutex_lock");
    private static final MethodHandle UNLOCK = PosixLibrary.ofPointer("pthread_mutex_unlock");
    private static final MethodHandle CONSISTENT = PosixLibrary.ofPointer("pthread_mutex_consistent");

    private final MemorySegment mutex;

    PthreadMutex(final MemorySegment mutex) {
        this.mutex = mutex;
    }

    /** Makes the mutex. */
    static void create(final MemorySegment mutex, final MemorySegment attributes) {
        try {
            PosixLibrary.require("pthread_mutexattr_init", (int)
                    PosixLibrary.ofPointer("pthread_mutexattr_init").invokeExact(attributes));
            PosixLibrary.require(
                    "pthread_mutexattr_setpshared", (int) PosixLibrary.ofPointerAndInt("pthread_mutexattr_setpshared")
                            .invokeExact(attributes, PTHREAD_PROCESS_SHARED));
            PosixLibrary.require(
                    "pthread_mutexattr_setrobust", (int) PosixLibrary.ofPointerAndInt("pthread_mutexattr_setrobust")
                            .invokeExact(attributes, PTHREAD_MUTEX_ROBUST));
            PosixLibrary.require("pthread_mutex_init", (int)
                    PosixLibrary.ofTwoPointers("pthread_mutex_init").invokeExact(mutex, attributes));
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }

    @Override
    public void lock() {
        try {
            final int error = (int) LOCK.invokeExact(mutex);
            if (error == EOWNERDEAD) {
                PosixLibrary.require("pthread_mutex_consistent", (int) CONSISTENT.invokeExact(mutex));
            } else {
                PosixLibrary.require("pthread_mutex_lock", error);
            }
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }

    @Override
    public void unlock() {
        try {
            PosixLibrary.require("pthread_mutex_unlock", (int) UNLOCK.invokeExact(mutex));
        } catch (final IllegalStateException e) {
            throw e;
        } catch (final Throwable e) {
            throw PosixLibrary.unexpected(e);
        }
    }
}
