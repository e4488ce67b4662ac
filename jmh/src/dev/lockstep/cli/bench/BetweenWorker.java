package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.LauncherLink;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Main class of one of the two JVMs of a contest. Arguments: the launcher's scratch directory, the contest's directory, its
 * name, the plan, and which of the two this is.
 *
 * <p>The first JVM leads the second from stage to stage: open, then for each segment the ping-pong and every part of the
 * contestant in turn, then close. Segment 0 is the warm-up; the others' times are reported.
 */
final class BetweenWorker {
    /** What is said before a histogram: number and name of its part, units in a nanosecond, time it took, histogram. */
    static final String TIMES = "times";

    private static final int OPENED = 1;
    private static final int FIRST = 2;

    private final LauncherLink link;
    private final Contest contest;
    private final Contest.Ground ground;
    private final Stage stage;

    private BetweenWorker(final LauncherLink link, final Contest contest, final Contest.Ground ground) {
        this.link = link;
        this.contest = contest;
        this.ground = ground;
        stage = new Stage(ground.line().buffer());
    }

    /**
     * Does one JVM's part and ends.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final LauncherLink link = new LauncherLink(Path.of(arguments[0]));
        final Path directory = Path.of(arguments[1]);
        final int role = Integer.parseInt(arguments[4]);
        try (SharedLine line = SharedLine.open(directory)) {
            final Contest contest = Contests.named(arguments[2]);
            new BetweenWorker(link, contest, new Contest.Ground(directory, role, BetweenPlan.parse(arguments[3]), line))
                    .work();
        } catch (final Throwable failure) {
            link.fail(arguments[2] + " jvm " + role, failure);
        }
        System.exit(0);
    }

    private void work() throws Exception {
        if (!ground.isFirst()) {
            stage.follow(OPENED);
        }
        try (Contestant contestant = contest.opener().open(ground)) {
            final List<Part> parts = new ArrayList<>();
            parts.add(new BallPart(ground.line()));
            parts.addAll(contestant.parts());
            final Histogram[] times = new Histogram[parts.size()];
            Arrays.setAll(times, i -> new Histogram(3));
            final long[] nanos = new long[parts.size()];
            if (ground.isFirst()) {
                lead(parts, times, nanos);
            } else {
                follow(parts, times);
            }
            for (int i = 0; i < times.length; i++) {
                say(i, parts.get(i), nanos[i], times[i]);
            }
        }
    }

    private int last(final List<Part> parts) {
        return FIRST + (ground.plan().segments() + 1) * parts.size();
    }

    private void lead(final List<Part> parts, final Histogram[] times, final long[] taken) throws Exception {
        stage.lead(OPENED);
        int number = FIRST;
        for (int segment = 0; segment <= ground.plan().segments(); segment++) {
            final long nanos = TimeUnit.MILLISECONDS.toNanos(ground.plan().millis(segment));
            for (int i = 0; i < times.length; i++) {
                final Part part = parts.get(i);
                stage.lead(number++);
                part.enter();
                final long start = System.nanoTime();
                part.lead(start + nanos, counted(segment, times[i]));
                taken[i] += segment == 0 ? 0 : System.nanoTime() - start;
                part.leave();
            }
        }
        stage.lead(last(parts));
        parts.forEach(Part::check);
    }

    private void follow(final List<Part> parts, final Histogram[] times) throws Exception {
        stage.reached(OPENED);
        int number = FIRST;
        for (int segment = 0; segment <= ground.plan().segments(); segment++) {
            for (int i = 0; i < times.length; i++) {
                final Part part = parts.get(i);
                final int mine = number++;
                stage.follow(mine);
                part.enter();
                stage.reached(mine);
                part.follow(() -> stage.is(mine), counted(segment, times[i]));
                part.leave();
            }
        }
        stage.follow(last(parts));
        stage.reached(last(parts));
    }

    private static Histogram counted(final int segment, final Histogram times) {
        return segment == 0 ? new Histogram(3) : times;
    }

    private void say(final int index, final Part part, final long nanos, final Histogram times) {
        if (times.getTotalCount() > 0) {
            final ByteBuffer bytes = ByteBuffer.allocate(times.getNeededByteBufferCapacity());
            final int length = times.encodeIntoCompressedByteBuffer(bytes);
            final byte[] encoded = Arrays.copyOf(bytes.array(), length);
            link.say(
                    TIMES,
                    index,
                    part.name(),
                    part.unitsInNano(),
                    nanos,
                    Base64.getEncoder().encodeToString(encoded));
        }
    }
}
