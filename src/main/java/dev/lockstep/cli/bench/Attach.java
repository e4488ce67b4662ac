package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import java.nio.file.Path;

/**
 * From the call that starts a JVM to its first lease of a universe that is there ({@link AttachProbe}), against a JVM that only
 * loads Agrona and maps the same file ({@link MapProbe}). Each prints a line when it is there, and the time is taken when the
 * launcher has that line. Both have the flags that the library needs and no others, and the JDK's own class data archive. The
 * journal is empty and nobody writes to it, so nobody loads Chronicle Bytes. They take turns; medians.
 */
final class Attach implements Measurement {
    private static final String BASELINE = "agrona_and_map";
    private static final double GOAL = 1.5;
    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public String name() {
        return "attach";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Path directory = forks.directory(name());
        forks.inFresh(this, directory, 0);
        final String universe = directory.resolve("universe").toString();
        final double[] attached = new double[forks.plan().starts()];
        final double[] mapped = new double[attached.length];
        for (int i = 0; i < attached.length; i++) {
            mapped[i] = forks.timeToFirstLine(MapProbe.class, MapProbe.WORD, universe);
            attached[i] = forks.timeToFirstLine(AttachProbe.class, AttachProbe.WORD, universe);
        }
        return Row.ratio(
                name(),
                Timing.median(attached) / NANOS_PER_MILLI,
                "ms",
                BASELINE,
                Timing.median(mapped) / NANOS_PER_MILLI,
                GOAL);
    }

    /** Makes the universe: bootstrapped, without an operation. */
    @Override
    public void work(final Work work) throws Exception {
        try (BenchUniverse bench = BenchUniverse.open(work.directory(), 0)) {
            final InstanceGroup main = bench.universe().bootstrap(new CountingReplica(), state -> null);
            main.shutdownInstanceGroup();
        }
    }
}
