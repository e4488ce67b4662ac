package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
final class DemoLauncher implements AutoCloseable {
    /** How long all JVMs may be silent unless told otherwise. */
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long DUMP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long SIGNAL_MILLIS = 300;

    private final DemoPlan plan;
    private final Scratch scratch;
    private final Duration patience;
    private final Consumer<String> progress;
    private final Class<?> worker;
    private final Class<?> reference;
    private final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
    private final List<ChildJvm> workers = new ArrayList<>();
    private final Deque<ChildJvm> ready = new ArrayDeque<>();
    private final Tally tally;
    private final long start = System.nanoTime();

    private final Object ending = new Object();
    private final List<ChildJvm> children = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    private int invited;
    private int ended;
    private String phase = "starting";
    private String lastProgress = "";
    private long lastProgressNanos = start;

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
        this.patience = patience;
        this.progress = progress;
        tally = new Tally(plan);
    }

    /**
     * Carries the plan out.
     *
     * @return what came of it.
     * @throws IOException if a JVM can't be started.
     * @throws DemoFailedException if a JVM failed or was not heard of.
     * @throws InterruptedException if this thread is interrupted, or the launcher was closed meanwhile.
     */
    DemoReport run() throws IOException, DemoFailedException, InterruptedException {
        final String directory = scratch.directory().toString();
        plan.store(scratch.directory());
        for (int i = 0; i < plan.jvms(); i++) {
            workers.add(startChild("jvm " + i, worker, directory, Integer.toString(i)));
        }
        startChild("reference run", reference, directory);
        while (ended < children.size()) {
            final ChildJvm.Event event = next();
            if (event.line() == null) {
                if (!event.by().succeeded()) {
                    awaitSignal();
                    throw failed(
                            event.by(),
                            event.by().name() + " died: pid=" + event.by().pid() + " "
                                    + event.by().end());
                }
                ended++;
            } else {
                hear(event.by(), event.line());
            }
        }
        return tally.report(System.nanoTime() - start);
    }

    /** Whoever presses ctrl-C tells all JVMs at once: the children's ends then are no news. */
    private void awaitSignal() throws InterruptedException {
        if (closing.await(SIGNAL_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("demo is over");
        }
    }

    private ChildJvm startChild(final String name, final Class<?> main, final String... arguments) throws IOException {
        synchronized (ending) {
            if (isClosed()) {
                throw new IOException("demo is over");
            }
            final ChildJvm child = ChildJvm.start(name, main, events, arguments);
            children.add(child);
            return child;
        }
    }

    private ChildJvm.Event next() throws DemoFailedException, InterruptedException {
        final long silentSince = System.nanoTime();
        while (true) {
            final ChildJvm.Event event = events.poll(PROGRESS_NANOS / 4, TimeUnit.NANOSECONDS);
            showProgress();
            if (event != null) {
                return event;
            }
            if (System.nanoTime() - silentSince > patience.toNanos()) {
                throw silent();
            }
        }
    }

    private void showProgress() {
        final long now = System.nanoTime();
        final String line = phase + " " + tally.progress();
        if (now - lastProgressNanos >= PROGRESS_NANOS && !line.equals(lastProgress)) {
            progress.accept(line);
            lastProgress = line;
            lastProgressNanos = now;
        }
    }

    private void hear(final ChildJvm by, final Line line) throws DemoFailedException {
        try {
            switch (line.word()) {
                case "ready" -> ready.add(by);
                case "ticket" -> ready.remove().tell("claim", line.field(0));
                case "failed" -> throw failed(by, line.field(0) + " failed: " + line.field(1));
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
        } catch (final IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw failed(by, by.name() + " is not understood: line=" + line.text() + " reason=" + e.getMessage());
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

    private DemoFailedException silent() throws InterruptedException {
        final StringBuilder text = new StringBuilder("nothing was heard of any jvm: seconds=")
                .append(patience.toSeconds())
                .append(" phase=")
                .append(phase)
                .append(' ')
                .append(tally.progress());
        tally.doings().forEach(line -> text.append("\n  ").append(line));
        children.forEach(child -> child.tell("dump"));
        int missing = children.size();
        final long deadline = System.nanoTime() + DUMP_NANOS;
        while (missing > 0 && System.nanoTime() - deadline < 0) {
            final ChildJvm.Event event = events.poll(DUMP_NANOS, TimeUnit.NANOSECONDS);
            if (event != null && (event.line() == null || event.line().word().equals("dumped"))) {
                missing--;
                append(
                        text,
                        "threads of " + event.by().name(),
                        event.line() == null
                                ? List.of()
                                : event.line().field(0).lines().toList());
            }
        }
        children.forEach(child -> append(text, "standard error of " + child.name() + " ends", child.errors()));
        return new DemoFailedException(text.toString());
    }

    private DemoFailedException failed(final ChildJvm child, final String what) {
        child.close();
        final StringBuilder text = new StringBuilder(what)
                .append(" phase=")
                .append(phase)
                .append(' ')
                .append(tally.progress());
        append(text, "standard error of " + child.name() + " ends", child.errors());
        return new DemoFailedException(text.toString());
    }

    private static void append(final StringBuilder text, final String title, final List<String> lines) {
        if (!lines.isEmpty()) {
            text.append("\n  ").append(title).append(':');
            lines.forEach(line -> text.append("\n    ").append(line));
        }
    }

    /** Kills what still runs and removes the scratch directory. Idempotent, from any thread. */
    @Override
    public void close() throws IOException {
        synchronized (ending) {
            closing.countDown();
            children.forEach(ChildJvm::close);
            scratch.close();
        }
    }

    /** {@return whether it was closed, which a signal does too} */
    boolean isClosed() {
        return closing.getCount() == 0;
    }
}
