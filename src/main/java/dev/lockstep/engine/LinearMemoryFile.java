package dev.lockstep.engine;

import static dev.lockstep.engine.LinearMemoryDescriptor.HEADER_LENGTH;
import static dev.lockstep.engine.LinearMemoryDescriptor.LENGTH_OFFSET;
import static dev.lockstep.engine.LinearMemoryPlan.PAGE;

import dev.lockstep.region.MappedBuffer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The guest's linear memory in a file, mapped at its greatest length. See {@link LinearMemoryDescriptor}.
 *
 * <p>Growing writes the new bytes out as zeros through the file, not through the mapping, so a full disk is an
 * {@link IOException} there and no fault at some later store. Who grows holds the file's byte lock, which the kernel
 * takes back from a process that dies; the length word is stored last. A process that dies half way leaves zeros beyond
 * the length, which the next one writes again.
 *
 * <p>One instance a file and JVM, reference counted: {@link #openOrCreate} of an open file gives the same one. Safe for
 * use by several threads and processes. {@link #close} lets go of the file; the mapping stays until it is garbage, since
 * an access after unmapping would kill the JVM.
 */
public final class LinearMemoryFile implements AutoCloseable {
    private static final Map<Object, LinearMemoryFile> OPEN = new ConcurrentHashMap<>();
    private static final ReentrantLock OPENING = new ReentrantLock();
    private static final long RETRY_NANOS = 20_000;

    private final Object key;
    private final Path path;
    private final RandomAccessFile file;
    private final MappedBuffer header;
    private final MappedBuffer linear;
    private final LinearMemoryPlan plan;
    private final ReentrantLock growing = new ReentrantLock();
    private int references = 1;

    private LinearMemoryFile(
            final Object key,
            final Path path,
            final RandomAccessFile file,
            final MappedBuffer header,
            final MappedBuffer linear,
            final LinearMemoryPlan plan) {
        this.key = key;
        this.path = path;
        this.file = file;
        this.header = header;
        this.linear = linear;
        this.plan = plan;
    }

    /**
     * Opens the memory of a universe, or makes it if it is not there. Processes may race: all get the same file, and the
     * plan of the one that made it.
     *
     * @param universe directory of the universe.
     * @param plan for the case that the memory is to be made.
     * @return the memory; to be closed as often as it was opened.
     * @throws IOException if there is no room, or the file is damaged: the message names the word.
     */
    public static LinearMemoryFile openOrCreate(final Path universe, final LinearMemoryPlan plan) throws IOException {
        final Path path = universe.resolve(LinearMemoryDescriptor.FILE_NAME);
        if (!Files.exists(path)) {
            create(path, plan);
        }
        return open(path);
    }

    /**
     * Opens the memory of a universe.
     *
     * @param universe directory of the universe.
     * @return the memory; to be closed as often as it was opened.
     * @throws IOException if it is not there or damaged: the message names the word.
     */
    public static LinearMemoryFile openExisting(final Path universe) throws IOException {
        return open(universe.resolve(LinearMemoryDescriptor.FILE_NAME));
    }

    private static void create(final Path path, final LinearMemoryPlan plan) throws IOException {
        final Path temporary = path.resolveSibling(
                "." + path.getFileName() + "." + ProcessHandle.current().pid() + "." + System.nanoTime() + ".tmp");
        UniverseAccess.of(path.toAbsolutePath().getParent()).createFile(temporary);
        try {
            try (RandomAccessFile file = new RandomAccessFile(temporary.toFile(), "rw")) {
                writeZeros(file, 0, HEADER_LENGTH + plan.initialLength());
                file.setLength(LinearMemoryDescriptor.fileLength(plan));
                final MappedBuffer header = map(file, 0, HEADER_LENGTH);
                header.putLong(LinearMemoryDescriptor.MAGIC_OFFSET, LinearMemoryDescriptor.MAGIC);
                header.putLong(LinearMemoryDescriptor.VERSION_OFFSET, LinearMemoryDescriptor.VERSION);
                header.putLong(LinearMemoryDescriptor.MAIN_BASE_OFFSET, plan.mainBase());
                header.putLong(LinearMemoryDescriptor.STACK_LOW_OFFSET, plan.stackLow());
                header.putLong(LinearMemoryDescriptor.STACK_HIGH_OFFSET, plan.stackHigh());
                header.putLong(LinearMemoryDescriptor.MODULES_BASE_OFFSET, plan.modulesBase());
                header.putLong(LinearMemoryDescriptor.HEAP_BASE_OFFSET, plan.heapBase());
                header.putLong(LinearMemoryDescriptor.INITIAL_LENGTH_OFFSET, plan.initialLength());
                header.putLong(LinearMemoryDescriptor.MAXIMUM_LENGTH_OFFSET, plan.maximumLength());
                header.putLong(LinearMemoryDescriptor.STACK_BYTES_OFFSET, plan.stackBytes());
                header.putLongRelease(LENGTH_OFFSET, plan.initialLength());
            }
            Files.createLink(path, temporary);
        } catch (final FileAlreadyExistsException e) {
            // another process was first: its file is as good
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static LinearMemoryFile open(final Path path) throws IOException {
        OPENING.lock();
        try {
            final Object key = key(path);
            final LinearMemoryFile open = OPEN.get(key);
            if (open != null) {
                open.references++;
                return open;
            }
            final RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            try {
                final LinearMemoryFile opened = check(key, path, file);
                OPEN.put(key, opened);
                return opened;
            } catch (final IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } finally {
            OPENING.unlock();
        }
    }

    private static Object key(final Path path) throws IOException {
        final Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        return key == null ? path.toRealPath() : key;
    }

    private static LinearMemoryFile check(final Object key, final Path path, final RandomAccessFile file)
            throws IOException {
        final long actualLength = file.length();
        if (actualLength < HEADER_LENGTH) {
            throw damaged(path, "length of file", actualLength);
        }
        final MappedBuffer header = map(file, 0, HEADER_LENGTH);
        final long magic = header.getLong(LinearMemoryDescriptor.MAGIC_OFFSET);
        if (magic != LinearMemoryDescriptor.MAGIC) {
            throw damaged(path, "magic", magic);
        }
        final long version = header.getLong(LinearMemoryDescriptor.VERSION_OFFSET);
        if (version != LinearMemoryDescriptor.VERSION) {
            throw new IOException("linear memory has another layout version, remake the universe: file=" + path
                    + " version=" + version + " expected=" + LinearMemoryDescriptor.VERSION);
        }
        final LinearMemoryPlan plan;
        try {
            plan = new LinearMemoryPlan(
                    header.getLong(LinearMemoryDescriptor.MAIN_BASE_OFFSET),
                    header.getLong(LinearMemoryDescriptor.STACK_LOW_OFFSET),
                    header.getLong(LinearMemoryDescriptor.STACK_HIGH_OFFSET),
                    header.getLong(LinearMemoryDescriptor.MODULES_BASE_OFFSET),
                    header.getLong(LinearMemoryDescriptor.HEAP_BASE_OFFSET),
                    header.getLong(LinearMemoryDescriptor.INITIAL_LENGTH_OFFSET),
                    header.getLong(LinearMemoryDescriptor.MAXIMUM_LENGTH_OFFSET),
                    header.getLong(LinearMemoryDescriptor.STACK_BYTES_OFFSET));
        } catch (final IllegalArgumentException e) {
            throw new IOException(
                    "linear memory is damaged, remake the universe: file=" + path + " " + e.getMessage(), e);
        }
        if (actualLength != LinearMemoryDescriptor.fileLength(plan)) {
            throw damaged(path, "length of file", actualLength);
        }
        final MappedBuffer linear = map(file, HEADER_LENGTH, plan.maximumLength());
        final LinearMemoryFile memory = new LinearMemoryFile(key, path, file, header, linear, plan);
        final long length = header.getLongAcquire(LENGTH_OFFSET);
        if (length < plan.initialLength() || length > plan.maximumLength() || length % PAGE != 0) {
            throw damaged(path, "length", length);
        }
        return memory;
    }

    private static IOException damaged(final Path path, final String word, final long value) {
        return new IOException(
                "linear memory is damaged, remake the universe: file=" + path + " word=" + word + " value=" + value);
    }

    private static MappedBuffer map(final RandomAccessFile file, final long from, final long length)
            throws IOException {
        final MappedByteBuffer bytes = file.getChannel().map(FileChannel.MapMode.READ_WRITE, from, length);
        return new MappedBuffer(bytes);
    }

    private static void writeZeros(final RandomAccessFile file, final long from, final long to) throws IOException {
        final byte[] zeros = new byte[1 << 16];
        file.seek(from);
        for (long at = from; at < to; at += zeros.length) {
            file.write(zeros, 0, (int) Math.min(zeros.length, to - at));
        }
    }

    /** {@return who has which part of the memory} */
    public LinearMemoryPlan plan() {
        return plan;
    }

    /** {@return the file} */
    public Path path() {
        return path;
    }

    /**
     * The linear memory from address 0 to its greatest length. Only the first {@link #length()} bytes may be touched:
     * nothing stands behind the rest.
     *
     * @return the buffer, the same at every call.
     */
    public MappedBuffer linear() {
        return linear;
    }

    /** {@return what lies before address 0, {@link LinearMemoryDescriptor#HEADER_LENGTH} bytes} */
    MappedBuffer header() {
        return header;
    }

    /** {@return bytes that the memory has now; read by acquire, never above the plan's maximum} */
    public int length() {
        final long length = header.getLongAcquire(LENGTH_OFFSET);
        if (length < 0 || length > plan.maximumLength()) {
            throw new IllegalStateException(
                    "linear memory is damaged, remake the universe: file=" + path + " word=length value=" + length);
        }
        return (int) length;
    }

    /**
     * Grows the memory by whole pages.
     *
     * @param pages of 64 KiB; 0 asks for the length only.
     * @return number of pages before, or −1 if the maximum would be passed or there is no room.
     */
    public int grow(final int pages) {
        if (pages == 0) {
            return length() / PAGE;
        }
        if (pages < 0) {
            return -1;
        }
        growing.lock();
        try (FileLock held = lockBytes()) {
            final int before = length();
            final long after = before + (long) pages * PAGE;
            if (!held.isValid() || after > plan.maximumLength()) {
                return -1;
            }
            extend(before, after);
            return before / PAGE;
        } catch (final IOException e) {
            return -1;
        } finally {
            growing.unlock();
        }
    }

    /**
     * Grows the memory, if it is shorter, to a length.
     *
     * @param bytes that it must have; rounded up to whole pages.
     * @throws IOException if the maximum would be passed or there is no room.
     */
    public void ensureLength(final long bytes) throws IOException {
        if (bytes <= length()) {
            return;
        }
        if (bytes > plan.maximumLength()) {
            throw new IOException("linear memory is full, make the universe with a larger maximum: needed=" + bytes
                    + " maximum=" + plan.maximumLength());
        }
        growing.lock();
        try (FileLock held = lockBytes()) {
            final int before = length();
            if (bytes > before) {
                if (!held.isValid()) {
                    throw new IOException("lock on linear memory was lost: file=" + path);
                }
                extend(before, (bytes + PAGE - 1) / PAGE * PAGE);
            }
        } finally {
            growing.unlock();
        }
    }

    private void extend(final long before, final long after) throws IOException {
        writeZeros(file, HEADER_LENGTH + before, HEADER_LENGTH + after);
        header.putLongRelease(LENGTH_OFFSET, after);
    }

    /** Waits for the byte lock without ever blocking on the channel, which an interrupt would close. */
    private FileLock lockBytes() throws IOException {
        while (true) {
            try {
                final FileLock held = file.getChannel().tryLock(LENGTH_OFFSET, Long.BYTES, false);
                if (held != null) {
                    return held;
                }
            } catch (final OverlappingFileLockException e) {
                // held by this JVM through another class loader's instance: wait as for another process
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    /** Lets go of one reference; the last one closes the file. The mapping outlives it. */
    @Override
    public void close() throws IOException {
        OPENING.lock();
        try {
            if (references == 0) {
                return;
            }
            if (--references == 0) {
                OPEN.remove(key);
                file.close();
            }
        } finally {
            OPENING.unlock();
        }
    }
}
