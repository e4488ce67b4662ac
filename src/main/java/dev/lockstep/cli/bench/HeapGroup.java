package dev.lockstep.cli.bench;

import dev.lockstep.linker.DlOperation;
import dev.lockstep.lock.LinkerStateWriteBackoff;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.agrona.concurrent.IdleStrategy;

/** A group of a {@link HeapLinker}. Confined to the thread that made it, which has to poll. */
public final class HeapGroup {
    final BlockingQueue<CyclicBarrier> barriers = new ArrayBlockingQueue<>(1);
    final BlockingQueue<DlOperation> operations = new ArrayBlockingQueue<>(1);

    private final HeapLinker linker;
    private final Consumer<DlOperation> replica;
    private final IdleStrategy backoff = new LinkerStateWriteBackoff();
    private final IdleStrategy readBackoff = new LinkerStateWriteBackoff();
    private final BooleanSupplier write;
    private final BooleanSupplier read;
    private final BooleanSupplier topology;
    private long token;
    private boolean member;

    HeapGroup(final HeapLinker linker, final Consumer<DlOperation> replica) {
        this.linker = linker;
        this.replica = replica;
        write = linker.stateLock.writeLock()::tryLock;
        read = linker.stateLock.readLock()::tryLock;
        topology = () -> (token = linker.tryAcquireTopology()) >= 0;
    }

    void join() {
        acquireTopology();
        takeCooperatively(write);
        linker.add(this);
        member = true;
        linker.stateLock.writeLock().unlock();
        releaseTopology();
    }

    /**
     * Answers a pending operation.
     *
     * @param fast true = look without ordering; what is missed is seen by one of the next polls.
     * @return whether one was pending.
     */
    public boolean doPendingLinkOperations(final boolean fast) {
        return (fast ? linker.isPendingFast() : linker.isPending()) && answer();
    }

    private boolean answer() {
        if (!member || !linker.isPending()) {
            return false;
        }
        final CyclicBarrier barrier = take(barriers);
        await(barrier);
        final DlOperation operation = take(operations);
        readBackoff.reset();
        while (!read.getAsBoolean()) {
            readBackoff.idle();
        }
        apply(operation);
        await(barrier);
        linker.stateLock.readLock().unlock();
        return true;
    }

    void apply(final DlOperation operation) {
        replica.accept(operation);
    }

    private void takeCooperatively(final BooleanSupplier lock) {
        backoff.reset();
        while (!lock.getAsBoolean()) {
            backoff.idle();
            answer();
        }
    }

    /**
     * Takes the topology lease, answering pending operations while it waits.
     *
     * @return number of the token, from 0.
     */
    public long acquireTopology() {
        takeCooperatively(topology);
        return token;
    }

    /** Frees the topology lease, which the group holds. */
    public void releaseTopology() {
        linker.releaseTopology();
    }

    /**
     * Grows the function table and broadcasts that: topology lease, linker state for writing, operation, everything given
     * back. When this returns every group has applied the operation.
     *
     * @param slots to grow by.
     * @return the first of them.
     */
    public int allocateFunctionTable(final int slots) {
        acquireTopology();
        takeCooperatively(write);
        final int index = linker.growTable(slots);
        linker.synchronize(this, new DlOperation.AllocateFunctionTable(index, slots));
        linker.stateLock.readLock().unlock();
        releaseTopology();
        return index;
    }

    /** Leaves: nobody waits for this group any more. */
    public void shutdownInstanceGroup() {
        acquireTopology();
        takeCooperatively(write);
        linker.remove(this);
        member = false;
        linker.stateLock.writeLock().unlock();
        releaseTopology();
    }

    private static <T> T take(final BlockingQueue<T> queue) {
        try {
            return queue.take();
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
    }

    static void await(final CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (final InterruptedException e) {
            throw interrupted(e);
        } catch (final BrokenBarrierException e) {
            throw new IllegalStateException("another group of the heap linker was interrupted, it cannot go on", e);
        }
    }

    private static IllegalStateException interrupted(final InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("group of the heap linker was interrupted, it cannot go on", e);
    }
}
