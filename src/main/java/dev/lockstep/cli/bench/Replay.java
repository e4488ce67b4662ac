package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What a JVM that joins late pays for the past: the journal holds 100,000 operations of 48 bytes, written by a JVM that has
 * gone, and a fresh JVM makes a group. Timed is the call that makes it, from the claim of a slot to running with everything
 * applied, by a replica that does next to nothing. Before that the same JVM has made a group of a universe with one operation:
 * the library's classes are loaded, but hardly any of the code is compiled. Chronicle Bytes is loaded by nobody, since a joiner
 * writes no journal. What it costs without that group, and what it costs when the code is compiled, is told beside it. Medians
 * of several JVMs; a limit and no ratio.
 */
final class Replay implements Measurement {
    private static final String COLD = "first";
    private static final String WARM = "again";
    private static final String SHORT = "short";
    private static final double LIMIT_MILLIS = 200;
    private static final int WRITER = 0;
    private static final int JOINER = 1;
    private static final int COLD_JOINER = 2;
    private static final long LONG_ENOUGH_MINUTES = 2;

    @Override
    public String name() {
        return "replay_100k";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Path directory = forks.directory(name());
        forks.inFresh(this, directory, WRITER);
        final double[] joined = new double[forks.plan().starts()];
        final double[] cold = new double[joined.length];
        final double[] warm = new double[joined.length];
        for (int i = 0; i < joined.length; i++) {
            final Results results = forks.inFresh(this, directory, JOINER);
            joined[i] = results.get(name());
            warm[i] = results.get(WARM);
            cold[i] = forks.inFresh(this, directory, COLD_JOINER).get(COLD);
        }
        return Row.limit(name(), Timing.median(joined), "ms", LIMIT_MILLIS)
                .remark(Numbers.text(
                        "as the first thing a JVM does, with all classes to load: %s ms", Timing.median(cold)))
                .remark(Numbers.text("once more in the same JVM: %s ms", Timing.median(warm)));
    }

    @Override
    public void work(final Work work) throws Exception {
        final int records = work.plan().replayRecords();
        final Path small = Files.createDirectories(work.directory().resolve(SHORT));
        switch (work.role()) {
            case WRITER -> {
                write(small, 1);
                write(work.directory(), records);
            }
            case JOINER -> {
                millisToJoin(small, 1);
                work.report(name(), millisToJoin(work.directory(), records));
                work.report(WARM, millisToJoin(work.directory(), records));
            }
            default -> work.report(COLD, millisToJoin(work.directory(), records));
        }
    }

    private static void write(final Path directory, final int records) throws IOException {
        try (BenchUniverse bench = BenchUniverse.open(directory, records)) {
            final InstanceGroup group = bench.bootstrap(); // by the first operation
            final long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONG_ENOUGH_MINUTES);
            Instigator.STOPPING.operate(group, until, records - 1, Segments.create());
            group.shutdownInstanceGroup();
        }
    }

    private static double millisToJoin(final Path directory, final int records) throws IOException {
        try (BenchUniverse bench = BenchUniverse.open(directory, records)) {
            return millisToJoin(bench, records);
        }
    }

    private static double millisToJoin(final BenchUniverse bench, final int records) {
        final long start = System.nanoTime();
        final InstanceGroup group = bench.join();
        final long end = System.nanoTime();
        if (group.appliedSequence() != records) {
            throw new IllegalStateException("journal is not what was to be replayed: applied=" + group.appliedSequence()
                    + " records=" + records);
        }
        group.shutdownInstanceGroup();
        return (end - start) / 1e6;
    }
}
