package dev.lockstep.lock;

/**
 * Tells waiters that memory has changed. Only a hint: every wait is bounded and looks again, so a wake-up that is lost
 * costs time and nothing else.
 */
public interface Waker {
    /** Wakes nobody: waiters find out by themselves. */
    Waker NONE = new Waker() {
        @Override
        public void wake(final int slot) {}

        @Override
        public void wakeAll() {}
    };

    /**
     * Wakes the participant of a slot if it waits.
     *
     * @param slot of the participant.
     */
    void wake(int slot);

    /** Wakes every participant that waits. */
    void wakeAll();
}
