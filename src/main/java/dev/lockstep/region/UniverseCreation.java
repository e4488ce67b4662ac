package dev.lockstep.region;

import dev.lockstep.region.UniverseException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the files of a universe, so that whoever sees {@code linker.dat} sees all of them whole.
 *
 * <p>One creator at a time ({@link CreationLock}). Every file is made under a temporary name, filled, and only then
 * hard-linked to its own: a link fails where a rename would overwrite. {@code linker.dat} comes last, and names the
 * inodes of the other two. So a directory without it holds nothing that anybody uses: what a creator that died half way
 * has left (temporary files, a lock file, a journal) is removed by the next one, which holds the lock and starts afresh.
 * Mixing the lock file of one creator with the journal of another is thus not possible, and if somebody copies files
 * together by hand, the inodes do not match.
 *
 * <p>Files are filled by writing zeros, so that a full disk is an {@link IOException} here and not a SIGBUS later.
 */
final class UniverseCreation {
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int CHUNK = 256 << 10;
    private static final String TEMPORARY = ".tmp";
    private static final List<String> NAMES =
            List.of(UniverseFiles.LOCK_FILE_NAME, UniverseFiles.JOURNAL_FILE_NAME, UniverseFiles.LINKER_FILE_NAME);

    private final UniverseConfig config;
    private final Path directory;
    private final FileStatus directoryStatus;
    private final FileChecks checks;
    private final FileModes modes;

    UniverseCreation(
            final UniverseConfig config,
            final Path directory,
            final FileStatus directoryStatus,
            final FileChecks checks) {
        this.config = config;
        this.directory = directory;
        this.directoryStatus = directoryStatus;
        this.checks = checks;
        modes = FileModes.of(config.sharedWithGroup());
    }

    /** {@return whether the directory was made} Somebody else may have made it: then it is used as it is. */
    static boolean ensureDirectory(final UniverseConfig config) throws IOException {
        final Path directory = config.directory();
        if (FileStatus.of(directory) != null) {
            return false;
        }
        if (directory.getParent() != null && Files.notExists(directory.getParent())) {
            Files.createDirectories(directory.getParent());
        }
        final FileModes modes = FileModes.of(config.sharedWithGroup());
        try {
            Files.createDirectory(directory, modes.directoryAttribute());
            return true;
        } catch (final FileAlreadyExistsException e) {
            return false;
        }
    }

    /** {@return whether {@code linker.dat} was made by this call} In any case it is there afterwards. */
    boolean createIfAbsent(final long patienceNanos) throws IOException {
        final long deadline = System.nanoTime() + patienceNanos;
        while (!exists(UniverseFiles.LINKER_FILE_NAME)) {
            if (exists(CreationLock.FILE_NAME)) {
                checks.file(directory.resolve(CreationLock.FILE_NAME), Reason.NOT_FOUND);
            }
            final CreationLock lock = CreationLock.tryAcquire(directory, directoryStatus, modes);
            if (lock != null) {
                try (lock) {
                    return createIfStillAbsent();
                }
            }
            pause(deadline);
        }
        return false;
    }

    private void pause(final long deadline) throws IOException {
        if (System.nanoTime() - deadline >= 0) {
            throw new UniverseException(
                    Reason.BUSY,
                    directory,
                    "another process or thread does not finish creating the universe, resume or kill it: pids="
                            + creators());
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException(
                    "interrupted while another process or thread creates the universe: directory=" + directory);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private boolean createIfStillAbsent() throws IOException {
        if (exists(UniverseFiles.LINKER_FILE_NAME)) {
            return false;
        }
        if (config.sharedWithGroup()) {
            modes.applyToDirectory(directory);
            modes.applyToFile(directory.resolve(CreationLock.FILE_NAME));
        }
        removeLeftovers();
        create();
        return true;
    }

    private void create() throws IOException {
        final UUID universeId = UUID.randomUUID();
        final String suffix = "." + ProcessHandle.current().pid() + "-" + universeId + TEMPORARY;
        final Path lockFile = directory.resolve("." + UniverseFiles.LOCK_FILE_NAME + suffix);
        final Path journal = directory.resolve("." + UniverseFiles.JOURNAL_FILE_NAME + suffix);
        final Path linker = directory.resolve("." + UniverseFiles.LINKER_FILE_NAME + suffix);
        final Capacities capacities = config.capacities();
        try {
            final long lockInode = write(lockFile, 0, null);
            final long journalInode = write(journal, capacities.journalBytes(), null);
            final UniverseHeader header = new UniverseHeader(
                    universeId,
                    BootId.current(),
                    ProcessHandle.current().pid(),
                    System.currentTimeMillis(),
                    lockInode,
                    journalInode,
                    config.constructorPolicy(),
                    capacities);
            write(linker, new Layout(capacities).fileLength(), header);
            publish(lockFile, UniverseFiles.LOCK_FILE_NAME);
            publish(journal, UniverseFiles.JOURNAL_FILE_NAME);
            publish(linker, UniverseFiles.LINKER_FILE_NAME);
        } finally {
            Files.deleteIfExists(lockFile);
            Files.deleteIfExists(journal);
            Files.deleteIfExists(linker);
        }
    }

    private void publish(final Path made, final String name) throws IOException {
        try {
            Files.createLink(directory.resolve(name), made);
        } catch (final UnsupportedOperationException e) {
            throw new IOException("file system has no hard links, choose another directory: directory=" + directory, e);
        }
    }

    /** Makes a file of zeros, with a header in front if there is one. {@return its inode} */
    private long write(final Path file, final long length, final UniverseHeader header) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), modes.fileAttribute())) {
            modes.applyToFile(file);
            final ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(length, CHUNK));
            for (long position = 0; position < length; ) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), length - position));
                position += channel.write(chunk, position);
            }
            if (header != null) {
                final ByteBuffer bytes = ByteBuffer.allocate(HeaderDescriptor.LENGTH);
                header.encode(new UnsafeBuffer(bytes));
                while (bytes.hasRemaining()) {
                    channel.write(bytes, bytes.position());
                }
            }
        }
        return FileStatus.of(file).inode();
    }

    /** Under the creation lock and without {@code linker.dat}: nobody uses these. */
    private void removeLeftovers() throws IOException {
        for (final Path temporary : temporaries()) {
            Files.deleteIfExists(temporary);
        }
        Files.deleteIfExists(directory.resolve(UniverseFiles.LOCK_FILE_NAME));
        Files.deleteIfExists(directory.resolve(UniverseFiles.JOURNAL_FILE_NAME));
    }

    private List<Path> temporaries() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, UniverseCreation::isTemporary)) {
            return StreamSupport.stream(entries.spliterator(), false).toList();
        }
    }

    private static boolean isTemporary(final Path path) {
        final String name = path.getFileName().toString();
        return name.endsWith(TEMPORARY) && NAMES.stream().anyMatch(prefix -> name.startsWith("." + prefix + "."));
    }

    private String creators() throws IOException {
        return temporaries().stream()
                .map(path -> path.getFileName().toString().replaceAll(".*\\.(\\d+)-.*", "$1"))
                .distinct()
                .collect(Collectors.joining(",", "[", "]"));
    }

    private boolean exists(final String name) {
        return Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }
}
