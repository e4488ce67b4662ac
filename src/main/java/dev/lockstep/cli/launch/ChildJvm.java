package dev.lockstep.cli.launch;

import dev.lockstep.region.JvmFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;

/**
 * A JVM that the launcher has started, with the class path of this one, to talk to line by line.
 *
 * <p>What it says goes into a queue; its end is the last entry. The end of what it wrote to standard error is kept.
 */
public final class ChildJvm implements AutoCloseable {
    private static final int KEPT_LINES = 60;
    private static final long LAST_WORDS_MILLIS = 1_000;

    /** A run is short and most code in it is fresh: C2 would not pay for itself. */
    private static final List<String> SHORT_LIFE = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /**
     * Something that a child did.
     *
     * @param by which child.
     * @param line that it said, or null: it has ended.
     */
    public record Event(ChildJvm by, Line line) {}

    private final String name;
    private final Process process;
    private final Writer toChild;
    private final BlockingQueue<Event> events;
    private final Thread outReader;
    private final Thread errReader;
    private final Deque<String> errors = new ArrayDeque<>();

    private ChildJvm(final String name, final Process process, final BlockingQueue<Event> events) {
        this.name = name;
        this.process = process;
        this.events = events;
        toChild = process.outputWriter(StandardCharsets.UTF_8);
        outReader = new Thread(this::readOut, name + " out");
        errReader = new Thread(this::readErr, name + " err");
    }

    /**
     * Starts a JVM with the options for a short life.
     *
     * @param name to call it by.
     * @param main class whose {@code main} is run.
     * @param events where what it does is put.
     * @param arguments of {@code main}.
     * @return the running JVM; to be closed.
     * @throws IOException if it can't be started.
     */
    public static ChildJvm start(
            final String name, final Class<?> main, final BlockingQueue<Event> events, final String... arguments)
            throws IOException {
        return start(name, List.of(), List.of("-Xss4m"), main, events, arguments);
    }

    /**
     * Starts a JVM by way of another command.
     *
     * @param name to call it by.
     * @param wrapper command and arguments that the JVM's command line is appended to; empty: none.
     * @param options of the JVM beside those that every child has.
     * @param main class whose {@code main} is run.
     * @param events where what it does is put.
     * @param arguments of {@code main}.
     * @return the running JVM; to be closed. Its {@link #pid()} is the wrapper's.
     * @throws IOException if it can't be started.
     */
    public static ChildJvm start(
            final String name,
            final List<String> wrapper,
            final List<String> options,
            final Class<?> main,
            final BlockingQueue<Event> events,
            final String... arguments)
            throws IOException {
        final List<String> all = new ArrayList<>(SHORT_LIFE);
        all.addAll(options);
        return startPlain(name, wrapper, all, main, events, arguments);
    }

    /**
     * Starts a JVM with the given options and those that the library needs, but none of those for a short life: its code
     * is compiled, and its memory collected, as the JVM does it by itself.
     *
     * @param name to call it by.
     * @param wrapper command and arguments that the JVM's command line is appended to; empty: none.
     * @param options of the JVM.
     * @param main class whose {@code main} is run.
     * @param events where what it does is put.
     * @param arguments of {@code main}.
     * @return the running JVM; to be closed. Its {@link #pid()} is the wrapper's.
     * @throws IOException if it can't be started.
     */
    public static ChildJvm startPlain(
            final String name,
            final List<String> wrapper,
            final List<String> options,
            final Class<?> main,
            final BlockingQueue<Event> events,
            final String... arguments)
            throws IOException {
        final List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.arguments());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        final ChildJvm child = new ChildJvm(name, new ProcessBuilder(command).start(), events);
        for (final Thread reader : List.of(child.outReader, child.errReader)) {
            reader.setDaemon(true);
            reader.start();
        }
        return child;
    }

    private void readOut() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            String text = reader.readLine();
            while (text != null) {
                events.add(new Event(this, Line.parse(text)));
                text = reader.readLine();
            }
        } catch (final IOException | IllegalArgumentException e) {
            keep("(output is not understood: " + e.getMessage() + ")");
        }
        try {
            process.waitFor();
            errReader.join(LAST_WORDS_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.add(new Event(this, null));
    }

    private void readErr() {
        try (BufferedReader reader = process.errorReader(StandardCharsets.UTF_8)) {
            String text = reader.readLine();
            while (text != null) {
                keep(text);
                text = reader.readLine();
            }
        } catch (final IOException e) {
            keep("(standard error can't be read: " + e.getMessage() + ")");
        }
    }

    private synchronized void keep(final String line) {
        if (errors.size() == KEPT_LINES) {
            errors.removeFirst();
        }
        errors.addLast(line);
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** {@return its process id} */
    public long pid() {
        return process.pid();
    }

    /** {@return its process} */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** {@return how it has ended, for a message} */
    public String end() {
        return process.isAlive() ? "alive" : "exit=" + process.exitValue();
    }

    /** {@return whether it has ended well} */
    public boolean succeeded() {
        return !process.isAlive() && process.exitValue() == 0;
    }

    /** {@return the last lines that it wrote to standard error} */
    public synchronized List<String> errors() {
        return List.copyOf(errors);
    }

    /**
     * Says a line. If the child is gone nobody hears it, which its last event tells.
     *
     * @param word that says what the line is about.
     * @param fields that follow.
     */
    public void tell(final String word, final Object... fields) {
        try {
            toChild.write(Line.of(word, fields).text());
            toChild.write('\n');
            toChild.flush();
        } catch (final IOException e) {
            keep("(did not hear '" + word + "': " + e.getMessage() + ")");
        }
    }

    /**
     * Kills it, unless it has ended, and waits until it is gone and what it wrote to standard error has been read.
     * Idempotent.
     */
    @Override
    public void close() {
        // by its handle: Process.destroyForcibly also closes the streams, and with them what nobody has read yet
        process.toHandle().destroyForcibly();
        boolean interrupted = false;
        while (true) {
            try {
                process.waitFor();
                errReader.join(LAST_WORDS_MILLIS);
                break;
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
