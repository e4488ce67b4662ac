package dev.lockstep.region;

import dev.lockstep.region.UniverseException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The files of a universe, opened: {@code linker.dat} mapped, the others found and known to belong to it.
 *
 * <pre>
 *  directory                 0700 (0770 if shared with a group)
 *  ├─ linker.dat             mapped; published last
 *  ├─ operations.journal     as long as the capacities say; zeros at first
 *  ├─ liveness.lock          empty; a byte-range lock a process
 *  └─ creation.lock          empty; held while somebody makes the other three
 * </pre>
 *
 * Any number of processes and threads may call {@link #openOrCreate} at the same moment: one of them creates, all of
 * them get the same universe. A creator that dies half way leaves a directory that the next caller completes. Files are
 * never truncated, and {@code liveness.lock} is never opened here.
 *
 * <p>Thread-safe. {@link #close()} unmaps: nobody may use {@link #buffer()} or a view of it any more, or the JVM dies by
 * SIGSEGV; whoever closes has made sure of that.
 */
public final class UniverseFiles implements AutoCloseable {
    /** Name of the mapped file. */
    public static final String LINKER_FILE_NAME = "linker.dat";

    /** Name of the journal. */
    public static final String JOURNAL_FILE_NAME = "operations.journal";

    /** Name of the file whose byte-range locks say who is alive. */
    public static final String LOCK_FILE_NAME = "liveness.lock";

    private static final int PAGE = 4096;

    private final Path directory;
    private final boolean created;
    private final UniverseHeader header;
    private final Layout layout;
    private final MappedByteBuffer mapping;
    private final MappedBuffer buffer;
    private final AtomicBoolean closed = new AtomicBoolean();

    private UniverseFiles(
            final Path directory, final boolean created, final UniverseHeader header, final MappedByteBuffer mapping) {
        this.directory = directory;
        this.created = created;
        this.header = header;
        this.mapping = mapping;
        layout = new Layout(header.capacities());
        buffer = new MappedBuffer(mapping);
    }

    /**
     * Opens a universe; creates it first if it does not exist.
     *
     * <p>The checks come in the order of {@link UniverseException.Reason}. An interrupted thread may call: its flag is
     * set again on return.
     *
     * @param config where, and what it is like if it has to be created.
     * @return the opened files.
     * @throws UniverseException if what is there is refused.
     * @throws IOException if the file system refuses; if the disk is full, nothing is left behind but the directory.
     */
    public static UniverseFiles openOrCreate(final UniverseConfig config) throws IOException {
        return open(config, true);
    }

    /**
     * Opens a universe that exists.
     *
     * @param config where.
     * @return the opened files.
     * @throws UniverseException if there is none, or what is there is refused.
     * @throws IOException if the file system refuses.
     */
    public static UniverseFiles open(final UniverseConfig config) throws IOException {
        return open(config, false);
    }

    /**
     * Opens a universe to look at it: mapped for reading only, no lock taken, whoever owns it. Nothing that is attached
     * to it notices.
     *
     * @param path the universe's directory.
     * @return the opened files; a store through {@link #buffer()} fails.
     * @throws UniverseException if there is none, or its header is damaged, or it is of an earlier boot.
     * @throws IOException if it may not be read.
     */
    public static UniverseFiles openReadOnly(final Path path) throws IOException {
        final boolean interrupted = Thread.interrupted();
        try {
            final FileStatus status = FileStatus.of(path);
            if (status == null || !status.isDirectory()) {
                throw new UniverseException(
                        status == null ? Reason.NOT_FOUND : Reason.NOT_A_DIRECTORY,
                        path,
                        "no universe here, name the directory of one");
            }
            final Path directory = path.toRealPath();
            final Path linker = directory.resolve(LINKER_FILE_NAME);
            final FileStatus file = FileStatus.of(linker);
            if (file == null || !file.isRegularFile()) {
                throw new UniverseException(
                        file == null ? Reason.NOT_FOUND : Reason.NOT_A_FILE,
                        linker,
                        "no universe here, name the directory of one");
            }
            try (FileChannel channel =
                    FileChannel.open(linker, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
                final UniverseHeader header = readHeader(linker, channel);
                checkBoot(directory, linker, header);
                final int length = new Layout(header.capacities()).fileLength();
                return new UniverseFiles(
                        directory, false, header, channel.map(FileChannel.MapMode.READ_ONLY, 0, length));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static UniverseFiles open(final UniverseConfig config, final boolean create) throws IOException {
        // Most channel calls close the channel of a thread that is interrupted.
        final boolean interrupted = Thread.interrupted();
        try {
            if (create) {
                UniverseCreation.ensureDirectory(config);
            }
            final FileChecks checks = new FileChecks(config.sharedWithGroup());
            final FileStatus status = FileStatus.of(config.directory());
            if (status == null) {
                throw new UniverseException(
                        Reason.NOT_FOUND,
                        config.directory(),
                        "no universe here, create one or choose another directory");
            }
            checks.directory(config.directory(), status);
            final Path directory = config.directory().toRealPath();
            final boolean created = create
                    && new UniverseCreation(config, directory, status, checks)
                            .createIfAbsent(UniverseCreation.PATIENCE_NANOS);
            return attach(directory, checks, created);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static UniverseFiles attach(final Path directory, final FileChecks checks, final boolean created)
            throws IOException {
        final Path linker = directory.resolve(LINKER_FILE_NAME);
        checks.file(linker, Reason.NOT_FOUND);
        try (FileChannel channel = FileChannel.open(
                linker, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            final UniverseHeader header = readHeader(linker, channel);
            checkBoot(directory, linker, header);
            checkLockFile(checks, directory.resolve(LOCK_FILE_NAME), header);
            checkJournal(checks, directory.resolve(JOURNAL_FILE_NAME), header);
            final int length = new Layout(header.capacities()).fileLength();
            final UniverseFiles files = new UniverseFiles(
                    directory, created, header, channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
            files.touchPages();
            return files;
        }
    }

    private static UniverseHeader readHeader(final Path linker, final FileChannel channel) throws IOException {
        final long length = channel.size();
        if (length < HeaderDescriptor.LENGTH) {
            throw new UniverseException(
                    Reason.TOO_SHORT,
                    linker,
                    "file ends before its header does, remove the universe's directory: length=" + length);
        }
        final ByteBuffer bytes = ByteBuffer.allocate(HeaderDescriptor.LENGTH);
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // reads on
        }
        final UniverseHeader header = UniverseHeader.decode(new UnsafeBuffer(bytes), linker);
        final int expected = new Layout(header.capacities()).fileLength();
        if (length != expected) {
            throw new UniverseException(
                    Reason.WRONG_LENGTH,
                    linker,
                    "file does not have the length that its header names, remove the universe's directory: length="
                            + length + " expected=" + expected);
        }
        return header;
    }

    private static void checkBoot(final Path directory, final Path linker, final UniverseHeader header)
            throws UniverseException {
        final BootId now = BootId.current();
        if (!header.boot().equals(now)) {
            throw new UniverseException(
                    Reason.OTHER_BOOT,
                    linker,
                    "universe is from before this machine was started, nobody can be in it, remove it with: rm -r '"
                            + directory + "' (boot=" + header.boot() + " current=" + now + ")");
        }
    }

    private static void checkLockFile(final FileChecks checks, final Path file, final UniverseHeader header)
            throws IOException {
        final FileStatus status = checks.file(file, Reason.WRONG_LOCK_FILE);
        if (status.inode() != header.lockInode()) {
            throw new UniverseException(
                    Reason.WRONG_LOCK_FILE,
                    file,
                    "lock file is not the one that the universe was created with, remove the universe's directory:"
                            + " inode=" + status.inode() + " expected=" + header.lockInode());
        }
    }

    private static void checkJournal(final FileChecks checks, final Path file, final UniverseHeader header)
            throws IOException {
        final FileStatus status = checks.file(file, Reason.WRONG_JOURNAL);
        if (status.inode() != header.journalInode()) {
            throw new UniverseException(
                    Reason.WRONG_JOURNAL,
                    file,
                    "journal is not the one that the universe was created with, remove the universe's directory:"
                            + " inode=" + status.inode() + " expected=" + header.journalInode());
        }
        if (status.size() != header.capacities().journalBytes()) {
            throw new UniverseException(
                    Reason.WRONG_JOURNAL,
                    file,
                    "journal does not have the length that the header names, remove the universe's directory: length="
                            + status.size() + " expected=" + header.capacities().journalBytes());
        }
    }

    /** A first touch costs ten microseconds; here nobody waits for it. */
    private void touchPages() {
        for (int offset = 0; offset < buffer.capacity(); offset += PAGE) {
            buffer.getLongVolatile(offset);
        }
    }

    /** {@return the directory, with no symbolic link in its path} */
    public Path directory() {
        return directory;
    }

    /** {@return whether this call has created the universe; of all callers of one universe, one gets true} */
    public boolean created() {
        return created;
    }

    /** {@return the header as it was read and checked at opening} */
    public UniverseHeader header() {
        return header;
    }

    /** {@return where the regions of {@link #buffer()} lie} */
    public Layout layout() {
        return layout;
    }

    /** {@return all of {@code linker.dat}; not to be used after {@link #close()}} */
    public SharedBuffer buffer() {
        return buffer;
    }

    /** {@return path of the journal} */
    public Path journalPath() {
        return directory.resolve(JOURNAL_FILE_NAME);
    }

    /** {@return path of the lock file; to be opened once a JVM} */
    public Path lockPath() {
        return directory.resolve(LOCK_FILE_NAME);
    }

    /** Unmaps. Idempotent. The files stay. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // Whoever comes too late gets an exception from the bounds check. Views do not: their users are quiesced.
            buffer.wrap(new byte[0]);
            IoUtil.unmap(mapping);
        }
    }
}
