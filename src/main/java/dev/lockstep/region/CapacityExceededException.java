package dev.lockstep.region;

/**
 * Something no longer fits into what its creator chose for the universe. Nothing was changed by the call that threw.
 */
public final class CapacityExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Name of the capacity, as in {@link Capacities}. */
    private final String capacity;

    /** What was chosen for it. */
    private final long limit;

    /**
     * Names the capacity that is used up.
     *
     * @param capacity as {@link Capacities} calls it.
     * @param limit that was chosen for it when the universe was created.
     */
    public CapacityExceededException(final String capacity, final long limit) {
        super("table full: capacity=" + capacity + " limit=" + limit + ", create the universe with more");
        this.capacity = capacity;
        this.limit = limit;
    }

    /** {@return name of the capacity, as in {@link Capacities}} */
    public String capacity() {
        return capacity;
    }

    /** {@return what was chosen for it when the universe was created} */
    public long limit() {
        return limit;
    }
}
