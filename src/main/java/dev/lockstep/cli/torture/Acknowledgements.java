package dev.lockstep.cli.torture;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a worker knows of its operations, in a mapped file that outlives it: that it asked for one, that the call returned,
 * that the call was refused.
 *
 * <pre>
 *  0   records begun
 *  8   (sequence, tag and kind) …      a record whose second word is 0 was not finished
 * </pre>
 *
 * <p>Thread-safe.
 */
final class Acknowledgements implements AutoCloseable {
    /** About to be asked for. */
    static final int ASKED = 1;

    /** The call returned: the operation is committed. */
    static final int DONE = 2;

    /** The call threw, or the writer was closed without success: it never will be. */
    static final int REFUSED = 3;

    private static final String PREFIX = "operations-";
    private static final int RECORDS = 1 << 17;
    private static final int KIND_BITS = 2;

    private final MappedByteBuffer memory;
    private final UnsafeBuffer words;

    /** One line of a worker's account. */
    record Entry(int kind, long tag, long sequence) {}

    private Acknowledgements(final MappedByteBuffer memory) {
        this.memory = memory;
        words = new UnsafeBuffer(memory);
    }

    /** Makes the account of a worker. */
    static Acknowledgements create(final Path round, final int place) throws IOException {
        try (FileChannel file = FileChannel.open(
                round.resolve(PREFIX + place),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return new Acknowledgements(file.map(FileChannel.MapMode.READ_WRITE, 0, 8 + RECORDS * 16));
        }
    }

    @Override
    public void close() {
        IoUtil.unmap(memory);
    }

    void add(final int kind, final long tag, final long sequence) {
        final long index = words.getAndAddLong(0, 1);
        if (index >= RECORDS) {
            throw new IllegalStateException("account of operations is full: records=" + RECORDS);
        }
        final int offset = 8 + (int) index * 16;
        words.putLong(offset, sequence);
        words.putLongVolatile(offset + 8, tag << KIND_BITS | kind);
    }

    /** {@return the accounts of all workers of a round} */
    static List<Entry> readAll(final Path round) throws IOException {
        final List<Entry> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(round)) {
            for (final Path file : files.filter(
                            path -> path.getFileName().toString().startsWith(PREFIX))
                    .sorted()
                    .toList()) {
                read(file, entries);
            }
        }
        return entries;
    }

    private static void read(final Path file, final List<Entry> into) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() < 8 + RECORDS * 16) {
                // its worker was killed before it could say anything
                return;
            }
            final MappedByteBuffer memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            final UnsafeBuffer words = new UnsafeBuffer(memory);
            final long records = Math.min(RECORDS, words.getLong(0));
            for (int i = 0; i < records; i++) {
                final long word = words.getLong(8 + i * 16 + 8);
                if (word != 0) {
                    into.add(new Entry(
                            (int) (word & (1 << KIND_BITS) - 1), word >>> KIND_BITS, words.getLong(8 + i * 16)));
                }
            }
            IoUtil.unmap(memory);
        }
    }
}
