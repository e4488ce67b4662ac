package dev.lockstep.bench;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The JDK's locks, taken and given back with nobody else about: what {@link SteadyStateBenchmark} has for leases, mutexes and
 * the linker state is compared with. Each returns something read while it was held.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class UncontendedLockBenchmark {
    private final ReentrantLock reentrantLock = new ReentrantLock();
    private final ReentrantLock fairReentrantLock = new ReentrantLock(true);
    private final ReentrantReadWriteLock readWriteLock = new ReentrantReadWriteLock();
    private final StampedLock stampedLock = new StampedLock();
    private final Semaphore semaphore = new Semaphore(1);
    private final Object monitor = new Object();
    private int field = 7;

    private int locked(final ReentrantLock lock) {
        lock.lock();
        try {
            return field;
        } finally {
            lock.unlock();
        }
    }

    /** The JDK's mutex. */
    @Benchmark
    public int reentrantLock() {
        return locked(reentrantLock);
    }

    /** The same, first come, first served. */
    @Benchmark
    public int reentrantLockFair() {
        return locked(fairReentrantLock);
    }

    /** Reader/writer lock, for reading. */
    @Benchmark
    public int readWriteLockRead() {
        readWriteLock.readLock().lock();
        try {
            return field;
        } finally {
            readWriteLock.readLock().unlock();
        }
    }

    /** Reader/writer lock, for writing. */
    @Benchmark
    public int readWriteLockWrite() {
        readWriteLock.writeLock().lock();
        try {
            return ++field;
        } finally {
            readWriteLock.writeLock().unlock();
        }
    }

    /** Lock with stamps: one field read without a lock, and validated. */
    @Benchmark
    public int stampedOptimistic() {
        int value;
        long stamp;
        do {
            stamp = stampedLock.tryOptimisticRead();
            value = field;
        } while (!stampedLock.validate(stamp));
        return value;
    }

    /** Lock with stamps, for reading. */
    @Benchmark
    public int stampedRead() {
        final long stamp = stampedLock.readLock();
        try {
            return field;
        } finally {
            stampedLock.unlockRead(stamp);
        }
    }

    /** Lock with stamps, for writing. */
    @Benchmark
    public int stampedWrite() {
        final long stamp = stampedLock.writeLock();
        try {
            return ++field;
        } finally {
            stampedLock.unlockWrite(stamp);
        }
    }

    /** Semaphore with one permit. */
    @Benchmark
    public int semaphore() {
        semaphore.acquireUninterruptibly();
        try {
            return field;
        } finally {
            semaphore.release();
        }
    }

    /** The monitor of an object. */
    @Benchmark
    public int synchronizedBlock() {
        synchronized (monitor) {
            return field;
        }
    }
}
