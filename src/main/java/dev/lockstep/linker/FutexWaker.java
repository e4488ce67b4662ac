package dev.lockstep.linker;

import dev.lockstep.lock.SleepWords;
import dev.lockstep.lock.Waker;

/**
 * Wakes threads of all JVMs that sleep on their words in shared memory, and the threads of this JVM that are parked: those
 * that wait in a way of their own, and virtual ones.
 *
 * <p>Thread-safe. While nobody sleeps, waking costs two loads.
 */
final class FutexWaker implements Waker {
    private final LocalWaker parked;
    private final SleepWords sleepers;

    FutexWaker(final LocalWaker parked, final SleepWords sleepers) {
        this.parked = parked;
        this.sleepers = sleepers;
    }

    @Override
    public boolean isAnybodyWaiting() {
        return parked.isAnybodyWaiting() || sleepers.isAnybodyAsleep();
    }

    @Override
    public void wake(final int slot) {
        parked.wake(slot);
        sleepers.wake(slot);
    }

    @Override
    public void wakeAll() {
        parked.wakeAll();
        sleepers.wakeAll();
    }

    @Override
    public void enter(final int slot) {
        parked.enter(slot);
    }

    @Override
    public void leave(final int slot) {
        sleepers.leave(slot);
        parked.leave(slot);
    }

    @Override
    public boolean sleep(final int slot) {
        return sleepers.sleep(slot);
    }

    @Override
    public void prepare() {
        sleepers.prepare();
    }
}
