package dev.lockstep.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;

/** The lock of a file, by the operating system ({@code fcntl}): who waits sleeps in the kernel. */
final class FileLockLock implements SharedLock {
    private final FileChannel channel;
    private FileLock held;

    private FileLockLock(final FileChannel channel) {
        this.channel = channel;
    }

    static SharedLock open(final Contest.Ground ground) throws IOException {
        return new FileLockLock(FileChannel.open(
                ground.directory().resolve("lock.dat"), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    @Override
    public void take() {
        try {
            held = channel.lock();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void give() {
        try {
            held.release();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
