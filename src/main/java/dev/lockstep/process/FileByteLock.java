package dev.lockstep.process;

import dev.lockstep.region.FileStatus;
import dev.lockstep.region.UniverseException;
import dev.lockstep.region.UniverseException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@link ByteLock} over a file.
 *
 * <p>Java's file locks are the POSIX kind: they belong to the process, and closing <em>any</em> descriptor of the file
 * drops all of them, silently. Hence one channel per JVM and inode. That there is one stands in a system property
 * ({@code lockstep.byte-lock:<device>:<inode>}), where every class loader looks; a second one is refused.
 *
 * <p>Most calls of a channel close it when the calling thread is interrupted, and the locks go with it. {@code tryLock}
 * and {@link FileLock#release} do not; nothing else is called on the channel, and the channel is handed to nobody.
 */
public final class FileByteLock implements ByteLock {
    private static final String PROPERTY_PREFIX = "lockstep.byte-lock:";

    private final Path file;
    private final String property;
    private final FileChannel channel;
    private final Map<Integer, FileLock> held = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private FileByteLock(final Path file, final String property, final FileChannel channel) {
        this.file = file;
        this.property = property;
        this.channel = channel;
    }

    /**
     * Opens the lock file of a universe. It must exist.
     *
     * @param file to open.
     * @param inode that it must have.
     * @return the byte lock, to be closed when this process leaves the universe.
     * @throws UniverseException if the file is open already in this JVM, or is not the one with that inode.
     * @throws IOException if it cannot be opened.
     */
    public static FileByteLock open(final Path file, final long inode) throws IOException {
        final FileStatus status = FileStatus.of(file);
        checkInode(file, inode, status);
        final String property = PROPERTY_PREFIX + status.key();
        final String here = loaderName();
        final Object there = System.getProperties().putIfAbsent(property, here);
        if (there != null) {
            throw new UniverseException(
                    Reason.ALREADY_ATTACHED,
                    file,
                    here.equals(there)
                            ? "lock file is open already in this JVM, share what has opened it"
                            : "lock file is open already in this JVM by another class loader, load lockstep once, from"
                                    + " a parent of both: there=" + there + " here=" + here);
        }
        FileByteLock opened = null;
        try {
            opened = new FileByteLock(
                    file,
                    property,
                    FileChannel.open(file, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)));
            checkInode(file, inode, FileStatus.of(file));
            return opened;
        } catch (final IOException e) {
            if (opened != null) {
                opened.close();
            } else {
                System.clearProperty(property);
            }
            throw e;
        }
    }

    private static void checkInode(final Path file, final long inode, final FileStatus status)
            throws UniverseException {
        if (status == null || !status.isRegularFile() || status.inode() != inode) {
            throw new UniverseException(
                    Reason.WRONG_LOCK_FILE,
                    file,
                    "lock file is not the one that the universe was created with, remove the universe's directory:"
                            + " inode=" + (status == null ? "none" : status.inode()) + " expected=" + inode);
        }
    }

    private static String loaderName() {
        final ClassLoader loader = FileByteLock.class.getClassLoader();
        return loader + "@" + System.identityHashCode(loader);
    }

    @Override
    public boolean tryAcquire(final int index) {
        if (index < 0) {
            throw new IndexOutOfBoundsException("byte index out of range: index=" + index);
        }
        try {
            final FileLock lock = channel.tryLock(index, 1, false);
            if (lock == null) {
                return false;
            }
            held.put(index, lock);
            return true;
        } catch (final OverlappingFileLockException e) {
            return false;
        } catch (final ClosedChannelException e) {
            throw closed(e);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot lock a byte: file=" + file + " index=" + index, e);
        }
    }

    @Override
    public void release(final int index) {
        final FileLock lock = held.remove(index);
        if (lock == null) {
            throw new IllegalStateException("byte is not held: file=" + file + " index=" + index);
        }
        try {
            lock.release();
        } catch (final ClosedChannelException e) {
            throw closed(e);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot unlock a byte: file=" + file + " index=" + index, e);
        }
    }

    private IllegalStateException closed(final ClosedChannelException cause) {
        return new IllegalStateException("byte lock is closed: file=" + file, cause);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                channel.close();
            } catch (final IOException e) {
                throw new UncheckedIOException("cannot close: file=" + file, e);
            } finally {
                held.clear();
                System.clearProperty(property);
            }
        }
    }

    @Override
    public String toString() {
        return "file=" + file + " held=" + held.keySet();
    }
}
