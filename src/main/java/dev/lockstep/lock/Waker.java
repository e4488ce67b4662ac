package dev.lockstep.lock;

/**
 * Tells waiters that memory has changed. Only a hint: every wait is bounded and looks again, so a wake-up that is lost
 * costs time and nothing else.
 */
public interface Waker {
    /** Wakes nobody: waiters find out by themselves. */
    Waker NONE = new Waker() {
        @Override
        public boolean isAnybodyWaiting() {
            return false;
        }

        @Override
        public void wake(final int slot) {}

        @Override
        public void wakeAll() {}

        @Override
        public void enter(final int slot) {}

        @Override
        public void leave(final int slot) {}
    };

    /** {@return whether there may be somebody to wake; a caller need not find out whom, if not} */
    boolean isAnybodyWaiting();

    /**
     * Wakes the participant of a slot if it waits.
     *
     * @param slot of the participant; a negative one is nobody's.
     */
    void wake(int slot);

    /** Wakes every participant that waits. */
    void wakeAll();

    /**
     * Called by a participant's thread that has waited for a while, before it looks again and then parks.
     *
     * @param slot of the participant.
     */
    void enter(int slot);

    /**
     * Called by a participant's thread whose wait is over.
     *
     * @param slot of the participant.
     */
    void leave(int slot);
}
