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
    private long broadcast;
    private long operation;
    private long applying;
    private long sequence = -1;
    private long guestBefore;

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

    /** All groups have applied the operation, this one last of all that it has applied. */
    void broadcast() {
        final long now = System.nanoTime();
        broadcast = last;
        operation = now - last;
        sequence = replica.appliedSequence();
        last = now;
        appliedBefore = replica.appliedNanos();
    }

    /** The locks have been given back. */
    void released() {
        locked();
        guestBefore = guest.waitedNanos();
    }

    /** {@return whether this load was broadcast} */
    boolean wasBroadcast() {
        return sequence >= 0;
    }

    /** {@return the times, now that the module is initialised} */
    LoadTimes initialized() {
        // what was applied since then is in one of the two, mostly in the wait for the guest's lock
        final long guestLock = guest.waitedNanos() - guestBefore;
        final long initializing = System.nanoTime() - last - guestLock;
        return new LoadTimes(
                sequence,
                broadcast,
                preparing,
                elsewhere,
                locking,
                placing,
                operation,
                applying,
                initializing,
                guestLock);
    }
}
