package dev.lockstep.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.UniverseOptions;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/** The locks of {@link ContendedLockBenchmark}, by name. */
final class ContendedLocks {
    private static final int JOURNAL_BYTES = 1 << 20;
    private static final int MUTEX = 0;

    private ContendedLocks() {}

    static ContendedLock named(final String name) {
        return switch (name) {
            case "lease" -> lease();
            case "mutex" -> mutex();
            case "heap_lease" -> HeapLocks.lease();
            case "heap_state_write" -> HeapLocks.stateWrite();
            case "reentrant" -> reentrant(false);
            case "reentrant_fair" -> reentrant(true);
            case "semaphore_fair" -> semaphore();
            case "stamped_write" -> stamped();
            default -> throw new IllegalArgumentException("no such lock: lock=" + name);
        };
    }

    /** A group of a universe that has room for it, whose main group is in its safe region and stays there. */
    private static BenchUniverse universe() {
        final BenchUniverse bench =
                new BenchUniverse(JOURNAL_BYTES, BenchUniverse.CONTENDERS + 1, UniverseOptions::defaultIdleStrategy);
        bench.closeAtExit();
        bench.bootstrap().enterSafeRegion();
        return bench;
    }

    private static ContendedLock lease() {
        final BenchUniverse bench = universe();
        return () -> new GroupContender(bench.join()) {
            @Override
            long acquire(final InstanceGroup group) {
                return group.acquireTopology();
            }

            @Override
            void release(final InstanceGroup group, final long grant) {
                group.releaseTopology(grant);
            }
        };
    }

    private static ContendedLock mutex() {
        final BenchUniverse bench = universe();
        return () -> new GroupContender(bench.join()) {
            @Override
            long acquire(final InstanceGroup group) {
                return group.acquireMutex(MUTEX);
            }

            @Override
            void release(final InstanceGroup group, final long grant) {
                group.releaseMutex(MUTEX, grant);
            }
        };
    }

    private static ContendedLock reentrant(final boolean fair) {
        final ReentrantLock lock = new ReentrantLock(fair);
        return () -> new ContendedLock.Contender() {
            @Override
            public void take() {
                lock.lock();
            }

            @Override
            public void give() {
                lock.unlock();
            }
        };
    }

    private static ContendedLock semaphore() {
        final Semaphore semaphore = new Semaphore(1, true);
        return () -> new ContendedLock.Contender() {
            @Override
            public void take() {
                semaphore.acquireUninterruptibly();
            }

            @Override
            public void give() {
                semaphore.release();
            }
        };
    }

    private static ContendedLock stamped() {
        final StampedLock lock = new StampedLock();
        return () -> new ContendedLock.Contender() {
            private long stamp;

            @Override
            public void take() {
                stamp = lock.writeLock();
            }

            @Override
            public void give() {
                lock.unlockWrite(stamp);
            }
        };
    }
}
