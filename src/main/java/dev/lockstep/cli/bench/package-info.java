/**
 * The benchmark of the command line: what Lockstep costs beside a floor or beside what would be taken instead, as ratios of
 * one run on one machine.
 *
 * <p>A row of the table is a {@code Measurement}, listed in {@code Measurements}. Its {@code measure} runs in the launcher
 * and starts JVMs by way of {@code Forks}; in each of them {@code BenchWorker} runs the same measurement's {@code work},
 * which reports numbers. What is compared is measured in the same JVM, or the same two, in turn. Code that costs nanoseconds
 * is timed by {@code Timing}; what waits for other threads is timed call by call into an HdrHistogram, in segments
 * ({@code Segments}). Nothing here knows JMH; {@link dev.lockstep.cli.bench.HeapLinker}, the origin's protocol on the heap, is
 * public so that the benchmarks in {@code jmh} can use it too.
 */
package dev.lockstep.cli.bench;
