package dev.lockstep.engine.loader;

/**
 * Where the time went of a load that a group has broadcast, in nanoseconds by the wall clock of its thread. Immutable.
 *
 * <pre>
 *  preparing      read, hashed, stored and compiled here
 *  elsewhere      compiled by the other processes, as far as that took longer; up to 20 ms until they look
 *  locking        waited for the topology lease and the linker state, and gave them back        coordination
 *  placing        places chosen, loading rehearsed
 *  meeting        the operation without what this group applied itself                          coordination
 *  applying       operations applied by this group, instances made: its own and, while it waited, those of others
 *  initializing   data, relocations, constructors; what a constructor loads is in here, and told by itself as well
 *  guestLock      waited for the guest's lock, if it has one: no part of the total
 * </pre>
 *
 * <p>Meeting is from the broadcast until all groups had applied the operation: the two rendezvous, journal and commit, but
 * also the time that others made their instances for longer than this group. It is more than the rendezvous alone, never less.
 *
 * @param preparing see above.
 * @param elsewhere see above.
 * @param locking see above.
 * @param placing see above.
 * @param meeting see above.
 * @param applying see above.
 * @param initializing see above.
 * @param guestLock see above.
 */
public record LoadTimes(
        long preparing,
        long elsewhere,
        long locking,
        long placing,
        long meeting,
        long applying,
        long initializing,
        long guestLock) {
    /** {@return time of the whole call, but for the wait for the guest's lock} */
    public long total() {
        return preparing + elsewhere + locking + placing + meeting + applying + initializing;
    }

    /** {@return the part of it that was coordination between groups} */
    public long coordination() {
        return locking + meeting;
    }
}
