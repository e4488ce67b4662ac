package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.LauncherLink;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;

/** What a JVM of a measurement is to do, and where it reports to. */
final class Work {
    private final LauncherLink link;
    private final Path directory;
    private final BenchPlan plan;
    private final int role;

    Work(final LauncherLink link, final Path directory, final BenchPlan plan, final int role) {
        this.link = link;
        this.directory = directory;
        this.plan = plan;
        this.role = role;
    }

    /** {@return directory of the measurement, shared by its JVMs} */
    Path directory() {
        return directory;
    }

    BenchPlan plan() {
        return plan;
    }

    /** {@return which JVM of the measurement this is, from 0} */
    int role() {
        return role;
    }

    void report(final String name, final double number) {
        link.say(Results.WORD, name, number);
    }

    /** Reports percentiles, in ns, and of how many. */
    void report(final String name, final Histogram histogram) {
        report(name + Results.COUNT, histogram.getTotalCount());
        for (final Percentile percentile : Percentile.values()) {
            report(percentile.of(name), histogram.getValueAtPercentile(percentile.percent));
        }
    }
}
