package dev.lockstep.cli.bench;

import dev.lockstep.linker.DlOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * The origin's protocol (the {@code sync} module of wasmer's WASIX linker) on the heap of one JVM: what Lockstep is compared
 * with. It coordinates threads of one process, and survives nobody's death.
 *
 * <table>
 * <caption>The origin's parts, and what stands for them</caption>
 * <tr><td>topology lease</td><td>one flag; a try loop with backoff, draining in between; tokens are numbered</td></tr>
 * <tr><td>linker state</td><td>a reader/writer lock, only ever taken by a try loop with backoff, draining in between</td></tr>
 * <tr><td>pending flag</td><td>one flag, which a fast poll reads without ordering</td></tr>
 * <tr><td>barrier</td><td>a fresh one an operation, for all groups, used for both rendezvous</td></tr>
 * <tr><td>queues</td><td>two of depth one a group: the barrier comes through one, the operation through the other</td></tr>
 * <tr><td>operation</td><td>barrier to all, flag up, first rendezvous, flag down, lock downgraded to reading, operation to
 * all; everybody applies, with the lock held for reading; second rendezvous</td></tr>
 * <tr><td>backoff</td><td>{@link dev.lockstep.lock.LinkerStateWriteBackoff}</td></tr>
 * </table>
 *
 * <p>Where Java and the table leave a choice, the faster one is taken: the lock is downgraded before the operation is sent, so
 * that nobody has to wait for it; the instigator sends nothing to itself; no signals are sent, since threads poll.
 *
 * <p>Thread-safe; each {@link HeapGroup} belongs to one thread.
 */
public final class HeapLinker {
    final ReentrantReadWriteLock stateLock = new ReentrantReadWriteLock();
    private final AtomicBoolean pending = new AtomicBoolean();
    private final AtomicBoolean topologyHeld = new AtomicBoolean();

    /** Written under the topology lease and the state lock. */
    private final List<HeapGroup> groups = new ArrayList<>();

    private long nextToken;
    private int tableLength;

    /** A linker without groups. */
    public HeapLinker() {}

    /**
     * Makes a group, which belongs to the calling thread from now on.
     *
     * @param replica is given every operation of others and of its own from now on, on the group's thread.
     * @return the group; while it exists it has to be polled.
     */
    public HeapGroup join(final Consumer<DlOperation> replica) {
        final HeapGroup group = new HeapGroup(this, replica);
        group.join();
        return group;
    }

    boolean isPending() {
        return pending.get();
    }

    boolean isPendingFast() {
        return pending.getOpaque();
    }

    /** {@return number of the token, or −1 if the lease is held} */
    long tryAcquireTopology() {
        return topologyHeld.compareAndSet(false, true) ? nextToken++ : -1;
    }

    void releaseTopology() {
        topologyHeld.set(false);
    }

    /** Under topology lease and state lock. */
    void add(final HeapGroup group) {
        groups.add(group);
    }

    /** Under topology lease and state lock. */
    void remove(final HeapGroup group) {
        groups.remove(group);
    }

    /** Under the state lock, for writing. */
    int growTable(final int slots) {
        final int index = tableLength;
        tableLength += slots;
        return index;
    }

    /**
     * Broadcasts, as the owner of topology lease and write lock. Returns with the lock held for reading and everything
     * applied by everybody.
     */
    void synchronize(final HeapGroup instigator, final DlOperation operation) {
        final CyclicBarrier barrier = new CyclicBarrier(groups.size());
        for (final HeapGroup group : groups) {
            if (group != instigator) {
                group.barriers.add(barrier); // throws if there is one: the depth is one
            }
        }
        pending.set(true);
        HeapGroup.await(barrier);
        pending.set(false);
        stateLock.readLock().lock(); // never waits: the writer is this thread
        stateLock.writeLock().unlock();
        for (final HeapGroup group : groups) {
            if (group != instigator) {
                group.operations.add(operation);
            }
        }
        instigator.apply(operation);
        HeapGroup.await(barrier);
    }
}
