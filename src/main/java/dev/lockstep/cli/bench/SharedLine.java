package dev.lockstep.cli.bench;

import dev.lockstep.region.Layout;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.IoUtil;

/** A page of a mapped file of the benchmark's own: words that are in nobody's way, each with its cache line for itself. */
final class SharedLine implements AutoCloseable {
    private final MappedByteBuffer mapping;
    private final SharedBuffer buffer;

    private SharedLine(final MappedByteBuffer mapping) {
        this.mapping = mapping;
        buffer = new MappedBuffer(mapping);
    }

    /** Maps the file of a measurement; whoever comes first makes it, of zeros. */
    static SharedLine open(final Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(
                directory.resolve("line.dat"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            final MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, Layout.REGION_ALIGNMENT);
            final SharedLine line = new SharedLine(mapping);
            // the page is there before it is timed; another process may have stored into it already
            line.buffer.getAndAddLong(offset(0), 0);
            return line;
        }
    }

    SharedBuffer buffer() {
        return buffer;
    }

    /** {@return offset of a word, the index being from 0} */
    static int offset(final int index) {
        return index * Layout.HOT_WORD_SPACING;
    }

    @Override
    public void close() {
        IoUtil.unmap(mapping);
    }
}
