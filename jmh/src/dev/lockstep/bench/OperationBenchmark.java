package dev.lockstep.bench;

import com.sun.management.ThreadMXBean;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.Universe;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation with two rendezvous, from asking for the lease to having freed it: the benchmark's thread is the
 * instigator, followers poll on threads of their own. The profiler counts what all threads allocate; what the instigator
 * and the followers allocated is printed apart at the end.
 *
 * <p>Every operation stays in the journal (48 bytes) and takes a slot of the table, so a trial has room for a few
 * million.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 2)
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

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Groups beside the instigator's. */
    @Param({"0", "1"})
    public int followers;

    private BenchUniverse bench;
    private InstanceGroup group;
    private Thread[] following;
    private volatile boolean over;
    private long operations;
    private long measuredFrom;
    private long[] allocatedBefore;

    /** Opens a universe with its groups. */
    @Setup
    public void open() throws InterruptedException {
        bench = new BenchUniverse(JOURNAL_BYTES, Universe::defaultIdleStrategy);
        group = bench.bootstrap();
        group.enterSafeRegion();
        following = new Thread[followers];
        allocatedBefore = new long[followers + 1];
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
        while (!over) {
            if (!follower.doPendingLinkOperations(true)) {
                Thread.onSpinWait();
            }
        }
        follower.shutdownInstanceGroup();
    }

    private long allocated(final int participant) {
        return threads.getThreadAllocatedBytes(
                participant == followers ? Thread.currentThread().getId() : following[participant].getId());
    }

    /** The last iteration is the one whose allocation is told thread by thread. */
    @Setup(Level.Iteration)
    public void count() {
        for (int participant = 0; participant <= followers; participant++) {
            allocatedBefore[participant] = allocated(participant);
        }
        measuredFrom = operations;
    }

    /** Prints what the followers' threads allocated in the last iteration; ends and removes everything. */
    @TearDown
    public void close() throws InterruptedException {
        final long count = operations - measuredFrom;
        for (int participant = 0; participant < followers; participant++) {
            final long bytes = allocated(participant) - allocatedBefore[participant];
            System.out.printf("# follower-%d allocated bytes=%d operations=%d%n", participant, bytes, count);
        }
        final long own = allocated(followers) - allocatedBefore[followers];
        System.out.printf("# instigator allocated bytes=%d operations=%d (JMH's own included)%n", own, count);
        over = true;
        for (final Thread thread : following) {
            thread.join();
        }
        group.shutdownInstanceGroup();
        bench.close();
    }

    /** Lease, linker state, one slot more, broadcast, everything given back. */
    @Benchmark
    public int operation() {
        operations++;
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int index = state.growTable(1);
            group.synchronizeAllocateFunctionTable(state, index, 1);
            return index;
        }
    }
}
