package dev.lockstep.cli.torture;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lockstep torture}: kills JVMs while they work on a universe, and looks whether that can be seen. */
@Command(
        name = "torture",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts JVMs that work on one universe: leases, reads, writes, operations, mutexes, safe regions, joins and"
                    + " leaves. Kills them by SIGKILL, at random moments and at chosen writes, starts others in their place,"
                    + " and compares what everybody has seen with the journal. Some are suspended for a while, some are in a"
                    + " pid namespace of their own (as root).",
            "",
            "Exits with 1 if anything was found that must not be."
        },
        footer = {
            "",
            "The JSON object has: kills, by_role {…}; what must be zero: stuck, lost, duplicated, reordered, double_grants,"
                    + " false_deaths, stale_writes, failures; detection_ms {p50, p99, max}, from the kill of the lease's owner"
                    + " to the next owner; floor_ms {p50, p99, max}, from the kill to a lock that the kernel has freed; both while no"
                    + " JVM starts;"
                    + " operations, seed; then, not to be relied on, more of the run: after_floor_ms is what detection took"
                    + " from the moment on at which the kernel had freed the victim's lock.",
            "Faults: stuck, lost, duplicated, reordered, double_grants, false_deaths, stale_writes."
        })
public final class TortureCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--kills",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many JVMs to kill (default: ${DEFAULT-VALUE}).")
    private long kills;

    @Option(
            names = "--jvms",
            paramLabel = "M",
            defaultValue = "3",
            description = "Number of JVMs at the same time, from 2 to 16 (default: ${DEFAULT-VALUE}).")
    private int jvms;

    @Option(
            names = "--groups",
            paramLabel = "N",
            defaultValue = "2",
            description = "Number of instance groups in each JVM, from 1 to 8 (default: ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description =
                    "Seed of all that is decided at random (default: the time). The same seed makes the same choices,"
                            + " but not the same timing.")
    private Long seed;

    @Option(
            names = "--minutes",
            paramLabel = "T",
            defaultValue = "0",
            description = "Ends after so long, whatever was killed until then (default: however long it takes).")
    private double minutes;

    @Option(names = "--inject", paramLabel = "FAULT", description = "Brings a fault about, to see it found.")
    private String fault;

    @Option(
            names = "--joins",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Kills nobody; instead groups join and leave N times in all while operations are made, up to 1,000"
                            + " a universe.")
    private long joins;

    @Option(names = "--json", description = "Print one JSON object instead.")
    private boolean json;

    /** Made by picocli. */
    public TortureCommand() {}

    @Override
    public Integer call() throws Exception {
        final TorturePlan plan = new TorturePlan(
                inRange("--kills", kills, 1, 1_000_000),
                (int) inRange("--jvms", jvms, 2, 16),
                (int) inRange("--groups", groups, 1, 8),
                seed == null ? System.currentTimeMillis() : seed,
                (long) (minutes * TimeUnit.MINUTES.toNanos(1)),
                fault(),
                inRange("--joins", joins, 0, 1_000_000_000));
        final PrintWriter err = spec.commandLine().getErr();
        final Tally tally;
        try (TortureLauncher launcher = new TortureLauncher(plan)) {
            tally = launcher.run();
        }
        tally.texts.forEach(err::println);
        err.flush();
        final TortureReport report = new TortureReport(plan, tally);
        final PrintWriter out = spec.commandLine().getOut();
        out.println(json ? report.json() : report.text());
        out.flush();
        return tally.isClean() ? 0 : 1;
    }

    private long inRange(final String option, final long value, final long least, final long most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " is out of range: " + value + ", choose from " + least + " to " + most);
        }
        return value;
    }

    private Fault fault() {
        if (fault == null) {
            return Fault.NONE;
        }
        try {
            return Fault.named(fault);
        } catch (final IllegalArgumentException unknown) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--inject: no such fault: " + fault + ", choose from "
                            + Arrays.stream(Fault.values())
                                    .filter(known -> known != Fault.NONE)
                                    .map(known -> known.name().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining(", ")));
        }
    }
}
