package dev.lockstep.bench;

import org.openjdk.jmh.annotations.Threads;

/** {@link ContendedLockBenchmark} with eight threads. */
@Threads(8)
public class ContendedEightBenchmark extends ContendedLockBenchmark {}
