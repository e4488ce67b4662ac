package dev.lockstep.bench.foreign;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A robust mutex that is first tried, then waited for: what never waits is called without leaving the JVM's state. */
final class CriticalMutex extends NativeLock {
    private static final MethodHandle TRY = PosixLibrary.ofPointerCritical("pthread_mutex_trylock");
    private static final MethodHandle UNLOCK = PosixLibrary.ofPointerCritical("pthread_mutex_unlock");

    private final MemorySegment mutex;
    private final PthreadMutex waiting;

    CriticalMutex(final MemorySegment mutex) {
        this.mutex = mutex;
        waiting = new PthreadMutex(mutex);
    }

    @Override
    public void lock() {
        try {
            if ((int) TRY.invokeExact(mutex) != 0) {
                waiting.lock();
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
