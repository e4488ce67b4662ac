package dev.lockstep.cli.bench;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/** Main class of a JVM that loads Agrona and maps a file, no more. Argument: a universe's directory. */
final class MapProbe {
    /** What it prints when the file is mapped. */
    static final String WORD = "mapped";

    private MapProbe() {}

    /**
     * Maps and says so.
     *
     * @param arguments of the command line.
     * @throws IOException if it can't be mapped.
     */
    public static void main(final String[] arguments) throws IOException {
        final Path file = Path.of(arguments[0], "linker.dat");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            if (new UnsafeBuffer(mapping).getLongVolatile(0) == 0) {
                throw new IOException("file begins with zeros: file=" + file);
            }
            System.out.println(WORD);
        }
    }
}
