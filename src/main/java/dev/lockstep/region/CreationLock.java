package dev.lockstep.region;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * One creator at a time, over all processes that look at a directory. A lock of the kernel's, so it falls when its
 * holder dies, however it dies.
 *
 * <p>It is a file of its own, not a byte of {@code liveness.lock}: closing a channel drops every lock that the process
 * has on that file. For the same reason, of one JVM only one thread may have the file open: who that is stands in a
 * system property, where every class loader looks.
 */
final class CreationLock implements AutoCloseable {
    static final String FILE_NAME = "creation.lock";

    private final String key;
    private final FileChannel channel;

    private CreationLock(final String key, final FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /** {@return the lock, or null if another thread or process has it} Never waits. */
    static CreationLock tryAcquire(final Path directory, final FileStatus status, final FileModes modes)
            throws IOException {
        final String key = "lockstep.creation:" + status.key();
        if (System.getProperties().putIfAbsent(key, Thread.currentThread().getName()) != null) {
            return null;
        }
        CreationLock acquired = null;
        try {
            acquired = tryLock(key, directory.resolve(FILE_NAME), modes);
        } finally {
            if (acquired == null) {
                System.clearProperty(key);
            }
        }
        return acquired;
    }

    private static CreationLock tryLock(final String key, final Path file, final FileModes modes) throws IOException {
        final FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                modes.fileAttribute());
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (final OverlappingFileLockException e) {
            // Somebody in this JVM locks our file without asking: held is held.
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : new CreationLock(key, channel);
    }

    /** Lets the next one in. The file stays: removing it would let two in. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            System.clearProperty(key);
        }
    }
}
