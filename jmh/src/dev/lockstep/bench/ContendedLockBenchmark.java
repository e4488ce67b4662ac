package dev.lockstep.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A lock asked for by several threads of one JVM: taken, held for a little work, given back, then a little work without it.
 * As throughput (all threads together) and as the time of one round, waiting and both works in it.
 */
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
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
public abstract class ContendedLockBenchmark {
    private static final int HELD_TOKENS = 200;
    private static final int FREE_TOKENS = 200;

    /** One round. */
    @Benchmark
    public void round(final Contended contended, final Contended.Asking asking) {
        asking.contender.take();
        final long before = contended.entered;
        Blackhole.consumeCPU(HELD_TOKENS);
        contended.entered = before + 1;
        asking.contender.give();
        asking.rounds++;
        Blackhole.consumeCPU(FREE_TOKENS);
    }
}
