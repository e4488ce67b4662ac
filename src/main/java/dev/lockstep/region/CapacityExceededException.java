package dev.lockstep.region;

/**
 * Something does not fit: a capacity that was chosen when the universe was created is used up. Nothing has been
 * changed. Capacities cannot grow; a universe with a larger one has to be created.
 */
public class CapacityExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Name of the capacity. */
    private final String capacity;

    /** Its value. */
    private final long limit;

    /**
     * Says which capacity is used up.
     *
     * @param capacity name of it, as in {@link Capacities}.
     * @param limit that was chosen for it.
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

    /** {@return value that was chosen for the capacity} */
    public long limit() {
        return limit;
    }
}
