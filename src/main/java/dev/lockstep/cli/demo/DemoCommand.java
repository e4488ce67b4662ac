package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.LaunchFailedException;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lockstep demo}: several JVMs run one real WebAssembly program in lockstep, and are checked against one. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs web-tree-sitter, a real WebAssembly program, with several instance groups in several JVMs on one linear"
                    + " memory. They parse a corpus of source files; whichever group first meets a file type loads the"
                    + " grammar for it, into all groups of all JVMs.",
            "",
            "Every tree is compared with that of a run of one group in one JVM, and the groups' function tables with each"
                    + " other. Exits with 1 on any difference, or if a JVM fails.",
            "",
            "Where npm or the network is missing, the program is one of Lockstep's own in C, with a scanner for each file"
                    + " type, which all groups run at the same time."
        },
        footer = {
            "",
            "The JSON object has: jvms, groups (over all JVMs, as many as fingerprints), files, parses, mismatches,"
                    + " modules (the main module included), operations, fingerprints, fingerprints_equal, round_p50_us,"
                    + " round_p99_us, wall_s, real_modules, dlopen_coordination_share (0.01 = 1 %%), dlopen_ms and"
                    + " coordination_ms (over all loads); then, not to be relied on, what else the table shows."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final List<String> OWN_SOURCES = List.of("src", "jmh", "corpus");
    private static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--jvms",
            paramLabel = "M",
            defaultValue = "2",
            description = "Number of JVMs (default: ${DEFAULT-VALUE}).")
    private int jvms;

    @Option(
            names = "--groups",
            paramLabel = "N",
            defaultValue = "2",
            description = "Number of instance groups in each JVM (default: ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--passes",
            paramLabel = "N",
            defaultValue = "1",
            description = "How often every file is parsed, by another group each time (default: ${DEFAULT-VALUE}).")
    private int passes;

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description = "Directory with the source files (default: Lockstep's own sources and its sample files)."
                    + " Files over 64 KiB are skipped and counted.")
    private Path corpus;

    @Option(
            names = "--modules",
            paramLabel = "DIR",
            description = "The node_modules that holds the WebAssembly modules (default: what bin/fetch-modules has"
                    + " fetched), or the directory of Lockstep's own.")
    private Path modules;

    @Option(
            names = "--own-modules",
            paramLabel = "WHY",
            arity = "0..1",
            defaultValue = "",
            fallbackValue = "they were asked for",
            description = "Run Lockstep's own modules, also where npm is there; the reason is printed.")
    private String whyOwn;

    @Option(
            names = "--universe",
            paramLabel = "DIR",
            description =
                    "Directory for the universe's files, empty or not there yet; kept (default: a temporary one).")
    private Path universe;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    /** Made by picocli. */
    public DemoCommand() {}

    /**
     * Runs the demonstration.
     *
     * @return the exit status.
     */
    @Override
    public Integer call() throws IOException, LaunchFailedException, InterruptedException {
        checkNumbers();
        final Corpus files = corpus();
        final DemoProgram found = DemoProgram.in(!whyOwn.isEmpty(), modules());
        checkLanguages(found, files);
        checkUniverse();
        final PrintWriter err = spec.commandLine().getErr();
        final Scratch scratch = Scratch.create("lockstep-demo-");
        final DemoPlan plan = new DemoPlan(
                jvms,
                groups,
                passes,
                universe == null ? scratch.directory().resolve("universe") : universe.toAbsolutePath(),
                whyOwn,
                found.directory().toAbsolutePath(),
                files);
        progress(
                err,
                jvms + " jvms x " + groups + " groups, files=" + files.files().size() + " passes=" + passes
                        + " universe=" + plan.universe());
        try (DemoLauncher launcher =
                new DemoLauncher(plan, scratch, DemoLauncher.PATIENCE, line -> progress(err, line))) {
            final Optional<DemoReport> report = launcher.runUntilSignal();
            report.ifPresent(this::print);
            return report.map(made -> made.isGood() ? 0 : 1).orElse(INTERRUPTED);
        }
    }

    private static void progress(final PrintWriter err, final String line) {
        err.println("demo: " + line);
        err.flush();
    }

    private void print(final DemoReport report) {
        final PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.toJson());
            if (!report.isGood()) {
                report.problems().forEach(line -> progress(spec.commandLine().getErr(), line));
            }
        } else {
            report.toTable().forEach(out::println);
        }
        out.flush();
    }

    private void checkNumbers() {
        inRange("--jvms", jvms, DemoPlan.MAX_JVMS);
        inRange("--groups", groups, DemoPlan.MAX_GROUPS);
        inRange("--passes", passes, DemoPlan.MAX_PASSES);
        if (jvms * groups > DemoPlan.MAX_GROUPS) {
            throw refused("too many groups: jvms=" + jvms + " groups=" + groups + ", choose at most "
                    + DemoPlan.MAX_GROUPS + " over all JVMs");
        }
    }

    private void inRange(final String option, final int value, final int most) {
        if (value < 1 || value > most) {
            throw refused("option out of range: " + option + "=" + value + ", choose from 1 to " + most);
        }
    }

    private ParameterException refused(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty("lockstep.home")).map(Path::of);
    }

    private Path ownOr(final Path given, final String option, final String own) {
        if (given != null) {
            if (!Files.isDirectory(given)) {
                throw refused("directory not found: " + option + "=" + given);
            }
            return given;
        }
        return home().map(home -> home.resolve(own))
                .orElseThrow(() -> refused(
                        "lockstep does not know where it lives: give " + option + ", or start it by bin/lockstep"));
    }

    private Corpus corpus() throws IOException {
        final Path root = ownOr(corpus, "--corpus", "").toAbsolutePath().normalize();
        final Corpus found;
        try {
            found = corpus == null ? Corpus.below(root, OWN_SOURCES) : Corpus.below(root);
        } catch (final IOException e) {
            throw new IOException("corpus can't be read: " + e, e);
        }
        if (found.files().isEmpty()) {
            throw refused("corpus has no file of a known type: directory=" + root + " tooLarge=" + found.tooLarge()
                    + ", known are " + Language.extensionsOfAll());
        }
        return found;
    }

    private Path modules() {
        return ownOr(modules, "--modules", whyOwn.isEmpty() ? ".lockstep/npm/node_modules" : Scanners.HOME);
    }

    private static void checkLanguages(final DemoProgram program, final Corpus corpus) throws IOException {
        for (final Language language :
                corpus.files().stream().map(Corpus.Entry::language).distinct().toList()) {
            program.require(language);
        }
    }

    private void checkUniverse() throws IOException {
        if (universe == null || !Files.exists(universe)) {
            return;
        }
        if (!Files.isDirectory(universe)) {
            throw refused("not a directory: --universe=" + universe);
        }
        try (Stream<Path> files = Files.list(universe)) {
            if (files.findAny().isPresent()) {
                throw refused("directory is not empty: --universe=" + universe
                        + ", the demo makes a universe of its own: choose another directory, or remove this one if"
                        + " nobody uses it");
            }
        }
    }
}
