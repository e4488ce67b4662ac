package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;

/** Starts the two JVMs of a contest and collects what they have recorded. For one thread. */
final class BetweenForks {
    private static final long PATIENCE_SECONDS = 180;

    /** As the command's benchmark has it: nothing of the JVM's own beside what is measured, and warm means compiled. */
    private static final List<String> STEADY = List.of("-XX:+UseSerialGC", "-Xmx512m", "-Xbatch");

    private final Path scratch;
    private final BetweenPlan plan;
    private final Pinning pinning;

    BetweenForks(final Path scratch, final BetweenPlan plan, final Pinning pinning) {
        this.scratch = scratch;
        this.plan = plan;
        this.pinning = pinning;
    }

    /** {@return times of each part, in their order} */
    Collection<BetweenTimes> hold(final Contest contest)
            throws IOException, InterruptedException, BenchFailedException {
        final Path directory = Files.createTempDirectory(scratch, contest.name() + "-");
        final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
        try (ChildJvm first = start(contest, directory, 0, events);
                ChildJvm second = start(contest, directory, 1, events)) {
            return collect(List.of(first, second), events);
        }
    }

    private ChildJvm start(
            final Contest contest, final Path directory, final int role, final BlockingQueue<ChildJvm.Event> events)
            throws IOException {
        final List<String> options = new ArrayList<>(STEADY);
        options.addAll(contest.options());
        return ChildJvm.startPlain(
                contest.name() + " jvm " + role,
                pinning.wrapper(role),
                options,
                BetweenWorker.class,
                events,
                scratch.toString(),
                directory.toString(),
                contest.name(),
                plan.argument(),
                Integer.toString(role));
    }

    private static Collection<BetweenTimes> collect(
            final List<ChildJvm> children, final BlockingQueue<ChildJvm.Event> events)
            throws InterruptedException, BenchFailedException {
        final Map<Integer, BetweenTimes> times = new TreeMap<>();
        final List<ChildJvm> running = new ArrayList<>(children);
        while (!running.isEmpty()) {
            final ChildJvm.Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw failed(running.get(0), "nothing heard for " + PATIENCE_SECONDS + " s");
            }
            if (event.line() == null) {
                if (!event.by().succeeded()) {
                    throw failed(event.by(), event.by().end());
                }
                running.remove(event.by());
            } else if (event.line().word().equals(BetweenWorker.TIMES)) {
                add(times, event);
            } else {
                throw failed(event.by(), event.line().text());
            }
        }
        return times.values();
    }

    private static void add(final Map<Integer, BetweenTimes> times, final ChildJvm.Event event)
            throws BenchFailedException {
        final double units = Double.parseDouble(event.line().field(2));
        try {
            times.computeIfAbsent(
                            event.line().intField(0),
                            index -> new BetweenTimes(event.line().field(1), units))
                    .add(event.line().longField(3), event.line().field(4));
        } catch (final DataFormatException e) {
            throw failed(event.by(), "histogram is not understood: " + e.getMessage());
        }
    }

    private static BenchFailedException failed(final ChildJvm child, final String what) {
        return new BenchFailedException(
                "measurement failed: jvm=" + child.name() + " " + what + "\n" + String.join("\n", child.errors()));
    }
}
