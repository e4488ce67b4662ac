package dev.lockstep.region;

/** A table of the universe is full; nothing has been changed. Capacities are chosen when a universe is created. */
public final class CapacityExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String capacity;
    private final long limit;

    /**
     * A full table.
     *
     * @param capacity its name in {@link Capacities}.
     * @param limit its value.
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

    /** {@return what the universe was created with} */
    public long limit() {
        return limit;
    }
}
