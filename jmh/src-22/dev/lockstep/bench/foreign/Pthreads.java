package dev.lockstep.bench.foreign;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.Lock;

/**
 * Locks of glibc in a mapped file that processes share. The first process makes the file and the lock in it before the
 * others come. Mapped until the JVM ends.
 */
public final class Pthreads {
    /** glibc's largest of these structures is 56 bytes on the machines it runs on with 64 bits. */
    private static final long SPACE = 256;

    private static final long PAGE = 4096;

    private Pthreads() {}

    /**
     * {@return a robust mutex}
     *
     * @param file that it lives in.
     * @param create whether to make it.
     * @throws IOException if the file can't be mapped.
     */
    public static Lock mutex(final Path file, final boolean create) throws IOException {
        return new PthreadMutex(mutexIn(file, create));
    }

    /**
     * {@return the same, called in the quickest way that the JVM has}
     *
     * @param file that it lives in.
     * @param create whether to make it.
     * @throws IOException if the file can't be mapped.
     */
    public static Lock criticalMutex(final Path file, final boolean create) throws IOException {
        return new CriticalMutex(mutexIn(file, create));
    }

    /**
     * {@return a reader/writer lock, for writing}
     *
     * @param file that it lives in.
     * @param create whether to make it.
     * @throws IOException if the file can't be mapped.
     */
    public static Lock writeLock(final Path file, final boolean create) throws IOException {
        return new PthreadReadWriteLock(readWriteIn(file, create), true);
    }

    /**
     * {@return the same for reading}
     *
     * @param file that it lives in.
     * @param create whether to make it.
     * @throws IOException if the file can't be mapped.
     */
    public static Lock readLock(final Path file, final boolean create) throws IOException {
        return new PthreadReadWriteLock(readWriteIn(file, create), false);
    }

    private static MemorySegment mutexIn(final Path file, final boolean create) throws IOException {
        final MemorySegment mutex = map(file);
        if (create) {
            try (Arena arena = Arena.ofConfined()) {
                PthreadMutex.create(mutex, arena.allocate(SPACE, Long.BYTES));
            }
        }
        return mutex;
    }

    private static MemorySegment readWriteIn(final Path file, final boolean create) throws IOException {
        final MemorySegment lock = map(file);
        if (create) {
            try (Arena arena = Arena.ofConfined()) {
                PthreadReadWriteLock.create(lock, arena.allocate(SPACE, Long.BYTES));
            }
        }
        return lock;
    }

    private static MemorySegment map(final Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE, Arena.global());
        }
    }
}
