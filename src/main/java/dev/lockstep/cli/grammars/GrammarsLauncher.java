package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Children;
import dev.lockstep.cli.launch.LaunchFailedException;
import dev.lockstep.cli.launch.Launcher;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Starts the JVMs and leads them: the residents join and walk through all grammars, their visitors come and go; when all have
 * walked and the visitors have left, late groups join; then all tell their fingerprints. The reference run is made by one more JVM at
 * the same time.
 */
final class GrammarsLauncher implements Launcher<GrammarsReport> {
    /** How long all JVMs may be silent: a large grammar can take most of a minute to compile on a busy machine. */
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private final GrammarsPlan plan;
    private final Scratch scratch;
    private final Class<?> worker;
    private final Class<?> reference;
    private final Children children;
    private final List<ChildJvm> workers = new ArrayList<>();
    private final GrammarsTally tally;
    private final long start = System.nanoTime();
    private String phase = "starting";

    /**
     * Makes a launcher that has started nothing yet.
     *
     * @param plan to carry out.
     * @param scratch directory for it; removed when this is closed.
     * @param patience how long all JVMs may be silent.
     * @param progress told how far things are, at most a line a second.
     */
    GrammarsLauncher(
            final GrammarsPlan plan, final Scratch scratch, final Duration patience, final Consumer<String> progress) {
        this(plan, scratch, patience, progress, GrammarsWorker.class, ReferenceWorker.class);
    }

    /** As above, with other main classes for the JVMs. */
    GrammarsLauncher(
            final GrammarsPlan plan,
            final Scratch scratch,
            final Duration patience,
            final Consumer<String> progress,
            final Class<?> worker,
            final Class<?> reference) {
        this.plan = plan;
        this.scratch = scratch;
        this.worker = worker;
        this.reference = reference;
        children = new Children("run", scratch, patience, this, progress);
        tally = new GrammarsTally(plan);
    }

    @Override
    public GrammarsReport run() throws IOException, LaunchFailedException, InterruptedException {
        final String directory = scratch.directory().toString();
        plan.store(scratch.directory());
        for (int i = 0; i < plan.jvms(); i++) {
            workers.add(children.start("jvm " + i, worker, directory, Integer.toString(i)));
        }
        children.start("reference run", reference, directory);
        children.hear(this::hear);
        return tally.report(System.nanoTime() - start);
    }

    private void hear(final ChildJvm by, final Line line) {
        if (!tally.hear(line)) {
            throw new IllegalArgumentException("unknown word");
        }
        switch (line.word()) {
            case "invited" -> carryTicket(line);
            case "joined" -> {
                if (Kind.valueOf(line.field(1)) == Kind.RESIDENT) {
                    gather(line.intField(0));
                }
            }
            case "left" -> {
                final int inviter = tally.inviterOfVisitor(line.intField(0));
                if (inviter >= 0) {
                    workers.get(plan.jvmOf(inviter)).tell("gone", inviter);
                }
                inviteLate();
            }
            case "walked" -> inviteLate();
            case "settled" -> {
                if (tally.allSettled()) {
                    lead("ending", "stop");
                }
            }
            case "bye" -> by.tell("bye");
            default -> {
                // nothing follows from it
            }
        }
        if (phase.equals("joining late") && tally.lateHaveLeft()) {
            lead("settling", "settle");
        }
    }

    /** The place is for a group of another JVM. */
    private void carryTicket(final Line invited) {
        if (invited.field(3).equals("ticket")) {
            workers.get(invited.intField(4)).tell("claim", invited.field(1), invited.field(2), invited.field(5));
        }
    }

    /** The first resident makes places for all the others. */
    private void gather(final int joined) {
        if (joined == 0) {
            phase = "joining";
            for (int i = 1; i < plan.residents(); i++) {
                invite(i, Kind.RESIDENT, plan.jvmOf(i));
            }
        }
        if (tally.residentsHaveJoined()) {
            lead("walking", "walk");
        }
    }

    /** When all have walked and no visitor is there. */
    private void inviteLate() {
        if (phase.equals("walking") && tally.isQuiet()) {
            phase = "joining late";
            for (int i = 0; i < GrammarsTally.LATE; i++) {
                invite(GrammarsTally.FIRST_LATE + i, Kind.LATE, (plan.jvms() - 1 + i) % plan.jvms());
            }
        }
    }

    private void invite(final int number, final Kind kind, final int jvm) {
        workers.get(0).tell("invite", 0, number, kind.name(), jvm);
    }

    private void lead(final String newPhase, final String command) {
        phase = newPhase;
        workers.forEach(child -> child.tell(command));
    }

    @Override
    public String phase() {
        return phase;
    }

    @Override
    public String progress() {
        return tally.progress();
    }

    @Override
    public List<String> doings() {
        return tally.doings();
    }

    @Override
    public void close() throws IOException {
        children.close();
    }

    @Override
    public boolean isClosed() {
        return children.isClosed();
    }
}
