package dev.lockstep.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.LinkerStateView;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.TopologyToken;
import dev.lockstep.linker.UniverseOptions;
import java.util.concurrent.TimeUnit;
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
 * What a group does all the time, uncontended, through the public API of a real universe: one group, its thread, nobody
 * else about.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 2)
@Fork(
        value = 1,
        jvmArgsPrepend = {
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens", "java.base/java.lang.reflect=ALL-UNNAMED"
        })
public class SteadyStateBenchmark {
    private static final int JOURNAL_BYTES = 1 << 20;
    private static final int MUTEX = 0;

    private BenchUniverse bench;
    private InstanceGroup group;

    /** Opens a universe; its main group belongs to the benchmark's thread. */
    @Setup
    public void open() {
        bench = new BenchUniverse(JOURNAL_BYTES, UniverseOptions::defaultIdleStrategy);
        group = bench.bootstrap();
    }

    /** Closes and removes it. */
    @TearDown
    public void close() {
        group.shutdownInstanceGroup();
        bench.close();
    }

    /** A poll that finds nothing. */
    @Benchmark
    public boolean pollIdle(final ThreadAllocation allocation) {
        return group.doPendingLinkOperations(true);
    }

    /** Topology lease, taken and freed by grant. */
    @Benchmark
    public long topologyByGrant(final ThreadAllocation allocation) {
        final long grant = group.acquireTopology();
        group.releaseTopology(grant);
        return grant;
    }

    /** Topology lease, taken and freed as an object. */
    @Benchmark
    public long topologyByToken(final ThreadAllocation allocation) {
        try (TopologyToken token = group.acquireTopologyToken()) {
            return token.number();
        }
    }

    /** Linker state, taken for writing and given back. */
    @Benchmark
    public int writeLinkerState(final ThreadAllocation allocation) {
        try (LinkerStateWriter state = group.writeLinkerState()) {
            return state.tableLength();
        }
    }

    /** Lease and linker state, taken together and given back. */
    @Benchmark
    public int writeLinkerStateWithTopology(final ThreadAllocation allocation) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            return state.tableLength();
        }
    }

    /** Linker state, taken for reading and given back. */
    @Benchmark
    public int readLinkerState(final ThreadAllocation allocation) {
        try (LinkerStateReader state = group.readLinkerState()) {
            return state.tableLength();
        }
    }

    /** One field, read without a lock and validated. */
    @Benchmark
    public int optimisticStamp(final ThreadAllocation allocation) {
        final LinkerStateView state = group.optimisticView();
        int length;
        long stamp;
        do {
            stamp = group.tryOptimisticRead();
            length = state.tableLength();
        } while (!group.validate(stamp));
        return length;
    }

    /** One field, read without a lock by a function: its result is an object, here one outside the Integer cache. */
    @Benchmark
    public int optimisticFunction(final ThreadAllocation allocation) {
        return group.<Integer>readOptimistically(LinkerStateView::tableLength);
    }

    /** A closure asked for: a table is read without a lock. */
    @Benchmark
    public boolean isClosure(final ThreadAllocation allocation) {
        return group.isClosure(7);
    }

    /** Into a safe region and out again. */
    @Benchmark
    public boolean safeRegion(final ThreadAllocation allocation) {
        group.enterSafeRegion();
        group.exitSafeRegion();
        return group.isInSafeRegion();
    }

    /** A shared mutex, taken and freed. */
    @Benchmark
    public long mutex(final ThreadAllocation allocation) {
        final long grant = group.acquireMutex(MUTEX);
        group.releaseMutex(MUTEX, grant);
        return grant;
    }
}
