package dev.lockstep.lock;

/**
 * What a participant does between two looks at the memory that it waits for: answer whoever waits for it, check for
 * deaths, then spin, yield or park for a bounded time.
 *
 * <p>One instance a participant; not thread-safe. A wait that ends by an exception from {@link #pause()} has taken back
 * whatever it had published.
 */
public interface Cooperation {
    /** Called once when a wait begins. */
    void begin();

    /**
     * Called once between two looks. Returns after a bounded time; memory is then looked at again, whatever woke us.
     *
     * @throws RuntimeException to give the wait up.
     */
    void pause();

    /** Called once when a wait is over, however it ended. */
    void end();
}
