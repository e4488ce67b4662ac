package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.Verdict;
import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.ModuleCache;
import dev.lockstep.engine.loader.ModuleSource;
import dev.lockstep.engine.loader.SoloLinker;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Main class of the JVM in which one group, without any coordination, does what every other is to come to. Arguments: the
 * launcher's scratch directory.
 */
final class ReferenceWorker {
    private ReferenceWorker() {}

    /**
     * Loads every grammar, parses its sample and says what came of it.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final Path scratch = Path.of(arguments[0]);
        final LauncherLink link = new LauncherLink(scratch);
        final Thread run = new Thread(() -> run(scratch, link), "group-reference");
        run.start();
        link.next();
        System.exit(0);
    }

    private static void run(final Path scratch, final LauncherLink link) {
        try {
            final GrammarsPlan plan = GrammarsPlan.load(scratch);
            try (GuestProcess process = GuestProcess.open(
                    Files.createDirectory(scratch.resolve("reference")),
                    ModuleSource.of(plan.main()),
                    ModuleCache.shared(ChicoryEngine.INSTANCE),
                    plan.options())) {
                run(link, plan, process);
            }
            link.sayGoodbye();
        } catch (final Throwable failure) {
            link.fail("reference run", failure);
        }
    }

    private static void run(final LauncherLink link, final GrammarsPlan plan, final GuestProcess process)
            throws IOException {
        final TreeSitterHost host = new TreeSitterHost();
        final GuestReplica replica = process.newReplica(host);
        final Session session = Session.alone(new SoloLinker(process, replica), replica, host, plan.support());
        for (final Grammar grammar : plan.grammars()) {
            final Session.Loaded loaded = session.load(grammar);
            final Optional<Verdict> verdict = session.parse(grammar, loaded);
            link.say("expect", Outcome.fields(grammar, loaded.version(), verdict));
        }
        session.endParsing();
        link.say("reference", replica.moduleCount(), replica.interpretedFunctions());
    }
}
