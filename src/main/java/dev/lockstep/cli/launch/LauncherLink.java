package dev.lockstep.cli.launch;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A child's line to the launcher: what it says is standard output, what it hears is standard input. Whoever else prints to
 * standard output prints to standard error from then on.
 *
 * <p>When the launcher is gone the child ends at once, and removes the scratch directory, since nobody else will.
 */
public final class LauncherLink {
    /** Exit status of a child whose launcher is gone. */
    private static final int ORPHANED = 3;

    private static final int FAILED = 1;

    private final Path scratch;
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final BlockingQueue<Line> heard = new LinkedBlockingQueue<>();

    /**
     * Begins to listen.
     *
     * @param scratch directory to remove when the launcher is gone.
     */
    public LauncherLink(final Path scratch) {
        this.scratch = scratch;
        System.setOut(System.err);
        final Thread listener = new Thread(this::listen, "launcher");
        listener.setDaemon(true);
        listener.start();
    }

    /**
     * Says a line; whole lines only, whichever thread says it.
     *
     * @param word that says what the line is about.
     * @param fields that follow.
     */
    public void say(final String word, final Object... fields) {
        out.println(Line.of(word, fields).text());
    }

    /** Says what this process has used: the last line of a child that has done what it had to. */
    public void sayGoodbye() {
        say(
                "bye",
                ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .map(cpu -> cpu.toMillis())
                        .orElse(0L));
    }

    /** {@return what the launcher says next} */
    public Line next() {
        while (true) {
            try {
                return heard.take();
            } catch (final InterruptedException e) {
                // nobody interrupts a child's main thread to say anything
            }
        }
    }

    private void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            String text = in.readLine();
            while (text != null) {
                final Line line = Line.parse(text);
                if (line.word().equals("dump")) {
                    say("dumped", threads());
                } else {
                    heard.add(line);
                }
                text = in.readLine();
            }
        } catch (final IOException e) {
            System.err.println("launcher can't be heard: " + e);
        }
        orphaned();
    }

    private void orphaned() {
        try {
            Scratch.remove(scratch);
        } catch (final IOException e) {
            System.err.println("scratch directory can't be removed: " + e);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }

    private static String threads() {
        final StringBuilder text = new StringBuilder();
        for (final ThreadInfo thread : ManagementFactory.getThreadMXBean().dumpAllThreads(true, true)) {
            if (thread.getThreadName().startsWith("group-")
                    || thread.getThreadName().equals("main")) {
                text.append(thread.toString().strip()).append('\n');
            }
        }
        return text.toString().strip();
    }

    /**
     * Reports an error and ends this process.
     *
     * @param who has failed.
     * @param failure that is reported.
     */
    public void fail(final String who, final Throwable failure) {
        failure.printStackTrace(System.err);
        say("failed", who, failure);
        Runtime.getRuntime().halt(FAILED);
    }
}
