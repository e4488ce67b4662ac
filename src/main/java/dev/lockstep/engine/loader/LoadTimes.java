package dev.lockstep.engine.loader;

/**
 * Where the time went of a load that a group has broadcast, in nanoseconds by the wall clock of its thread, from when it was known
 * which file or bytes are meant. Immutable.
 *
 * <pre>
 *  preparing      read, hashed, stored and compiled here
 *  elsewhere      compiled by the other processes, as far as that took longer; up to 20 ms until they look
 *  locking        looked the name up, waited for topology lease and linker state, gave them back
 *  placing        places chosen, loading rehearsed
 *  operation      from the broadcast until all groups had applied it: rendezvous, journal, commit, everybody's instances
 *  applying       operations of others applied, instances made, while this group waited for something
 *  initializing   data, relocations, constructors; what a constructor loads is in here, and told by itself as well
 *  guestLock      waited for the guest's lock, if it has one: no part of the total
 * </pre>
 *
 * <p>How much of the operation was applying is known if all groups tell when they did: {@link GuestReplica#timeApplied}.
 *
 * @param sequence of the operation.
 * @param broadcastNanos by {@link System#nanoTime}: when it was broadcast.
 * @param preparing see above.
 * @param elsewhere see above.
 * @param locking see above.
 * @param placing see above.
 * @param operation see above.
 * @param applying see above.
 * @param initializing see above.
 * @param guestLock see above.
 */
public record LoadTimes(
        long sequence,
        long broadcastNanos,
        long preparing,
        long elsewhere,
        long locking,
        long placing,
        long operation,
        long applying,
        long initializing,
        long guestLock) {
    /** {@return time of the whole call, but for the wait for the guest's lock} */
    public long total() {
        return preparing + elsewhere + locking + placing + operation + applying + initializing;
    }
}
