package dev.lockstep.bench;

import com.sun.management.ThreadMXBean;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.UniverseOptions;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation with two rendezvous, from asking for the lease to having freed it: the benchmark's thread is the
 * instigator, followers poll on threads of their own. What the threads of both kinds allocate is told beside the time.
 *
 * <p>Every operation stays in the journal (48 bytes), so the number of operations is what is fixed and not the time: an
 * iteration is one call of so many. So many, because JMH itself allocates some 6 KB an iteration.
 */
@State(Scope.Benchmark) // one instance, which the counters of followers share
@Threads(1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 1, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsPrepend = {
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens", "java.base/java.lang.reflect=ALL-UNNAMED"
        })
public class OperationBenchmark {
    private static final int JOURNAL_BYTES = 384 << 20;
    private static final int OPERATIONS = 800_000;

    private static final int SPINS = 100;

    /** What the followers' threads have allocated in an iteration, and how many operations they have followed. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Followers {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private long before;

        /** Bytes in the iteration, over all followers. */
        public long followerBytes;

        /** Operations in the iteration. */
        public long operations;

        private long allocated(final OperationBenchmark benchmark) {
            long bytes = 0;
            for (final Thread follower : benchmark.following) {
                bytes += threads.getThreadAllocatedBytes(follower.getId());
            }
            return bytes;
        }

        /** The measured iteration begins. */
        @Setup(Level.Iteration)
        public void begin(final OperationBenchmark benchmark) {
            before = allocated(benchmark);
        }

        /** The measured iteration is over. */
        @TearDown(Level.Iteration)
        public void end(final OperationBenchmark benchmark) {
            followerBytes = allocated(benchmark) - before;
        }
    }

    /** Groups beside the instigator's. */
    @Param({"0", "1"})
    public int followers;

    private BenchUniverse bench;
    private InstanceGroup group;
    private Thread[] following;
    private volatile boolean over;

    /** Opens a universe with its groups. */
    @Setup
    public void open() throws InterruptedException {
        bench = new BenchUniverse(JOURNAL_BYTES, UniverseOptions::defaultIdleStrategy);
        bench.closeAtExit();
        group = bench.bootstrap();
        group.enterSafeRegion();
        following = new Thread[followers];
        final CountDownLatch joined = new CountDownLatch(followers);
        for (int i = 0; i < followers; i++) {
            following[i] = new Thread(() -> follow(joined), "follower-" + i);
            following[i].start();
        }
        joined.await();
        group.exitSafeRegion();
    }

    private void follow(final CountDownLatch joined) {
        final InstanceGroup follower = bench.universe.joinInstanceGroup(new BenchUniverse.CountingReplica());
        joined.countDown();
        int idle = 0;
        while (!over) {
            if (follower.doPendingLinkOperations(true)) {
                idle = 0;
            } else if (++idle < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        follower.shutdownInstanceGroup();
    }

    /** Ends the groups; what is left goes when the JVM does. */
    @TearDown
    public void close() throws InterruptedException {
        over = true;
        for (final Thread thread : following) {
            thread.join();
        }
        group.shutdownInstanceGroup();
    }

    /** Lease, linker state, one slot more, broadcast, everything given back. */
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public int operation(final ThreadAllocation allocation, final Followers counted) {
        int index = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                index = state.growTable(1);
                group.synchronizeAllocateFunctionTable(state, index, 1);
            }
        }
        counted.operations += OPERATIONS;
        return index;
    }

    /** The same with one rendezvous. */
    @Benchmark
    @OperationsPerInvocation(OPERATIONS)
    public int addition(final ThreadAllocation allocation, final Followers counted) {
        int index = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                index = state.growTable(1);
                group.addAllocateFunctionTable(state, index, 1);
            }
        }
        counted.operations += OPERATIONS;
        return index;
    }
}
