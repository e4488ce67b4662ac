package dev.lockstep.cli.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The JVMs of one launcher, and the scratch directory that they share: hears them until all have ended well.
 *
 * <p>Everything waits for a bounded time only. A JVM that ends too early, or that all say nothing for too long, ends the
 * whole. For one thread, but {@link #close} may be called by any.
 */
public final class Children implements AutoCloseable {
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long DUMP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long SIGNAL_MILLIS = 300;

    /** Who is told what the JVMs say. */
    @FunctionalInterface
    public interface Hearer {
        /**
         * Hears a line. A {@link RuntimeException} says that it is not understood.
         *
         * @param by which JVM said it.
         * @param line that it said.
         */
        void hear(ChildJvm by, Line line);
    }

    private final String what;
    private final Scratch scratch;
    private final Duration patience;
    private final Situation situation;
    private final Consumer<String> progress;
    private final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
    private final Object ending = new Object();
    private final List<ChildJvm> children = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    private int ended;
    private String lastProgress = "";
    private long lastProgressNanos = System.nanoTime();

    /**
     * Begins without any.
     *
     * @param what they do, for messages.
     * @param scratch directory for it; removed when this is closed.
     * @param patience how long all JVMs may be silent.
     * @param situation how far things are.
     * @param progress told how far things are, at most a line a second.
     */
    public Children(
            final String what,
            final Scratch scratch,
            final Duration patience,
            final Situation situation,
            final Consumer<String> progress) {
        this.what = what;
        this.scratch = scratch;
        this.patience = patience;
        this.situation = situation;
        this.progress = progress;
    }

    /**
     * Starts a JVM with the options for a short life.
     *
     * @param name to call it by.
     * @param main class whose {@code main} is run.
     * @param arguments of {@code main}.
     * @return the JVM.
     * @throws IOException if it can't be started, or this is closed.
     */
    public ChildJvm start(final String name, final Class<?> main, final String... arguments) throws IOException {
        synchronized (ending) {
            if (isClosed()) {
                throw new IOException(what + " is over");
            }
            final ChildJvm child = ChildJvm.start(name, main, events, arguments);
            children.add(child);
            return child;
        }
    }

    /**
     * Hears the JVMs until all have ended well.
     *
     * @param hearer told what they say, but for their failures.
     * @throws LaunchFailedException if a JVM failed, was not understood or was not heard of.
     * @throws InterruptedException if this thread is interrupted, or this was closed meanwhile.
     */
    public void hear(final Hearer hearer) throws LaunchFailedException, InterruptedException {
        while (ended < children.size()) {
            final ChildJvm.Event event = next();
            final ChildJvm by = event.by();
            if (event.line() == null) {
                if (!by.succeeded()) {
                    awaitSignal();
                    throw failed(by, by.name() + " died: pid=" + by.pid() + " " + by.end());
                }
                ended++;
            } else {
                hear(hearer, by, event.line());
            }
        }
    }

    private void hear(final Hearer hearer, final ChildJvm by, final Line line) throws LaunchFailedException {
        if (line.word().equals("failed")) {
            throw failed(by, line.field(0) + " failed: " + line.field(1));
        }
        try {
            hearer.hear(by, line);
        } catch (final IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw failed(by, by.name() + " is not understood: line=" + line.text() + " reason=" + e.getMessage());
        }
    }

    /** Whoever presses ctrl-C tells all JVMs at once: the children's ends then are no news. */
    private void awaitSignal() throws InterruptedException {
        if (closing.await(SIGNAL_MILLIS, TimeUnit.MILLISECONDS)) {
            throw new InterruptedException(what + " is over");
        }
    }

    private ChildJvm.Event next() throws LaunchFailedException, InterruptedException {
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
        final String line = situation.phase() + " " + situation.progress();
        if (now - lastProgressNanos >= PROGRESS_NANOS && !line.equals(lastProgress)) {
            progress.accept(line);
            lastProgress = line;
            lastProgressNanos = now;
        }
    }

    private String where() {
        return " phase=" + situation.phase() + " " + situation.progress();
    }

    private LaunchFailedException silent() throws InterruptedException {
        final StringBuilder text = new StringBuilder("nothing was heard of any jvm: seconds=")
                .append(patience.toSeconds())
                .append(where());
        situation.doings().forEach(line -> text.append("\n  ").append(line));
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
        return new LaunchFailedException(text.toString());
    }

    private LaunchFailedException failed(final ChildJvm child, final String message) {
        child.close();
        final StringBuilder text = new StringBuilder(message).append(where());
        append(text, "standard error of " + child.name() + " ends", child.errors());
        return new LaunchFailedException(text.toString());
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
    public boolean isClosed() {
        return closing.getCount() == 0;
    }
}
