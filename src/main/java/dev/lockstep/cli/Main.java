package dev.lockstep.cli;

import dev.lockstep.cli.bench.BenchCommand;
import dev.lockstep.cli.demo.DemoCommand;
import dev.lockstep.cli.grammars.GrammarsCommand;
import dev.lockstep.cli.stat.StatCommand;
import dev.lockstep.cli.torture.TortureCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code lockstep} command.
 *
 * <p>Exits with what the subcommand answers, with 1 if it fails (one line on standard error says why; its stack trace
 * too with {@code -Dlockstep.stacktrace=true}), with 2 if the command line is wrong.
 */
@Command(
        name = "lockstep",
        description = "Keeps the instance groups of a WebAssembly process in lockstep while modules are loaded.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            GrammarsCommand.class,
            StatCommand.class,
            TortureCommand.class,
            BenchCommand.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Made by picocli, once a command line. */
    public Main() {}

    /**
     * Runs a command line and ends the JVM with its exit status.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** {@return a parser that knows every subcommand; for one command line} */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(new OneLine())
                .setParameterExceptionHandler(Main::explain);
    }

    /** What is wrong and where to look; all options would bury it. */
    private static int explain(final ParameterException wrong, final String[] arguments) {
        final CommandLine command = wrong.getCommandLine();
        final PrintWriter err = command.getErr();
        err.println(wrong.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(wrong, err)) {
            err.println("try: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** Called when no subcommand is named, which is wrong. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            final String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "lockstep " + (version == null ? "(not from a jar)" : version),
                "jvm " + Runtime.version() + " on " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch")
            };
        }
    }

    private static final class OneLine implements IExecutionExceptionHandler {
        @Override
        public int handleExecutionException(
                final Exception failure, final CommandLine command, final ParseResult parsed) {
            final PrintWriter err = command.getErr();
            err.println("lockstep: " + (failure.getMessage() == null ? failure : failure.getMessage()));
            if (Boolean.getBoolean("lockstep.stacktrace")) {
                failure.printStackTrace(err);
            }
            err.flush();
            return CommandLine.ExitCode.SOFTWARE;
        }
    }
}
