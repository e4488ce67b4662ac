package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.LoadTimes;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.PreparedInstanceGroup;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A group of the demonstration, on its own thread: comes to be, walks its share of the corpus, tells its table's
 * fingerprint, and goes.
 *
 * <p>The first group of the first JVM bootstraps the universe and offers a place to the first group of every other JVM, by
 * a claim ticket that the launcher carries. The first group of each JVM hands a place to each of its siblings. Between the
 * launcher's commands a group waits in a safe region.
 */
final class WorkerGroup implements Runnable {
    /** What the groups of a JVM share. */
    record Home(
            LauncherLink link,
            DemoPlan plan,
            DemoProgram program,
            Universe universe,
            GuestProcess process,
            ModulePreparation preparation) {}

    private record Applied(long sequence, long beganNanos, long endedNanos) {}

    private final Home home;
    private final int number;
    private final List<WorkerGroup> siblings;
    private final BlockingQueue<Line> commands = new LinkedBlockingQueue<>();
    private final BlockingQueue<PreparedInstanceGroup> places = new LinkedBlockingQueue<>();
    private final List<Long> rounds = new ArrayList<>();
    private final List<LoadTimes> loads = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private final Set<Language> languages = EnumSet.noneOf(Language.class);
    private final DemoGuest guest;

    private volatile boolean joined;

    private GuestReplica replica;
    private InstanceGroup group;
    private UniverseLinker linker;
    private long waitedNanos;

    /**
     * Makes a group that has yet to join.
     *
     * @param home JVM of the group.
     * @param number of the group.
     * @param siblings that it makes places for, if it is the first of its JVM.
     */
    WorkerGroup(final Home home, final int number, final List<WorkerGroup> siblings) {
        this.home = home;
        this.number = number;
        this.siblings = siblings;
        guest = home.program().newGuest();
    }

    int number() {
        return number;
    }

    /** Passes on what the launcher said. From any thread. */
    void tell(final Line command) {
        commands.add(command);
    }

    @Override
    public void run() {
        try {
            replica = home.process().newReplica(guest.host());
            replica.timeApplied((sequence, began, ended) -> applied.add(new Applied(sequence, began, ended)));
            join();
            for (final WorkerGroup sibling : siblings) {
                makePlaceFor(sibling);
            }
            obey();
            group.shutdownInstanceGroup();
        } catch (final Throwable failure) {
            home.link().fail("group " + number, failure);
        }
    }

    private void join() throws InterruptedException, IOException {
        final int mutex = home.program().guestMutex();
        final DemoReport.Origin origin;
        if (number == 0) {
            linker = UniverseLinker.bootstrap(home.universe(), replica, home.process(), home.preparation(), mutex);
            group = linker.group();
            origin = DemoReport.Origin.BOOTSTRAP;
        } else if (number % home.plan().groupsPerJvm() == 0) {
            home.link().say("ready");
            group = home.universe().createInstanceGroup(commands.take().field(0), replica);
            origin = DemoReport.Origin.CLAIM_TICKET;
        } else {
            group = home.universe().createInstanceGroup(places.take(), replica);
            origin = DemoReport.Origin.THREAD;
        }
        if (linker == null) {
            linker = UniverseLinker.of(home.universe(), group, replica, home.process(), home.preparation(), mutex);
        }
        linker.timeOperations(rounds::add);
        linker.timeLoads(loads::add);
        joined = true;
        home.link().say("joined", number, group.slot(), origin.name());
    }

    private void makePlaceFor(final WorkerGroup sibling) {
        sibling.places.add(group.prepareForInstanceGroup());
        while (!sibling.joined) {
            group.cooperate();
        }
    }

    private void obey() throws IOException, InterruptedException {
        while (true) {
            final Line command = nextCommand();
            switch (command.word()) {
                case "offer" ->
                    home.link().say("ticket", group.prepareForInstanceGroup().claimTicket());
                case "walk" -> walk();
                case "settle" -> settle();
                case "stop" -> {
                    return;
                }
                default -> throw new IllegalArgumentException("command is not understood: line=" + command.text());
            }
        }
    }

    private Line nextCommand() throws InterruptedException {
        group.enterSafeRegion();
        final Line command = commands.take();
        group.exitSafeRegion();
        return command;
    }

    private void walk() throws IOException {
        final long start = System.nanoTime();
        final DemoPlan plan = home.plan();
        for (int pass = 0; pass < plan.passes(); pass++) {
            for (int file = 0; file < plan.corpus().files().size(); file++) {
                if (plan.groupOf(file, pass) == number) {
                    parse(file, plan.corpus().files().get(file));
                }
            }
        }
        enterGuest();
        try {
            guest.close();
        } finally {
            linker.leaveGuest();
        }
        say("walked", number, waitedNanos, System.nanoTime() - start);
    }

    private void parse(final int file, final Corpus.Entry entry) throws IOException {
        final Language language = entry.language();
        final String text = outside(() -> home.plan().corpus().read(entry));
        if (languages.add(language)) {
            open(language);
        }
        final Verdict verdict;
        enterGuest();
        try {
            verdict = guest.read(language, text);
        } finally {
            linker.leaveGuest();
        }
        say("parsed", number, file, verdict.text(), verdict.tree(), verdict.nodes(), verdict.errors());
    }

    /** Loads the module of a language that this group has not met yet, unless another group has. */
    private void open(final Language language) throws IOException {
        final DemoProgram program = home.program();
        final String module = program.moduleName(language);
        say("opening", number, module);
        final int handle = linker.loadModule(program.module(language));
        final int slot = linker.resolveFunction(handle, program.function(language));
        for (final long nanos : rounds) {
            say("operation", number, nanos);
        }
        rounds.clear();
        for (final LoadTimes times : loads) {
            say("loaded", Loads.fields(number, times));
        }
        loads.clear();
        say("opened", number, module, handle, slot);
        enterGuest();
        try {
            guest.open(replica, language, slot);
        } finally {
            linker.leaveGuest();
        }
    }

    /** Whoever reads what is said may be busy: nobody waits for this group meanwhile. */
    private void say(final String word, final Object... fields) throws IOException {
        outside(() -> {
            home.link().say(word, fields);
            return null;
        });
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T outside(final Work<T> work) throws IOException {
        group.enterSafeRegion();
        try {
            return work.run();
        } finally {
            group.exitSafeRegion();
        }
    }

    private void enterGuest() {
        final long start = System.nanoTime();
        linker.enterGuest();
        waitedNanos += System.nanoTime() - start;
    }

    private void settle() {
        group.doPendingLinkOperations(false);
        applied.forEach(one -> home.link().say("applied", number, one.sequence(), one.beganNanos(), one.endedNanos()));
        home.link()
                .say(
                        "settled",
                        number,
                        replica.fingerprint(),
                        replica.moduleCount(),
                        replica.interpretedFunctions(),
                        home.universe().committedSequence());
    }
}
