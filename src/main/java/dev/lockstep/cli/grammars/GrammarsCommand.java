package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.DemoModules;
import dev.lockstep.cli.launch.LaunchFailedException;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lockstep grammars}: every grammar there is, loaded by all in random order while groups come and go. */
@Command(
        name = "grammars",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Loads every grammar of tree-sitter-wasms but lua (its trees differ from run to run) in several groups in several"
                    + " JVMs, in each in another order, and parses a sample with each. Meanwhile further groups are spawned, use"
                    + " a few grammars, unload some of them and leave, again and again.",
            "",
            "Every tree is compared with that of one group in one JVM, every address with the other groups', and at the end all"
                    + " function tables, also those of groups that join then. Exits with 1 on any difference, or if a JVM fails."
        },
        footer = {
            "",
            "The JSON object has: grammars, jvms, groups (over all JVMs), spawned, left, loads, parses, mismatches,"
                    + " fingerprints_equal, seed, interpreted_functions, seconds; then, not to be relied on, more."
        })
public final class GrammarsCommand implements Callable<Integer> {
    private static final int INTERRUPTED = 130;

    /** Two linear memories and two stores of all modules. */
    private static final long ROOM = 512L << 20;

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
            description = "Number of groups in each JVM that load every grammar (default: ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            description = "Grammars to take instead of all, such as json,yaml.")
    private List<String> only = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the orders (default: another one each time).")
    private Long seed;

    @Option(
            names = "--modules",
            paramLabel = "DIR",
            description = "The node_modules that holds the WebAssembly modules (default: what bin/fetch-modules has"
                    + " fetched).")
    private Path modules;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    /** Made by picocli. */
    public GrammarsCommand() {}

    /**
     * Runs it.
     *
     * @return the exit status.
     */
    @Override
    public Integer call() throws IOException, LaunchFailedException, InterruptedException {
        inRange("--jvms", jvms, GrammarsPlan.MAX_JVMS);
        inRange("--groups", groups, GrammarsPlan.MAX_GROUPS);
        if (jvms * groups > GrammarsPlan.MAX_GROUPS) {
            throw refused("too many groups: jvms=" + jvms + " groups=" + groups + ", choose at most "
                    + GrammarsPlan.MAX_GROUPS + " over all JVMs");
        }
        final Path home = home();
        final DemoModules found =
                DemoModules.in(modules == null ? home.resolve(".lockstep/npm/node_modules") : modules);
        final Path support = home.resolve("demo/c/modules/grammar_support.wasm");
        if (!Files.isRegularFile(support)) {
            throw new NoSuchFileException(support.toString(), null, "module not found, run demo/c/build");
        }
        final List<Grammar> grammars =
                chosen(GrammarFiles.in(found.directory().toAbsolutePath(), home.resolve("corpus")));
        final Scratch scratch = Scratch.create("lockstep-grammars-", ROOM);
        final GrammarsPlan plan = new GrammarsPlan(
                jvms,
                groups,
                seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed,
                scratch.directory().resolve("universe"),
                found.main().toAbsolutePath(),
                support,
                grammars);
        progress(jvms + " jvms x " + groups + " groups, grammars=" + grammars.size() + " seed=" + plan.seed()
                + " universe=" + plan.universe());
        try (GrammarsLauncher launcher =
                new GrammarsLauncher(plan, scratch, GrammarsLauncher.PATIENCE, this::progress)) {
            final Optional<GrammarsReport> report = launcher.runUntilSignal();
            report.ifPresent(this::print);
            return report.map(made -> made.isGood() ? 0 : 1).orElse(INTERRUPTED);
        }
    }

    private List<Grammar> chosen(final List<Grammar> all) {
        final TreeSet<String> missing = new TreeSet<>(only);
        all.forEach(grammar -> missing.remove(grammar.name()));
        if (!missing.isEmpty()) {
            throw refused("no such grammar: --only=" + String.join(",", missing) + ", there are "
                    + all.stream().map(Grammar::name).toList());
        }
        return only.isEmpty()
                ? all
                : all.stream().filter(grammar -> only.contains(grammar.name())).toList();
    }

    private void progress(final String line) {
        final PrintWriter err = spec.commandLine().getErr();
        err.println("grammars: " + line);
        err.flush();
    }

    private void print(final GrammarsReport report) {
        final PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.toJson());
            report.problems().forEach(this::progress);
        } else {
            report.toLines().forEach(out::println);
        }
        out.flush();
    }

    private void inRange(final String option, final int value, final int most) {
        if (value < 1 || value > most) {
            throw refused("option out of range: " + option + "=" + value + ", choose from 1 to " + most);
        }
    }

    private ParameterException refused(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Path home() {
        final String home = System.getProperty("lockstep.home");
        if (home == null) {
            throw refused("lockstep does not know where it lives: start it by bin/lockstep");
        }
        return Path.of(home).toAbsolutePath();
    }
}
