package dev.lockstep.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Bytes that the benchmark's own thread has allocated in an iteration: JMH's gc profiler counts all threads, its own
 * included, so that an operation of microseconds never comes to nought with it.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class ThreadAllocation {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long before;

    /** Bytes in the iteration, the few of the measuring included. */
    public long threadBytes;

    /** The measured iteration begins. */
    @Setup(Level.Iteration)
    public void begin() {
        before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** The measured iteration is over. */
    @TearDown(Level.Iteration)
    public void end() {
        threadBytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }
}
