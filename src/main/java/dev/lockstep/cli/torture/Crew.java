package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The JVMs of a torture: starts them, hears what they say, sees them end. For one thread. */
final class Crew implements AutoCloseable {
    /** How long a JVM may take to start, or to do what it was told. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long HEARING_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Scratch scratch;
    private final Random random;
    private final Tally tally;
    private final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
    private final List<Worker> workers = new ArrayList<>();
    private final boolean namespaces;
    private Path archive;
    private int nextNumber;

    Crew(final Scratch scratch, final Random random, final Tally tally) {
        this.scratch = scratch;
        this.random = random;
        this.tally = tally;
        namespaces = canUnshare();
    }

    private static boolean canUnshare() {
        try {
            return new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "true")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (final IOException absent) {
            return false;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    // ---- starting
    // -----------------------------------------------------------------------------------------------------

    /** Most of what a kill costs is the start of the next JVM: an archive of its classes saves half of that. */
    void makeArchive() throws IOException {
        final String[] entries = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
        for (final String entry : entries) {
            if (!entry.endsWith(".jar")) {
                return;
            }
        }
        final Path file = scratch.directory().resolve("classes.jsa");
        final Worker rehearsing =
                start(List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
        if (await(PATIENCE_NANOS, () -> rehearsing.state == Worker.State.READY)) {
            rehearsing.jvm.tell("rehearse");
            rehearsing.jvm.tell("end");
            await(PATIENCE_NANOS, () -> rehearsing.state == Worker.State.DEAD);
        }
        workers.remove(rehearsing);
        rehearsing.jvm.close();
        if (Files.exists(file)) {
            archive = file;
        }
    }

    /** Starts one more. */
    void startOne() throws IOException {
        start(List.of());
    }

    private Worker start(final List<String> more) throws IOException {
        final int number = nextNumber++;
        final boolean apart = namespaces && more.isEmpty() && archive != null && random.nextInt(8) == 0;
        final List<String> wrapper =
                apart ? List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child") : List.of();
        final List<String> options = new ArrayList<>(List.of("-Xmx64m", "-Xss512k", "-XX:-UsePerfData"));
        options.addAll(more);
        if (archive != null) {
            options.add("-XX:SharedArchiveFile=" + archive);
            options.add("-Xlog:cds=off");
            options.add("-Xlog:cds+dynamic=off");
        }
        final Worker worker = new Worker(
                ChildJvm.start(
                        "worker " + number,
                        wrapper,
                        options,
                        TortureWorker.class,
                        events,
                        scratch.directory().toString(),
                        Integer.toString(number)),
                number,
                apart);
        workers.add(worker);
        return worker;
    }

    /** Starts as many as are missing. */
    void keep(final int wanted) throws IOException {
        long there = workers.stream()
                .filter(worker -> worker.state != Worker.State.DEAD)
                .count();
        while (there < wanted) {
            start(List.of());
            there++;
        }
    }

    /** {@return those that are known to be in a state} */
    List<Worker> in(final Worker.State state) {
        return workers.stream().filter(worker -> worker.state == state).toList();
    }

    // ---- hearing
    // ------------------------------------------------------------------------------------------------------

    /** Hears what workers say, until something is so. */
    boolean await(final long nanos, final BooleanSupplier condition) {
        final long deadline = System.nanoTime() + nanos;
        while (!condition.getAsBoolean()) {
            final long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            hear(Math.min(left, HEARING_NANOS));
        }
        return true;
    }

    private void hear(final long nanos) {
        try {
            final ChildJvm.Event event = events.poll(nanos, TimeUnit.NANOSECONDS);
            if (event != null) {
                heard(event);
            }
        } catch (final InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void heard(final ChildJvm.Event event) {
        final Worker by = workers.stream()
                .filter(worker -> worker.jvm == event.by())
                .findFirst()
                .orElse(null);
        if (by == null) {
            return;
        }
        final Line line = event.line();
        if (line == null) {
            ended(by);
            return;
        }
        switch (line.word()) {
            case "ready" -> by.state = Worker.State.READY;
            case "stopped", "joined", "rehearsed" -> by.state = Worker.State.READY;
            case "verified" -> {
                by.state = Worker.State.READY;
                by.verified = Long.parseLong(line.field(0));
            }
            case "finding" -> tally.text(line.field(0) + ": " + line.field(1));
            case "dumped" -> tally.text(by.jvm.name() + " place=" + by.place + ":\n" + line.field(0));
            default -> tally.text(by.jvm.name() + " place=" + by.place + " says: " + line.text());
        }
    }

    private void ended(final Worker worker) {
        final boolean expected = worker.state == Worker.State.DEAD || worker.jvm.succeeded();
        if (!expected && worker.board != null && worker.board.isKilled(worker.place)) {
            // it has halted in its trap
            worker.state = Worker.State.DEAD;
            return;
        }
        if (!expected) {
            tally.found(Finding.FAILURES, 1);
            tally.text(worker.jvm.name() + " place=" + worker.place + " ended by itself: " + worker.jvm.end() + "\n"
                    + String.join("\n", worker.jvm.errors()));
        }
        worker.state = Worker.State.DEAD;
    }

    // ---- ending
    // -------------------------------------------------------------------------------------------------------

    /** Sends a signal. */
    static void signal(final String name, final Worker worker) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(worker.jvm.pid()))
                    .start()
                    .waitFor();
        } catch (final InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    /** Forgets one that was killed. */
    void remove(final Worker victim) throws IOException {
        victim.jvm.close();
        workers.remove(victim);
    }

    /** Nobody takes part in anything any more. */
    void forgetRound() {
        for (final Worker worker : workers) {
            worker.board = null;
            worker.place = Worker.NOWHERE;
        }
    }

    /** Kills all that are left. */
    void removeAll() throws IOException {
        workers.sort(Comparator.comparingInt(worker -> worker.number));
        for (final Worker worker : workers) {
            worker.state = Worker.State.DEAD;
            worker.kill();
        }
        for (final Worker worker : workers) {
            worker.jvm.close();
        }
        workers.clear();
    }

    @Override
    public void close() throws IOException {
        removeAll();
    }
}
