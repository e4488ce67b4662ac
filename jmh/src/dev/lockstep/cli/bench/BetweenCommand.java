package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jmh/between}: Lockstep and what one would take instead, between two JVMs. */
@Command(
        name = "jmh/between",
        sortOptions = false,
        description = {
            "Measures Lockstep between two JVMs beside what one would take instead: locks, taken and given back by one"
                    + " process and by both; buses, from telling the other process something to its having taken it in."
                    + " Each contestant has two JVMs of its own, pinned to a processor each where that is possible, which"
                    + " also play ping-pong on one cache line, the floor. What cannot be measured here is said, with the"
                    + " reason.",
            "",
            "Keeps table and JSON as jmh/results/DATE-jdkN-between.txt and .json. Leave the machine alone meanwhile."
        },
        footer = {
            "",
            "Exits with 0 whatever is measured, with 1 if something that can be measured here failed, with 2 if the"
                    + " command line is not understood."
        })
final class BetweenCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Measure for a shorter time, and less exactly.")
    private boolean quick;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Measure these contestants only.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "List the contestants and end.")
    private boolean list;

    @Option(names = "--json", paramLabel = "F", description = "Write the JSON to this file.")
    private Path json;

    @Option(names = "--note", paramLabel = "TEXT", description = "Add a line to the header.")
    private List<String> notes = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and end.")
    private boolean help;

    private BetweenCommand() {}

    /**
     * Runs the command and ends the JVM.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        System.exit(new CommandLine(new BetweenCommand()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        final PrintWriter out = spec.commandLine().getOut();
        if (list) {
            Contests.ALL.forEach(contest -> out.printf("%-24s %s%n", contest.name(), contest.text()));
            out.flush();
            return 0;
        }
        final List<Contest> contests = contests();
        final BetweenPlan plan = quick ? BetweenPlan.QUICK : BetweenPlan.FULL;
        final Pinning pinning = Pinning.find();
        final List<String> header = new ArrayList<>(Machine.text());
        header.addAll(notes);
        header.add("plan: " + plan.text());
        header.add(pinning.text());
        header.add("closed loop: the next call begins when the last one has ended, nothing is corrected for coordinated"
                + " omission; uncontended: means of batches of 100 us, percentiles of batches; contended: time from asking"
                + " to having, by both, held for about 1 us and not asked for about as long; share: of the process that"
                + " had it less often");
        final BetweenReport report = new BetweenReport(header);
        report.head().forEach(out::println);
        out.flush();
        final boolean failed = measure(contests, plan, pinning, report, out);
        if (json != null) {
            Files.writeString(json, report.json());
        }
        return failed ? 1 : 0;
    }

    private List<Contest> contests() {
        try {
            return only.isEmpty()
                    ? Contests.ALL
                    : only.stream().map(Contests::named).toList();
        } catch (final IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), "--only: " + unknown.getMessage());
        }
    }

    /** {@return whether one of them failed} */
    private static boolean measure(
            final List<Contest> contests,
            final BetweenPlan plan,
            final Pinning pinning,
            final BetweenReport report,
            final PrintWriter out)
            throws IOException, InterruptedException {
        boolean failed = false;
        for (final Contest contest : contests) {
            final String missing = contest.need().missing();
            if (missing != null) {
                out.println(report.skip(contest, missing));
            } else {
                // a directory each: what one leaves in memory is gone when the next one comes
                try (Scratch scratch = Scratch.create("lockstep-between-")) {
                    final Collection<BetweenTimes> times =
                            new BetweenForks(scratch.directory(), plan, pinning).hold(contest);
                    report.add(contest, times).forEach(out::println);
                } catch (final BenchFailedException failure) {
                    failed = true;
                    report.skip(contest, "failed: " + failure.getMessage());
                    out.println(contest.name() + " failed: " + failure.getMessage());
                }
            }
            out.flush();
        }
        return failed;
    }
}
