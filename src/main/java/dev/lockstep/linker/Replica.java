package dev.lockstep.linker;

/**
 * A group's own copy of what all groups must agree on: its function table and its module instances. The engine
 * implements it; {@link FunctionTable} is the plain one.
 *
 * <p>Every call comes from the thread that the group is bound to, in the order of the operations' sequence, each
 * operation once. The flyweight is valid during the call only. Applying takes no lock of Lockstep's, reads nothing but
 * the record, runs no guest constructors, and must not call back into the group: every other group waits for it.
 *
 * <p>A {@code Throwable} that leaves {@link #apply} of a running group aborts the universe, since the replicas then
 * differ; in a group that is joining it fails the join only.
 */
public interface Replica {
    /**
     * Applies one operation.
     *
     * @param operation what to do; valid during this call only.
     */
    void apply(OperationFlyweight operation);

    /**
     * Length of the replica's function table. It is compared before and after each operation with the length that the
     * operation's instigator saw: a replica that is out of step aborts the universe.
     *
     * @return number of slots.
     */
    int tableLength();
}
