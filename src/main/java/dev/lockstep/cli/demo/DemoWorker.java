package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Main class of a JVM of the demonstration. Arguments: the launcher's scratch directory and the JVM's number, from 0.
 *
 * <p>The main thread hears what the launcher says and passes it on; each group has a thread of its own.
 */
final class DemoWorker {
    private static final long END_MILLIS = 30_000;

    private DemoWorker() {}

    /**
     * Runs this JVM's groups.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final LauncherLink link = new LauncherLink(Path.of(arguments[0]));
        try {
            run(link, DemoPlan.load(Path.of(arguments[0])), Integer.parseInt(arguments[1]));
        } catch (final Throwable failure) {
            link.fail("jvm " + arguments[1], failure);
        }
        link.sayGoodbye();
        link.next();
        System.exit(0);
    }

    private static void run(final LauncherLink link, final DemoPlan plan, final int jvm) throws Exception {
        final DemoProgram program = plan.program();
        try (Universe universe = Universe.open(UniverseConfig.at(plan.universe()));
                GuestProcess process = program.open(universe.directory());
                ModulePreparation preparation = ModulePreparation.start(universe, process)) {
            final WorkerGroup.Home home = new WorkerGroup.Home(link, plan, program, universe, process, preparation);
            final List<WorkerGroup> siblings = new ArrayList<>();
            for (int i = 1; i < plan.groupsPerJvm(); i++) {
                siblings.add(new WorkerGroup(home, jvm * plan.groupsPerJvm() + i, List.of()));
            }
            final WorkerGroup first = new WorkerGroup(home, jvm * plan.groupsPerJvm(), siblings);
            final List<WorkerGroup> all = new ArrayList<>(siblings);
            all.add(0, first);
            final List<Thread> threads = new ArrayList<>();
            for (final WorkerGroup group : all) {
                final Thread thread = new Thread(group, "group-" + group.number());
                thread.start();
                threads.add(thread);
            }
            pass(link, first, all);
            for (final Thread thread : threads) {
                thread.join(END_MILLIS);
                if (thread.isAlive()) {
                    throw new IllegalStateException("group does not end: thread=" + thread.getName());
                }
            }
        }
    }

    private static void pass(final LauncherLink link, final WorkerGroup first, final List<WorkerGroup> all) {
        while (true) {
            final Line line = link.next();
            switch (line.word()) {
                case "offer", "claim" -> first.tell(line);
                case "walk", "settle" -> all.forEach(group -> group.tell(line));
                case "stop" -> {
                    all.forEach(group -> group.tell(line));
                    return;
                }
                default -> throw new IllegalArgumentException("launcher is not understood: line=" + line.text());
            }
        }
    }
}
