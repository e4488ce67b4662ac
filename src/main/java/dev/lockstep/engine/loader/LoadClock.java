package dev.lockstep.engine.loader;

/** Takes the time of one load, part by part. For the thread that loads. */
final class LoadClock {
    private final GuestReplica replica;
    private final GuestLock guest;
    private long last = System.nanoTime();
    private long appliedBefore;
    private long preparing;
    private long elsewhere;
    private long locking;
    private long placing;
    private long meeting;
    private long applying;
    private boolean hasMet;

    LoadClock(final GuestReplica replica, final GuestLock guest) {
        this.replica = replica;
        this.guest = guest;
        appliedBefore = replica.appliedNanos();
    }

    /** Since the last part ended, without what this group has applied, which is a part of its own. */
    private long lap() {
        final long now = System.nanoTime();
        final long applied = replica.appliedNanos() - appliedBefore;
        final long lap = now - last - applied;
        last = now;
        appliedBefore += applied;
        applying += applied;
        return lap;
    }

    void prepared() {
        preparing += lap();
    }

    void preparedElsewhere() {
        elsewhere += lap();
    }

    void locked() {
        locking += lap();
    }

    void placed() {
        placing += lap();
    }

    void met() {
        meeting += lap();
        hasMet = true;
    }

    /** {@return whether this load was broadcast} */
    boolean hasMet() {
        return hasMet;
    }

    /**
     * {@return the times, now that the module is initialised}
     *
     * @param guestBefore what the guest's lock had been waited for when the initialisation began.
     */
    LoadTimes initialized(final long guestBefore) {
        // what was applied meanwhile was, as a rule, while the guest's lock was waited for: it is not taken out twice
        final long waited = guest.waitedNanos() - guestBefore;
        final long initializing = System.nanoTime() - last - waited;
        return new LoadTimes(preparing, elsewhere, locking, placing, meeting, applying, initializing, waited);
    }
}
