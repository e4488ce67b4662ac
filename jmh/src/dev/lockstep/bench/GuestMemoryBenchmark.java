package dev.lockstep.bench;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ByteBufferMemory;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.ImportMemory;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.NoWait;
import dev.lockstep.engine.chicory.MappedMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Compiled guest code on each of the engine's own memories and on the one in a file. Each memory has a JVM of its own, so that
 * every call from compiled code has one target, as it has in a JVM that uses one kind of memory.
 *
 * <p>The memory is a shared one: without, the engine's memory of arrays has no atomics on JDK 25.
 *
 * <p>Time of one step of the guest's loop: a load, a store, both, or (sort) one move of an insertion sort.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsPrepend = {"--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"})
public class GuestMemoryBenchmark {
    private static final int PAGE = LinearMemoryPlan.PAGE;
    private static final int PAGES = 16;
    static final int STEPS = 16384;
    private static final int SORTED = 1024;
    private static final int CHAIN = 524_288;

    /** How often the guest's sort moves something: the permutation is the same each time. */
    static final int MOVES = 245_313;

    /** What is behind the guest's memory: the engine's arrays (its default) or buffers, or the file. */
    @Param({"arrays", "buffers", "file"})
    public String memory;

    private Path directory;
    private LinearMemoryFile file;
    private ExportFunction sum;
    private ExportFunction store;
    private ExportFunction copy;
    private ExportFunction histogram;
    private ExportFunction chase;
    private ExportFunction unaligned;
    private ExportFunction add;
    private ExportFunction sort;

    /** Compiles the guest and fills its memory. */
    @Setup
    public void instantiate() throws IOException {
        final Memory made = makeMemory();
        final WasmModule module = Parser.parse(GuestCode.bytes());
        final Instance instance = Instance.builder(module)
                .withImportValues(ImportValues.builder()
                        .addMemory(new ImportMemory("env", "memory", made))
                        .build())
                .withMachineFactory(MachineFactoryCompiler.compile(module))
                .build();
        sum = instance.export("sum");
        store = instance.export("store");
        copy = instance.export("copy");
        histogram = instance.export("histogram");
        chase = instance.export("chase");
        unaligned = instance.export("unaligned");
        add = instance.export("add");
        sort = instance.export("sort");
        final byte[] text = new byte[4 * PAGE];
        new Random(42).nextBytes(text);
        made.write(PAGE, text);
        chain(made);
        if (sort.apply(SORTED)[0] != MOVES) {
            throw new IllegalStateException("guest moves something else: moves=" + sort.apply(SORTED)[0]);
        }
    }

    private Memory makeMemory() throws IOException {
        switch (memory) {
            case "arrays":
                return new ByteArrayMemory(new MemoryLimits(PAGES, PAGES, true));
            case "buffers":
                return new ByteBufferMemory(new MemoryLimits(PAGES, PAGES, true));
            default:
                directory = Files.createTempDirectory("lockstep-bench");
                file = LinearMemoryFile.openOrCreate(
                        directory,
                        new LinearMemoryPlan(
                                1024, 2048, 4096, PAGE, PAGE, (long) PAGES * PAGE, (long) PAGES * PAGE, 2048));
                return new MappedMemory(file, true, new NoWait(file));
        }
    }

    /** One cycle through 4096 places in no order, 32 bytes apart: every step has to wait for the one before. */
    private static void chain(final Memory memory) {
        final int places = 4096;
        final Integer[] order = new Integer[places];
        for (int i = 0; i < places; i++) {
            order[i] = i;
        }
        Collections.shuffle(Arrays.asList(order), new Random(7));
        for (int i = 0; i < places; i++) {
            memory.writeI32(CHAIN + order[i] * 32, order[(i + 1) % places] * 32);
        }
    }

    /** Lets go of the file. */
    @TearDown
    public void close() throws IOException {
        if (file != null) {
            file.close();
            Files.delete(file.path());
            Files.delete(directory);
        }
    }

    /** Adds up ints. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long sum() {
        return sum.apply(STEPS)[0];
    }

    /** Stores ints. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long store() {
        return store.apply(STEPS)[0];
    }

    /** Copies longs, one by one. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long copy() {
        return copy.apply(STEPS)[0];
    }

    /** Counts bytes: a load, a load and a store whose address hangs on the first. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long histogram() {
        return histogram.apply(STEPS)[0];
    }

    /** Follows a chain. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long chase() {
        return chase.apply(STEPS)[0];
    }

    /** Adds up doubles that lie nine bytes apart. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long unaligned() {
        return unaligned.apply(STEPS)[0];
    }

    /** Adds 1 to ints, atomically. */
    @Benchmark
    @OperationsPerInvocation(STEPS)
    public long add() {
        return add.apply(STEPS)[0];
    }

    /** Sorts, by insertion. */
    @Benchmark
    @OperationsPerInvocation(MOVES)
    public long sort() {
        return sort.apply(SORTED)[0];
    }
}
