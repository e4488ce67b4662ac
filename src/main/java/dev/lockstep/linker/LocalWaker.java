package dev.lockstep.linker;

import dev.lockstep.lock.Waker;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Unparks the waiting threads of this JVM. Those of other JVMs wake up by themselves: their parks are short.
 *
 * <p>Thread-safe. While nobody waits, waking costs one load.
 */
final class LocalWaker implements Waker {
    private final AtomicReferenceArray<Thread> waiting;
    private final AtomicInteger count = new AtomicInteger();

    LocalWaker(final int slots) {
        waiting = new AtomicReferenceArray<>(slots);
    }

    @Override
    public boolean isAnybodyWaiting() {
        return count.get() != 0;
    }

    @Override
    public void wake(final int slot) {
        if (slot >= 0 && slot < waiting.length() && count.get() != 0) {
            unpark(waiting.get(slot));
        }
    }

    @Override
    public void wakeAll() {
        int left = count.get();
        for (int slot = 0; left > 0 && slot < waiting.length(); slot++) {
            final Thread thread = waiting.get(slot);
            if (thread != null) {
                unpark(thread);
                left--;
            }
        }
    }

    private static void unpark(final Thread thread) {
        if (thread != null && thread != Thread.currentThread()) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void enter(final int slot) {
        waiting.set(slot, Thread.currentThread());
        count.incrementAndGet();
    }

    @Override
    public void leave(final int slot) {
        waiting.set(slot, null);
        count.decrementAndGet();
    }
}
