package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.Verdict;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.PreparedInstanceGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A group, on its own thread: comes to be, does what its kind does, and goes. Says all of it to the launcher, who compares.
 *
 * <p>A resident has one visitor at a time, now on a thread of its own JVM by spawn handoff, now in another JVM by a claim ticket
 * that the launcher carries.
 */
final class Member implements Runnable {
    private static final int MOST_USED_BY_VISITOR = 3;

    private final Home home;
    private final int number;
    private final Kind kind;
    private final Arrival arrival;
    private final Random random;
    private final BlockingQueue<Line> commands = new LinkedBlockingQueue<>();

    private volatile boolean isJoined;
    private volatile boolean hasVisitor;

    private GuestReplica replica;
    private InstanceGroup group;
    private Session session;
    private int visitors;

    /**
     * Makes a group that has yet to join.
     *
     * @param home JVM of the group.
     * @param number of the group.
     * @param kind of group.
     * @param arrival how it joins.
     */
    Member(final Home home, final int number, final Kind kind, final Arrival arrival) {
        this.home = home;
        this.number = number;
        this.kind = kind;
        this.arrival = arrival;
        random = home.plan().random(number);
    }

    int number() {
        return number;
    }

    Kind kind() {
        return kind;
    }

    /** Passes on what the launcher said. From any thread. */
    void tell(final Line command) {
        if (command.word().equals("gone")) {
            hasVisitor = false;
        } else {
            commands.add(command);
        }
    }

    @Override
    public void run() {
        try {
            join();
            switch (kind) {
                case RESIDENT -> obey();
                case VISITOR -> visit();
                case LATE -> {
                    walk();
                    settle();
                }
            }
            group.shutdownInstanceGroup();
            say("left");
        } catch (final Throwable failure) {
            home.link().fail("group " + number, failure);
        }
    }

    private void say(final String word, final Object... fields) {
        final List<Object> all = new ArrayList<>(List.of(number));
        all.addAll(List.of(fields));
        home.link().say(word, all.toArray());
    }

    private void join() throws IOException {
        final TreeSitterHost host = new TreeSitterHost();
        replica = home.process().newReplica(host);
        final UniverseLinker linker = arrival.arrive(home, replica);
        group = linker.group();
        session = Session.shared(linker, host, home.plan().support());
        isJoined = true;
        say("joined", kind.name());
    }

    // ---- a resident
    // --------------------------------------------------------------------------------------------------

    private void obey() throws IOException, InterruptedException {
        while (true) {
            group.enterSafeRegion();
            final Line command = commands.take();
            group.exitSafeRegion();
            switch (command.word()) {
                case "invite" -> invite(command.intField(1), Kind.valueOf(command.field(2)), command.intField(3));
                case "walk" -> walk();
                case "settle" -> settle();
                case "stop" -> {
                    return;
                }
                default -> throw new IllegalArgumentException("command is not understood: line=" + command.text());
            }
        }
    }

    /** Makes a place for another group; if that is to be in this JVM, waits until it has joined. */
    private void invite(final int guest, final Kind kindOfGuest, final int jvm) {
        final PreparedInstanceGroup place = group.prepareForInstanceGroup();
        if (jvm == home.jvm()) {
            say("invited", guest, kindOfGuest.name(), "thread");
            final Member member = new Member(home, guest, kindOfGuest, Arrival.in(place));
            home.start(member);
            while (!member.isJoined) {
                group.cooperate();
            }
        } else {
            say("invited", guest, kindOfGuest.name(), "ticket", jvm, place.claimTicket());
        }
    }

    private void inviteVisitor() {
        if (hasVisitor) {
            return;
        }
        hasVisitor = true;
        final int jvms = home.plan().jvms();
        final boolean elsewhere = jvms > 1 && (number + visitors) % 2 == 1;
        final int jvm = elsewhere ? (home.jvm() + 1 + random.nextInt(jvms - 1)) % jvms : home.jvm();
        visitors++;
        invite(number + visitors * home.plan().residents(), Kind.VISITOR, jvm);
    }

    private void walk() throws IOException {
        for (final Grammar grammar : home.plan().shuffled(random)) {
            use(grammar);
            if (kind == Kind.RESIDENT) {
                inviteVisitor();
            }
        }
        session.endParsing();
        say("walked");
    }

    private void settle() {
        group.doPendingLinkOperations(false);
        say(
                "settled",
                replica.fingerprint(),
                replica.moduleCount(),
                replica.interpretedFunctions(),
                home.universe().committedSequence());
    }

    // ---- a visitor
    // ---------------------------------------------------------------------------------------------------

    /** Uses a few grammars; what it gives back goes if no resident has come to it yet, and comes again later. */
    private void visit() throws IOException {
        final List<Grammar> grammars = home.plan().shuffled(random);
        final List<Session.Loaded> used = new ArrayList<>();
        for (int i = 0; i < Math.min(1 + random.nextInt(MOST_USED_BY_VISITOR), grammars.size()); i++) {
            used.add(use(grammars.get(i)));
        }
        session.endParsing();
        for (final Session.Loaded loaded : used) {
            if (random.nextBoolean()) {
                say("unloaded", session.unload(loaded));
            }
        }
        if (random.nextBoolean()) {
            session.unloadSupport();
        }
    }

    private Session.Loaded use(final Grammar grammar) throws IOException {
        say("loading", grammar.name());
        final Session.Loaded loaded = session.load(grammar);
        say("loaded", grammar.name(), loaded.handle(), loaded.slot(), loaded.address());
        final Optional<Verdict> verdict = session.parse(grammar, loaded);
        say("outcome", Outcome.fields(grammar, loaded.version(), verdict));
        group.doPendingLinkOperations(true);
        return loaded;
    }
}
