package dev.lockstep.cli.bench;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.concurrent.locks.Lock;

/**
 * A lock of the C library in shared memory, through {@code java.lang.foreign}: by a class that is only compiled by a JDK that
 * has it, and only loaded by such a JVM.
 */
final class ForeignLock implements SharedLock {
    private static final String CLASS = "dev.lockstep.bench.foreign.Pthreads";
    private static final int FIRST_WITH_FOREIGN_MEMORY = 22;

    private final Lock lock;
    private final boolean exclusive;

    private ForeignLock(final Lock lock, final boolean exclusive) {
        this.lock = lock;
        this.exclusive = exclusive;
    }

    /** {@return why there are none here, or null} */
    static String missing() {
        final int feature = Runtime.version().feature();
        if (feature < FIRST_WITH_FOREIGN_MEMORY) {
            return "needs java.lang.foreign, a jdk 22 or later: jdk=" + feature;
        }
        if (!System.getProperty("os.name").equals("Linux")) {
            return "knows the sizes of glibc's structures on Linux only: os=" + System.getProperty("os.name");
        }
        try {
            Class.forName(CLASS, false, ForeignLock.class.getClassLoader());
            return null;
        } catch (final ClassNotFoundException e) {
            return "target/benchmarks.jar was built by a jdk before 22, without it: build it anew with this jdk";
        }
    }

    static SharedLock open(final Contest.Ground ground, final String factory) throws Exception {
        try {
            final Lock lock = (Lock) Class.forName(CLASS)
                    .getMethod(factory, Path.class, boolean.class)
                    .invoke(null, ground.directory().resolve("pthread.dat"), ground.isFirst());
            return new ForeignLock(lock, !factory.equals("readLock"));
        } catch (final InvocationTargetException e) {
            throw new IOException("lock can't be opened: lock=" + factory, e.getCause());
        }
    }

    @Override
    public void take() {
        lock.lock();
    }

    @Override
    public void give() {
        lock.unlock();
    }

    @Override
    public boolean isExclusive() {
        return exclusive;
    }
}
