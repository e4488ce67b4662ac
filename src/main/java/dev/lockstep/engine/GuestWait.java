package dev.lockstep.engine;

/**
 * How the guest's thread waits at an address of the linear memory, and ends the waits of others there: the part of
 * {@code memory.atomic.wait} and {@code memory.atomic.notify} that no memory can do by itself. Any engine's memory calls
 * it, after it has checked bounds and alignment.
 *
 * <p>For one thread, that of the group.
 */
public interface GuestWait {
    /** The wait was ended by a notification. */
    int NOTIFIED = 0;

    /** The memory held another value. */
    int NOT_EQUAL = 1;

    /** Nobody has notified in time. */
    int TIMED_OUT = 2;

    /**
     * Waits if the memory holds a value. Looking at the value and beginning to wait is one step to {@link #notify}.
     *
     * @param address to wait at, a multiple of the value's size, within the memory.
     * @param expected the value; of a narrow one its 32 bits, sign-extended.
     * @param wide whether 64 bits are compared, or 32. A notification at the address ends both kinds of waits.
     * @param timeoutNanos how long to wait at most; negative: for ever.
     * @return {@link #NOTIFIED}, {@link #NOT_EQUAL} or {@link #TIMED_OUT}.
     * @throws InterruptedException if the thread was interrupted and nobody has notified it. Who has been notified returns so,
     *     and stays interrupted.
     * @throws IllegalStateException if the thread cannot wait; the message says why. A group that is over throws what all its
     *     methods throw then.
     */
    int await(int address, long expected, boolean wide, long timeoutNanos) throws InterruptedException;

    /**
     * Ends waits at an address, those that have begun first before others.
     *
     * @param address of the waits, a multiple of 4, within the memory.
     * @param count how many to end at most, unsigned.
     * @return how many were ended.
     */
    int notify(int address, int count);
}
