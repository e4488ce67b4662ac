package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.ModuleCache;
import dev.lockstep.engine.loader.ModuleSource;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;

/**
 * Main class of a JVM with groups. Arguments: the launcher's scratch directory and the JVM's number, from 0.
 *
 * <p>The main thread hears what the launcher says and passes it on; each group has a thread of its own.
 */
final class GrammarsWorker {
    private GrammarsWorker() {}

    /**
     * Runs this JVM's groups.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final LauncherLink link = new LauncherLink(Path.of(arguments[0]));
        try {
            run(link, GrammarsPlan.load(Path.of(arguments[0])), Integer.parseInt(arguments[1]));
        } catch (final Throwable failure) {
            link.fail("jvm " + arguments[1], failure);
        }
        link.sayGoodbye();
        link.next();
        System.exit(0);
    }

    private static void run(final LauncherLink link, final GrammarsPlan plan, final int jvm) throws Exception {
        try (Universe universe = Universe.open(UniverseConfig.at(plan.universe()));
                GuestProcess process = GuestProcess.open(
                        universe.directory(),
                        ModuleSource.of(plan.main()),
                        ModuleCache.shared(ChicoryEngine.INSTANCE),
                        plan.options());
                ModulePreparation preparation = ModulePreparation.start(universe, process)) {
            final Home home = new Home(link, plan, jvm, universe, process, preparation);
            if (jvm == 0) {
                home.start(new Member(home, 0, Kind.RESIDENT, Arrival.first()));
            }
            pass(link, home);
            home.awaitEnd();
        }
    }

    private static void pass(final LauncherLink link, final Home home) {
        while (true) {
            final Line line = link.next();
            switch (line.word()) {
                case "claim" ->
                    home.start(new Member(
                            home, line.intField(0), Kind.valueOf(line.field(1)), Arrival.with(line.field(2))));
                case "invite", "gone" -> home.residents().get(line.intField(0)).tell(line);
                case "walk", "settle" -> home.residents().values().forEach(resident -> resident.tell(line));
                case "stop" -> {
                    home.residents().values().forEach(resident -> resident.tell(line));
                    return;
                }
                default -> throw new IllegalArgumentException("launcher is not understood: line=" + line.text());
            }
        }
    }
}
