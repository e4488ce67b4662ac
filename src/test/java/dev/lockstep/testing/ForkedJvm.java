package dev.lockstep.testing;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM with the class path and the flags of this one, to talk to line by line and to suspend or kill.
 *
 * <pre>{@code
 * try (ForkedJvm jvm = ForkedJvm.start(HolderMain.class, directory.toString())) {
 *     jvm.expect("attached");            // reads lines until one begins so
 *     String answer = jvm.ask("index");  // sends a line, reads the next one
 *     jvm.kill();                        // SIGKILL
 * }
 * }</pre>
 *
 * The child's side is a class with an ordinary {@code main}, which reads {@link System#in} ({@link #nextLine()}) and
 * prints lines. Every wait has a time limit ({@link #TIMEOUT} unless told otherwise); an {@link AssertionError} says
 * what was awaited and shows all that the child has printed. The child is gone when this object is closed, when this
 * JVM ends and (a watch in the child) when this JVM is killed.
 *
 * <p>For one thread.
 */
public final class ForkedJvm implements AutoCloseable {
    /** How long a wait lasts unless told otherwise. Generous: it is reached only in a failing test. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALIVE.forEach(Process::destroyForcibly)));
    }

    private final String name;
    private final Process process;
    private final Writer toChild;
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final StringBuffer transcript = new StringBuffer();
    private final Thread outReader;
    private final Thread errReader;

    private ForkedJvm(final String name, final Process process) {
        this.name = name;
        this.process = process;
        toChild = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        outReader = reader(process.inputReader(StandardCharsets.UTF_8), "out", true);
        errReader = reader(process.errorReader(StandardCharsets.UTF_8), "err", false);
    }

    /** A line of the child's, or ({@code text} null) the end of its output. */
    private record Line(String text) {}

    /**
     * Starts a JVM.
     *
     * @param main class whose {@code main} is run.
     * @param args of {@code main}.
     * @return the running JVM.
     */
    public static ForkedJvm start(final Class<?> main, final String... args) {
        return startWith(List.of(), main, args);
    }

    /**
     * Starts a JVM with options of its own.
     *
     * @param jvmOptions that follow this JVM's.
     * @param main class whose {@code main} is run.
     * @param args of {@code main}.
     * @return the running JVM.
     */
    public static ForkedJvm startWith(final List<String> jvmOptions, final Class<?> main, final String... args) {
        final ProcessBuilder builder = builder(jvmOptions, main, args);
        try {
            final Process process = builder.start();
            ALIVE.add(process);
            process.onExit().thenAccept(ALIVE::remove);
            return new ForkedJvm(main.getSimpleName() + "[" + process.pid() + "]", process);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The command that starts such a JVM, for a test that wants the process itself. Standard error is inherited unless
     * redirected; nobody destroys the process.
     *
     * @param jvmOptions that follow this JVM's.
     * @param main class whose {@code main} is run.
     * @param args of {@code main}.
     * @return a builder, not started.
     */
    public static ProcessBuilder builder(final List<String> jvmOptions, final Class<?> main, final String... args) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(inheritedOptions());
        command.add("-XX:+UseSerialGC");
        command.add("-Xmx256m");
        command.addAll(jvmOptions);
        command.add(ForkedMain.class.getName());
        command.add(Long.toString(ProcessHandle.current().pid()));
        command.add(main.getName());
        command.addAll(List.of(args));
        final ProcessBuilder builder = new ProcessBuilder(command);
        // Surefire starts from a jar that holds nothing but a manifest; it tells the real class path in a property.
        builder.environment()
                .put(
                        "CLASSPATH",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        return builder;
    }

    private static List<String> inheritedOptions() {
        final List<String> options = new ArrayList<>();
        for (final String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            final boolean debugger = option.startsWith("-agentlib:jdwp") || option.startsWith("-Xrunjdwp");
            // A coverage agent writes its file when the JVM ends; JVMs that are killed would leave it torn.
            final boolean coverage = option.startsWith("-javaagent") && option.contains("jacoco");
            // Rewriting classes takes a second of start-up; the same code is checked in the JVM that forks.
            final boolean alignment = option.startsWith("-javaagent") && option.contains("agrona-agent");
            final boolean heapOrCollector =
                    option.startsWith("-Xm") || option.matches("-XX:\\+Use\\w+GC") || option.startsWith("-Djava.class");
            if (!debugger && !coverage && !alignment && !heapOrCollector) {
                options.add(option);
            }
        }
        return options;
    }

    private Thread reader(final BufferedReader from, final String stream, final boolean queued) {
        final Thread thread = new Thread(
                () -> {
                    try (from) {
                        for (String text = from.readLine(); text != null; text = from.readLine()) {
                            transcript
                                    .append("  ")
                                    .append(stream)
                                    .append("> ")
                                    .append(text)
                                    .append('\n');
                            if (queued) {
                                lines.add(new Line(text));
                            }
                        }
                    } catch (final IOException e) {
                        transcript
                                .append("  ")
                                .append(stream)
                                .append("> (")
                                .append(e.getMessage())
                                .append(")\n");
                    } finally {
                        if (queued) {
                            lines.add(new Line(null));
                        }
                    }
                },
                name + "-" + stream);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** {@return the child's process id} */
    public long pid() {
        return process.pid();
    }

    /** {@return whether the child has not ended yet (a suspended one has not)} */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Sends a line to the child's standard input.
     *
     * @param line without its end.
     */
    public void send(final String line) {
        transcript.append("   in> ").append(line).append('\n');
        try {
            toChild.write(line + "\n");
            toChild.flush();
        } catch (final IOException e) {
            throw failure("cannot send \"" + line + "\": " + e.getMessage());
        }
    }

    /** {@return the next line of the child's standard output, within {@link #TIMEOUT}} */
    public String readLine() {
        return readLine(TIMEOUT);
    }

    /**
     * {@return the next line of the child's standard output}
     *
     * @param timeout after which it is a failure.
     */
    public String readLine(final Duration timeout) {
        return take(System.nanoTime() + timeout.toNanos(), "a line");
    }

    /**
     * {@return the child's next line after this one is sent}
     *
     * @param line to send.
     */
    public String ask(final String line) {
        send(line);
        return readLine();
    }

    /**
     * {@return the first line that begins so, within {@link #TIMEOUT}; lines before it are skipped}
     *
     * @param prefix of it.
     */
    public String expect(final String prefix) {
        return expect(prefix, TIMEOUT);
    }

    /**
     * Reads until a line begins so; lines before it are skipped.
     *
     * @param prefix of the line.
     * @param timeout for all of it.
     * @return the rest of that line, after the prefix, without surrounding blanks.
     */
    public String expect(final String prefix, final Duration timeout) {
        final long deadline = System.nanoTime() + timeout.toNanos();
        String line = take(deadline, "a line that begins with \"" + prefix + "\"");
        while (!line.startsWith(prefix)) {
            line = take(deadline, "a line that begins with \"" + prefix + "\"");
        }
        return line.substring(prefix.length()).strip();
    }

    private String take(final long deadline, final String what) {
        final Line line;
        try {
            line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted while waiting for " + what);
        }
        if (line == null) {
            throw failure("timed out while waiting for " + what);
        }
        if (line.text() == null) {
            lines.add(line);
            // Its output ends a moment before it does.
            process.onExit().completeOnTimeout(process, 2, TimeUnit.SECONDS).join();
            throw failure("ended while waiting for " + what);
        }
        return line.text();
    }

    /** Kills the child (SIGKILL) and returns at once: the kernel may still be at work on it. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Kills the child (SIGKILL) and waits until the kernel is done with it. */
    public void killAndWait() {
        kill();
        waitForEnd(TIMEOUT);
    }

    /** Suspends the child (SIGSTOP) and waits until all of it has stopped. */
    public void suspend() {
        signal(pid(), "STOP");
        awaitStopped();
    }

    /** Lets a suspended child go on (SIGCONT). */
    public void resume() {
        signal(pid(), "CONT");
    }

    /**
     * Sends a signal to any process.
     *
     * @param pid of the process.
     * @param signal its name, without SIG.
     */
    public static void signal(final long pid, final String signal) {
        try {
            final int code = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("kill -" + signal + " " + pid + " failed: exit=" + code);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while sending a signal", e);
        }
    }

    private void awaitStopped() {
        final long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!allThreadsStopped()) {
            if (System.nanoTime() - deadline > 0) {
                throw failure("timed out while waiting for it to stop");
            }
            Thread.onSpinWait();
        }
    }

    /** Each thread stops by itself, when it next enters the kernel. */
    private boolean allThreadsStopped() {
        final Path tasks = Path.of("/proc", Long.toString(pid()), "task");
        if (!Files.isDirectory(tasks)) {
            return true;
        }
        try (var threads = Files.newDirectoryStream(tasks)) {
            for (final Path thread : threads) {
                if (stateOf(thread.resolve("stat")) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    private static char stateOf(final Path stat) throws IOException {
        try {
            final String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
            return text.charAt(text.lastIndexOf(')') + 2);
        } catch (final NoSuchFileException e) {
            return 'T';
        }
    }

    /** {@return the child's exit code, within {@link #TIMEOUT}} */
    public int waitForEnd() {
        return waitForEnd(TIMEOUT);
    }

    /**
     * {@return the child's exit code (137 after a kill)}
     *
     * @param timeout after which it is a failure.
     */
    public int waitForEnd(final Duration timeout) {
        try {
            if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw failure("timed out while waiting for its end");
            }
            return process.exitValue();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted while waiting for its end");
        }
    }

    /** {@return all that was said so far, both ways, standard error included} */
    public String transcript() {
        return transcript.toString();
    }

    private AssertionError failure(final String what) {
        if (!process.isAlive()) {
            join(outReader);
            join(errReader);
        }
        final String state = process.isAlive() ? "alive" : "exit=" + process.exitValue();
        return new AssertionError(name + " " + what + " (" + state + "), so far:\n" + transcript);
    }

    private static void join(final Thread thread) {
        try {
            thread.join(2_000);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills the child if it has not ended, and waits until it is gone. Idempotent. */
    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = false;
        boolean gone = false;
        while (!gone) {
            try {
                process.waitFor();
                gone = true;
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * For the child: the next line that the test sent. If there is none any more (the test has ended, or is dead) this
     * JVM halts.
     *
     * @return the line.
     */
    public static String nextLine() {
        try {
            final String line = ForkedMain.STDIN.readLine();
            if (line == null) {
                Runtime.getRuntime().halt(0);
            }
            return line;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * For the child: prints a line to the test. Whole lines only, whichever thread prints.
     *
     * @param line to print.
     */
    public static void say(final String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }

    /** Standard input of a child, decoded once. */
    static BufferedReader stdin() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }
}
