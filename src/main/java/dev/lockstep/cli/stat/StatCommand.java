package dev.lockstep.cli.stat;

import dev.lockstep.linker.UniverseSnapshot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lockstep stat}: shows who is in a universe, what is going on, and for whom others wait. */
@Command(
        name = "stat",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows a universe at this moment: its processes and groups, the operation that is under way, who holds the"
                    + " topology lease and the linker state, and which groups others wait for.",
            "",
            "Only reads: takes no lock, attaches nothing, and nobody who is attached notices. Exits with 1 if the directory"
                    + " holds no universe."
        },
        footer = {
            "",
            "The JSON object has: id, operation {sequence, round, phase, stopped_ms, abort_code, abort_group, bootstrapped},"
                    + " lease {owner, grant, waiting}, state_lock {version, writer, orphaned, readers}, processes [{index,"
                    + " generation, pid, namespace, attached_at, running}], groups [{slot, generation, process, state,"
                    + " thread, thread_name, applied, behind, arrived, since_answered_ms}], modules [{handle, state,"
                    + " owner}], journal_bytes, journal_capacity, stalls [{kind, group, process, pid, thread, thread_name,"
                    + " state, stalled_ms, since_answered_ms}]. A slot of -1 is nobody's."
        })
public final class StatCommand implements Callable<Integer> {
    private static final Duration STALL = Duration.ofSeconds(1);

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "Directory of the universe.")
    private Path directory;

    @Option(names = "--json", description = "Print one JSON object instead.")
    private boolean json;

    /** Made by picocli. */
    public StatCommand() {}

    @Override
    public Integer call() throws IOException {
        final StatReport report = new StatReport(UniverseSnapshot.of(directory), STALL);
        final PrintWriter out = spec.commandLine().getOut();
        out.println(json ? report.json() : report.text());
        out.flush();
        return 0;
    }
}
