package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Children;
import dev.lockstep.cli.launch.LaunchFailedException;
import dev.lockstep.cli.launch.Launcher;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Starts the demonstration's JVMs and leads them through it: join, walk, settle, stop. The reference run is made by one
 * more JVM at the same time.
 *
 * <pre>
 *   launcher           first jvm           other jvms          reference
 *      |                   | bootstrap         |                   |
 *      |                   | groups join       |                   |
 *      |  <--- joined ---  |                   |                   |
 *      |  <------------------------- ready --  |    expect, ...    |
 *      |  ---- offer --->  |                   |  &lt;-------------  |
 *      |  <--- ticket ---  |                   |
 *      |  -------------------------- claim -&gt;  | groups join
 *      |  <------------------------ joined --  |
 *      |  ---- walk -------------------------&gt; |
 *      |  <--- opened, operation, parsed, walked
 *      |  ---- settle -----------------------&gt; |
 *      |  <--- settled: fingerprint
 *      |  ---- stop -------------------------&gt; |
 * </pre>
 *
 * <p>Everything waits for a bounded time only. A JVM that ends too early, or says nothing for too long, ends the whole.
 * For one thread, but {@link #close} may be called by any.
 */
final class DemoLauncher implements Launcher<DemoReport> {
    /** How long all JVMs may be silent unless told otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private final DemoPlan plan;
    private final Scratch scratch;
    private final Consumer<String> progress;
    private final Class<?> worker;
    private final Class<?> reference;
    private final Children children;
    private final List<ChildJvm> workers = new ArrayList<>();
    private final Deque<ChildJvm> ready = new ArrayDeque<>();
    private final Tally tally;
    private final long start = System.nanoTime();

    private int invited;
    private String phase = "starting";

    /**
     * Makes a launcher that has started nothing yet.
     *
     * @param plan to carry out.
     * @param scratch directory for it; removed when this is closed.
     * @param patience how long all JVMs may be silent.
     * @param progress told how far things are, at most a line a second.
     */
    DemoLauncher(final DemoPlan plan, final Scratch scratch, final Duration patience, final Consumer<String> progress) {
        this(plan, scratch, patience, progress, DemoWorker.class, ReferenceWorker.class);
    }

    /** As above, with other main classes for the JVMs. */
    DemoLauncher(
            final DemoPlan plan,
            final Scratch scratch,
            final Duration patience,
            final Consumer<String> progress,
            final Class<?> worker,
            final Class<?> reference) {
        this.worker = worker;
        this.reference = reference;
        this.plan = plan;
        this.scratch = scratch;
        this.progress = progress;
        tally = new Tally(plan);
        children = new Children("demo", scratch, patience, this, progress);
    }

    @Override
    public DemoReport run() throws IOException, LaunchFailedException, InterruptedException {
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
        switch (line.word()) {
            case "ready" -> ready.add(by);
            case "ticket" -> ready.remove().tell("claim", line.field(0));
            default -> {
                if (!tally.hear(by.pid(), line)) {
                    throw new IllegalArgumentException("unknown word");
                }
            }
        }
        switch (line.word()) {
            case "ready", "joined" -> invite();
            case "opened" -> {
                if (tally.wasFirst(line)) {
                    progress.accept(by.name() + " group " + line.field(0) + " opened " + line.field(1)
                            + " for all groups: handle=" + line.field(2) + " slot=" + line.field(3));
                }
            }
            case "walked" -> {
                if (tally.allWalked()) {
                    lead("settling", "settle");
                }
            }
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
    }

    /** Has a place made for the next JVM once all that were invited have joined; begins when there is none left. */
    private void invite() {
        if (tally.joined() == plan.groups()) {
            lead("walking", "walk");
        } else if (tally.joined() == (invited + 1) * plan.groupsPerJvm() && !ready.isEmpty()) {
            invited++;
            phase = "joining";
            workers.get(0).tell("offer");
        }
    }

    private void lead(final String newPhase, final String command) {
        phase = newPhase;
        workers.forEach(worker -> worker.tell(command));
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
