package dev.lockstep.lock;

/** Yields between two looks; gives up after a number of them. */
final class YieldingCooperation implements Cooperation {
    /** The wait was given up. */
    static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;

        GivenUp() {
            super(null, null, false, false);
        }
    }

    private final int patience;
    private int pauses;

    /** Never gives up. */
    YieldingCooperation() {
        this(Integer.MAX_VALUE);
    }

    YieldingCooperation(final int patience) {
        this.patience = patience;
    }

    @Override
    public void begin() {}

    @Override
    public void pause() {
        if (++pauses > patience) {
            throw new GivenUp();
        }
        Thread.yield();
    }

    @Override
    public void end() {}
}
