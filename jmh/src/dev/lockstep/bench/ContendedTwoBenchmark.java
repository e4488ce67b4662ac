package dev.lockstep.bench;

import org.openjdk.jmh.annotations.Threads;

/** {@link ContendedLockBenchmark} with two threads. */
@Threads(2)
public class ContendedTwoBenchmark extends ContendedLockBenchmark {}
