package dev.lockstep.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One operation from the instigator's call to its return, when the last follower has applied it, by Lockstep and by what one
 * would take instead in one JVM. Whoever polls spins a little and then yields; the JDK's barriers and latches park.
 */
@State(Scope.Thread)
@Threads(1)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsPrepend = {
            "--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports", "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens", "java.base/java.lang.reflect=ALL-UNNAMED"
        })
public class OperationBusBenchmark {
    /** By what. */
    @Param({
        "lockstep_two_rendezvous",
        "lockstep_one_rendezvous",
        "heap_linker",
        "cyclic_barrier",
        "phaser",
        "latch_pairs",
        "disruptor"
    })
    public String bus;

    /** Threads beside the instigator's. */
    @Param({"1", "7"})
    public int followers;

    private Bus opened;

    /** Starts the followers. */
    @Setup
    public void open() throws InterruptedException {
        opened = Buses.named(bus, followers);
    }

    /** Ends them, and compares what they have applied with what they were told. */
    @TearDown
    public void close() throws InterruptedException {
        opened.close();
    }

    /** One operation. */
    @Benchmark
    public void operation() {
        opened.operate();
    }
}
