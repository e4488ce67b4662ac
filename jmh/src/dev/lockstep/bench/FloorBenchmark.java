package dev.lockstep.bench;

import dev.lockstep.region.Layout;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The floors under what {@link SteadyStateBenchmark} measures, nobody else about: what a lock and a poll cannot do without, on
 * a word in a mapped file.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsPrepend = {"--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"})
public class FloorBenchmark {
    private static final int WORD = Layout.HOT_WORD_SPACING;

    private Path file;
    private MappedByteBuffer mapping;
    private SharedBuffer buffer;

    /** Maps a file of its own. */
    @Setup
    public void map() throws IOException {
        file = Files.createTempFile("lockstep-bench", ".dat");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, Layout.REGION_ALIGNMENT);
        }
        buffer = new MappedBuffer(mapping);
        buffer.putLongVolatile(WORD, 0);
    }

    /** Unmaps and deletes it. */
    @TearDown
    public void unmap() throws IOException {
        IoUtil.unmap(mapping);
        Files.delete(file);
    }

    /** Takes the word and gives it back, as an uncontended lock does. */
    @Benchmark
    public boolean compareAndSetThenRelease() {
        final boolean taken = buffer.compareAndSetLong(WORD, 0, 1);
        buffer.putLongRelease(WORD, 0);
        return taken;
    }

    /** Loads the word, as a poll does. */
    @Benchmark
    public long volatileRead() {
        return buffer.getLongVolatile(WORD);
    }
}
