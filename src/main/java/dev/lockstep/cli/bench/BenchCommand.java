package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lockstep bench}: measures what Lockstep costs, beside floors and alternatives, and compares with goals. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures Lockstep beside what it cannot be faster than, and beside what one would take instead, in the same run:"
                    + " in JVMs of its own, within one and between two. Prints a table with a ratio, its goal and a verdict"
                    + " a row, the number compared with beside it. Ratios are what counts: leave the machine alone"
                    + " meanwhile.",
            "",
            "Exits with 0 whatever is measured, with 1 if it could not be."
        },
        footer = {
            "",
            "The JSON is a list of one object a row: name, value, unit, against, ratio, goal, met. A ratio is value divided by"
                    + " what \"against\" names, measured beside it; against \"absolute\" the value is divided by a limit, and"
                    + " the goal is 1. A floor is compared with itself. \"met\" says that the ratio is no more than the goal and that the"
                    + " row's other conditions, which the table shows, hold too. Smaller is better everywhere."
        })
public final class BenchCommand implements Callable<Integer> {
    private final BenchPlan given;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Measure for less than 50 seconds, and less exactly.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "F", description = "Write the rows to a file, as JSON.")
    private Path json;

    @Option(names = "--svg", paramLabel = "F", description = "Write a bar chart of the rows to a file, as SVG.")
    private Path svg;

    @Option(names = "--only", paramLabel = "ROW", split = ",", description = "Measure these rows only.")
    private List<String> only = List.of();

    /** Made by picocli. */
    public BenchCommand() {
        this(null);
    }

    /** Measures as planned, whatever the options say. */
    BenchCommand(final BenchPlan given) {
        this.given = given;
    }

    @Override
    public Integer call() throws Exception {
        final List<Measurement> measurements = measurements();
        final BenchPlan plan = given != null ? given : quick ? BenchPlan.QUICK : BenchPlan.FULL;
        final Pinning pinning = Pinning.find();
        final List<String> machine = Machine.text();
        final List<String> header = new ArrayList<>(machine);
        header.add("plan: " + plan.text());
        header.add(pinning.text()
                + "; closed loop: the next call begins when the last one has ended, nothing is corrected for"
                + " coordinated omission");
        final List<Row> rows = measure(measurements, plan, pinning);
        final BenchReport report = new BenchReport(header, rows);
        final PrintWriter out = spec.commandLine().getOut();
        out.println(report.text());
        out.flush();
        write(json, report.json());
        write(svg, Chart.of(rows, String.join(" · ", machine)));
        return 0;
    }

    private List<Measurement> measurements() {
        try {
            return only.isEmpty()
                    ? Measurements.ALL
                    : only.stream().map(Measurements::named).toList();
        } catch (final IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), "--only: " + unknown.getMessage());
        }
    }

    private List<Row> measure(final List<Measurement> measurements, final BenchPlan plan, final Pinning pinning)
            throws Exception {
        try (Scratch scratch = Scratch.create("lockstep-bench-")) {
            final Thread hook = new Thread(() -> removeQuietly(scratch), "bench-end");
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                return measure(measurements, new Forks(scratch.directory(), plan, pinning));
            } finally {
                unhook(hook);
            }
        }
    }

    /** Whoever presses ctrl-C ends all JVMs at once, and nobody else removes what they leave. */
    private static void removeQuietly(final Scratch scratch) {
        try {
            scratch.close();
        } catch (final IOException e) {
            System.err.println("lockstep: scratch directory can't be removed: " + e);
        }
    }

    private static void unhook(final Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The JVM is ending: the hook runs.
        }
    }

    private List<Row> measure(final List<Measurement> measurements, final Forks forks) throws Exception {
        final PrintWriter err = spec.commandLine().getErr();
        final List<Row> rows = new ArrayList<>();
        for (final Measurement measurement : measurements) {
            err.println("measuring " + measurement.name() + " ...");
            err.flush();
            rows.add(measurement.measure(forks));
        }
        return rows;
    }

    private static void write(final Path file, final String text) throws IOException {
        if (file != null) {
            Files.writeString(file, text);
        }
    }
}
