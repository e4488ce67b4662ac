package dev.lockstep.broadcast;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import net.openhft.chronicle.bytes.BytesStore;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * {@link Journal} over a mapped file, written by Chronicle Bytes, read by Agrona.
 *
 * <p><b>The file stays as it is.</b> It was preallocated with written zeros, and its length is compared with what the
 * universe says before it is mapped. The mapping is made here with exactly that length and handed to Chronicle to work
 * on: Chronicle's own mapped bytes would round the length up to whole pages and grow the file to it, without blocks
 * behind the new part (on a full disk a write there kills the JVM), and would unmap some time later on a thread of
 * their own. For the same reason {@link #close} unmaps here and at once.
 *
 * <p><b>Bounds.</b> A Chronicle store checks no offset (some of its methods by assertions only), so every call is
 * checked here first, always. No compare-and-swap of Chronicle's is used.
 *
 * <p><b>Reading.</b> A JVM that joins reads the whole journal, and may never write a byte of it. To load Chronicle would
 * take longer than to replay 100,000 operations, so reads go to the same mapping by the buffer that is loaded anyway.
 *
 * <p><b>Threads.</b> Everything goes to absolute offsets of the store; it has no position that threads would share, and
 * Chronicle's check for a single thread concerns only objects that have one.
 *
 * <p><b>Ordering.</b> {@link #write} ends with plain stores and no fence. That is enough for who reads the end of the
 * journal by an acquire load, since the end is written afterwards by the same thread with a release store: in the
 * memory model a release store orders all stores before it, whoever issued them. Chronicle's copy is a call that the
 * compiler does not move stores across; x86 does not reorder stores with stores, and on AArch64 the release store is an
 * {@code stlr}, which waits for all earlier ones. Both mappings name the same physical page, and caches go by that.
 *
 * <p><b>First touch.</b> The first access of a process to a page of a mapping is a fault, of some microseconds and more.
 * The kernel maps the pages around a page that is <em>read</em> with it, 16 by default, but only one page for a write. So
 * {@link #write} looks at a byte of what lies ahead before it writes there, once in {@value #TOUCHED_AT_ONCE} bytes.
 *
 * <p><b>Lazy and quiet.</b> Chronicle's classes take a third of a second to load and need JVM flags of their own, so
 * none is touched before the first write; {@code beforeFirstUse} runs just before. What Chronicle or its
 * logging façade would print is switched off by system properties, each only if it is not set: {@code
 * slf4j.internal.verbosity}, {@code chronicle.analytics.disable}, {@code chronicle.announcer.disable}. JDK 24 and later
 * warn once that {@code sun.misc.Unsafe} goes away, unless started with {@code -Dsun.misc.unsafe.memory.access=allow}
 * (other JDKs ignore it); that cannot be switched off from inside.
 */
public final class ChronicleJournal implements Journal {
    /** A multiple of what the kernel maps at once, which begins at a multiple of itself. */
    private static final int TOUCHED_AT_ONCE = 1 << 16;

    private static final int PAGE = 4096;

    private final String name;
    private final int capacity;
    private final Runnable beforeFirstUse;
    private final MappedByteBuffer memory;
    private final Object lifecycle = new Object();

    /** To read from; null once closed. */
    private volatile DirectBuffer readable;

    private volatile Store store;
    private boolean isClosed;

    /**
     * Maps a journal.
     *
     * @param file that exists and has exactly the length.
     * @param length of the journal in bytes, as the universe's header says.
     * @param beforeFirstUse runs once before Chronicle's first class is loaded, to check that the JVM has the flags;
     *     what it throws comes out of that write, and the next one tries again.
     * @throws IOException if the file cannot be opened or has another length. An interrupt of the thread is no
     *     reason; it is kept.
     */
    public ChronicleJournal(final Path file, final int length, final Runnable beforeFirstUse) throws IOException {
        this.beforeFirstUse = Objects.requireNonNull(beforeFirstUse);
        name = file.toString();
        capacity = length;
        memory = map(file, length);
        readable = new UnsafeBuffer(memory);
    }

    private static MappedByteBuffer map(final Path file, final int length) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    final long found = channel.size();
                    if (length < 1 || found != length) {
                        throw new IOException("journal has the wrong length: file=" + file + " bytes=" + found
                                + " expected=" + length + ", remove the universe and create it again");
                    }
                    return channel.map(FileChannel.MapMode.READ_WRITE, 0, length);
                } catch (final ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void prepare() {
        store();
    }

    @Override
    public void write(final int position, final DirectBuffer source, final int offset, final int length) {
        checkBounds(position, length);
        source.boundsCheck(offset, length);
        final Store current = store();
        current.touch(position, position + length);
        current.write(position, source, offset, length);
    }

    @Override
    public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        checkBounds(position, length);
        into.boundsCheck(offset, length);
        final DirectBuffer bytes = readable;
        if (bytes == null) {
            throw closed();
        }
        bytes.getBytes(position, into, offset, length);
    }

    private void checkBounds(final int position, final int length) {
        if (position < 0 || length < 0 || position > capacity - length) {
            throw new IndexOutOfBoundsException("outside of the journal: file=" + name + " position=" + position
                    + " length=" + length + " capacity=" + capacity);
        }
    }

    private Store store() {
        final Store current = store;
        return current != null ? current : firstUse();
    }

    private Store firstUse() {
        synchronized (lifecycle) {
            if (isClosed) {
                throw closed();
            }
            if (store == null) {
                beforeFirstUse.run();
                store = new Store(memory);
            }
            return store;
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("journal is closed: file=" + name);
    }

    @Override
    public String name() {
        return name;
    }

    /** {@inheritDoc} The file keeps its length and its bytes; the memory is unmapped when this returns. */
    @Override
    public void close() {
        synchronized (lifecycle) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            readable = null;
            final Store last = store;
            store = null;
            if (last != null) {
                last.release();
            }
            IoUtil.unmap(memory);
        }
    }

    /** All that touches Chronicle, in a class of its own so that loading the journal does not load Chronicle. */
    private static final class Store {
        private final BytesStore<?, ByteBuffer> bytes;
        private int touched;

        Store(final MappedByteBuffer memory) {
            setUnlessSet("slf4j.internal.verbosity", "ERROR");
            setUnlessSet("chronicle.analytics.disable", "true");
            setUnlessSet("chronicle.announcer.disable", "true");
            bytes = BytesStore.follow(memory);
        }

        private static void setUnlessSet(final String property, final String value) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, value);
            }
        }

        /** Racy: more often than necessary does no harm. */
        void touch(final int begin, final int end) {
            if (end > touched) {
                final int last = (int) Math.min(bytes.capacity(), (end + (long) TOUCHED_AT_ONCE) & -TOUCHED_AT_ONCE);
                for (int page = Math.max(touched, begin & -PAGE); page < last; page += PAGE) {
                    bytes.readVolatileByte(page);
                }
                touched = last;
            }
        }

        void write(final int position, final DirectBuffer source, final int offset, final int length) {
            final byte[] array = source.byteArray();
            if (array != null) {
                bytes.write(position, array, source.wrapAdjustment() + offset, length);
            } else {
                bytes.nativeWrite(source.addressOffset() + offset, position, length);
            }
        }

        void release() {
            bytes.releaseLast();
        }
    }
}
