package dev.lockstep.bench;

import dev.lockstep.cli.bench.HeapGroup;
import dev.lockstep.cli.bench.HeapLinker;
import dev.lockstep.lock.LinkerStateWriteBackoff;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.agrona.concurrent.IdleStrategy;

/**
 * The origin's two locks on the heap ({@link HeapLinker}), each taken by a try loop with the origin's backoff, which looks in
 * between whether something is to be answered. Groups join a heap linker without anybody's answer, and nothing is broadcast.
 */
final class HeapLocks {
    private HeapLocks() {}

    /** {@return the topology lease: one flag} */
    static ContendedLock lease() {
        final HeapLinker linker = new HeapLinker();
        return () -> {
            final HeapGroup group = linker.join(operation -> {});
            return new ContendedLock.Contender() {
                @Override
                public void take() {
                    group.acquireTopology();
                }

                @Override
                public void give() {
                    group.releaseTopology();
                    group.doPendingLinkOperations(true);
                }
            };
        };
    }

    /** {@return the linker state for writing: a reader/writer lock} */
    static ContendedLock stateWrite() {
        final HeapLinker linker = new HeapLinker();
        final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        return () -> {
            final HeapGroup group = linker.join(operation -> {});
            final IdleStrategy backoff = new LinkerStateWriteBackoff();
            return new ContendedLock.Contender() {
                @Override
                public void take() {
                    backoff.reset();
                    while (!lock.writeLock().tryLock()) {
                        backoff.idle();
                        group.doPendingLinkOperations(false);
                    }
                }

                @Override
                public void give() {
                    lock.writeLock().unlock();
                    group.doPendingLinkOperations(true);
                }
            };
        };
    }
}
