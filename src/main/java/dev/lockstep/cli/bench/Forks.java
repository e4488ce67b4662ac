package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Starts JVMs for a measurement and collects what they report. Each has the JVM's own choice of compilers, C2 included,
 * whatever the launcher was started with. For one thread.
 */
final class Forks {
    private static final long PATIENCE_SECONDS = 180;

    /**
     * For steady states: a collector without threads of its own that would run beside what is measured, and compilation
     * that is waited for, so that a warm-up ends with compiled code however busy the machine is.
     */
    private static final List<String> STEADY = List.of("-XX:+UseSerialGC", "-Xmx512m", "-Xbatch");

    private final Path scratch;
    private final BenchPlan plan;
    private final Pinning pinning;

    Forks(final Path scratch, final BenchPlan plan, final Pinning pinning) {
        this.scratch = scratch;
        this.plan = plan;
        this.pinning = pinning;
    }

    BenchPlan plan() {
        return plan;
    }

    /** {@return a new directory} */
    Path directory(final String name) throws IOException {
        return Files.createTempDirectory(scratch, name + "-");
    }

    /** Runs a measurement's work in one JVM of its own, whose steady state it measures. */
    Results inOne(final Measurement measurement) throws Exception {
        return inOne(measurement, directory(measurement.name()), 0, STEADY);
    }

    /**
     * Runs a measurement's work in one JVM of its own, which is as it comes, in a directory that others may have prepared, in
     * a given role.
     */
    Results inFresh(final Measurement measurement, final Path directory, final int role) throws Exception {
        return inOne(measurement, directory, role, List.of());
    }

    private Results inOne(
            final Measurement measurement, final Path directory, final int role, final List<String> options)
            throws Exception {
        final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
        try (ChildJvm only = start(measurement, directory, role, List.of(), options, events)) {
            return collect(measurement, List.of(only), events);
        }
    }

    /** Runs a measurement's work in two JVMs at a time, each pinned to a processor if that can be done. */
    Results inTwo(final Measurement measurement) throws Exception {
        return inTwo(measurement, pinning.wrapper(0), pinning.wrapper(1));
    }

    /** Runs a measurement's work in two JVMs at a time that run where the scheduler puts them. */
    Results inTwoUnpinned(final Measurement measurement) throws Exception {
        return inTwo(measurement, List.of(), List.of());
    }

    private Results inTwo(
            final Measurement measurement, final List<String> firstWrapper, final List<String> secondWrapper)
            throws Exception {
        final Path directory = directory(measurement.name());
        final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
        try (ChildJvm first = start(measurement, directory, 0, firstWrapper, STEADY, events);
                ChildJvm second = start(measurement, directory, 1, secondWrapper, STEADY, events)) {
            return collect(measurement, List.of(first, second), events);
        }
    }

    private ChildJvm start(
            final Measurement measurement,
            final Path directory,
            final int role,
            final List<String> wrapper,
            final List<String> options,
            final BlockingQueue<ChildJvm.Event> events)
            throws IOException {
        return ChildJvm.startPlain(
                measurement.name() + " jvm " + role,
                wrapper,
                options,
                BenchWorker.class,
                events,
                scratch.toString(),
                directory.toString(),
                measurement.name(),
                plan.argument(),
                Integer.toString(role));
    }

    private static Results collect(
            final Measurement measurement, final List<ChildJvm> children, final BlockingQueue<ChildJvm.Event> events)
            throws Exception {
        final Results results = new Results(measurement.name());
        final List<ChildJvm> running = new ArrayList<>(children);
        while (!running.isEmpty()) {
            final ChildJvm.Event event = next(events, running.get(0));
            if (event.line() == null) {
                if (!event.by().succeeded()) {
                    throw failed(event.by(), event.by().end());
                }
                running.remove(event.by());
            } else if (event.line().word().equals(Results.WORD)) {
                results.put(
                        event.line().field(0), Double.parseDouble(event.line().field(1)));
            } else {
                throw failed(event.by(), event.line().text());
            }
        }
        return results;
    }

    /**
     * Times how long a JVM takes from the call that starts it to the first line that it prints. Nothing is added to what
     * the JVM does by itself.
     *
     * @return nanoseconds.
     */
    long timeToFirstLine(final Class<?> main, final String word, final String... arguments) throws Exception {
        final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
        final long start = System.nanoTime();
        try (ChildJvm child =
                ChildJvm.startPlain(main.getSimpleName(), List.of(), List.of(), main, events, arguments)) {
            final Line line = next(events, child).line();
            final long end = System.nanoTime();
            if (line == null || !line.word().equals(word)) {
                throw failed(child, line == null ? child.end() : line.text());
            }
            while (next(events, child).line() != null) {
                // until it has ended by itself: nothing of it runs into the next one's time
            }
            return end - start;
        }
    }

    private static ChildJvm.Event next(final BlockingQueue<ChildJvm.Event> events, final ChildJvm child)
            throws Exception {
        final ChildJvm.Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (event == null) {
            throw failed(child, "nothing heard for " + PATIENCE_SECONDS + " s");
        }
        return event;
    }

    private static BenchFailedException failed(final ChildJvm child, final String what) {
        return new BenchFailedException(
                "measurement failed: jvm=" + child.name() + " " + what + "\n" + String.join("\n", child.errors()));
    }
}
