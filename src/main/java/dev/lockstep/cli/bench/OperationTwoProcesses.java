package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import java.io.IOException;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.BusySpinIdleStrategy;

/**
 * One operation, with two rendezvous or with one, between two processes of one group each, see {@link Instigator}, against the ping-pong of
 * the same two processes, which take turns in it on the same two processors. Like with like: both sides spin with
 * {@link Thread#onSpinWait} wherever they wait, in the ping-pong, between the follower's polls (where it also looks at one more
 * word, which says when the segment is over) and inside the library. Beside it, by another pair of groups of the same two
 * processes, the same with the library's default way of waiting. The universe has the default number of slots.
 */
final class OperationTwoProcesses implements Measurement {
    private static final String FLOOR = "pingpong_two_processes";
    private static final String DEFAULT = "default_waiting";
    private static final int MOST_OPERATIONS = 3_000_000;

    /** Stages of a segment: the ping-pong, then operations of each pair of groups. */
    private static final int STAGES = 3;

    private final String name;
    private final Instigator way;
    private final double goal;
    private final double goalP99;

    private OperationTwoProcesses(final String name, final Instigator way, final double goal, final double goalP99) {
        this.name = name;
        this.way = way;
        this.goal = goal;
        this.goalP99 = goalP99;
    }

    static OperationTwoProcesses withTwoRendezvous() {
        return new OperationTwoProcesses("op_two_rendezvous_two_processes", Instigator.STOPPING, 4, 20);
    }

    static OperationTwoProcesses withOneRendezvous() {
        return new OperationTwoProcesses("op_one_rendezvous_two_processes", Instigator.ADDING, 2, 20);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inTwo(this);
        final double floor = results.micros(FLOOR, Percentile.P50);
        final double p99 = results.micros(name(), Percentile.P99);
        final Row row = Row.ratio(name(), results.micros(name(), Percentile.P50), "us", FLOOR, floor, goal)
                .require(
                        Numbers.text("p99 %s us is %s times ping-pong's p50, goal %s", p99, p99 / floor, goalP99),
                        p99 <= goalP99 * floor)
                .remark(Numbers.text("ping-pong's p99 %s us", results.micros(FLOOR, Percentile.P99)))
                .remark(Numbers.text(
                        "with the default way of waiting p50 %s us, p99 %s us",
                        results.micros(DEFAULT, Percentile.P50), results.micros(DEFAULT, Percentile.P99)));
        return results.warnOfFew(row, name(), FLOOR, DEFAULT);
    }

    @Override
    public void work(final Work work) throws Exception {
        final Segments segments = new Segments(work.plan());
        final int operations =
                Math.min(MOST_OPERATIONS, segments.count() * work.plan().operationsInSegment());
        try (SharedLine line = SharedLine.open(work.directory())) {
            final Stage stage = new Stage(line.buffer());
            final Ball ball = new Ball(line.buffer());
            if (work.role() == 0) {
                lead(work, segments, operations, stage, ball);
            } else {
                follow(work, segments, operations, stage, ball);
            }
        }
    }

    private static int stage(final int segment, final int kind) {
        return 2 + segment * STAGES + kind;
    }

    private static BenchUniverse spinning(final Work work, final int operations) throws IOException {
        return BenchUniverse.open(
                work.directory(), operations, BenchUniverse.SLOTS, () -> BusySpinIdleStrategy.INSTANCE);
    }

    private void lead(
            final Work work, final Segments segments, final int operations, final Stage stage, final Ball ball)
            throws Exception {
        final Histogram roundTrips = Segments.create();
        final List<Histogram> times = List.of(Segments.create(), Segments.create());
        try (BenchUniverse spinning = spinning(work, operations);
                BenchUniverse waiting = BenchUniverse.open(work.directory(), operations)) {
            final InstanceGroup first = spinning.bootstrap();
            first.enterSafeRegion();
            final InstanceGroup second = waiting.join();
            second.enterSafeRegion();
            final List<InstanceGroup> groups = List.of(first, second);
            stage.lead(1);
            for (int i = 0; i < segments.count(); i++) {
                stage.lead(stage(i, 0));
                ball.serve(segments.end(i), segments.histogram(i, roundTrips));
                for (int kind = 1; kind < STAGES; kind++) {
                    final InstanceGroup group = groups.get(kind - 1);
                    stage.lead(stage(i, kind));
                    group.exitSafeRegion();
                    way.operate(
                            group,
                            segments.end(i),
                            spinning.room() / ((STAGES - 1L) * (segments.count() - i)),
                            segments.histogram(i, times.get(kind - 1)));
                    group.enterSafeRegion();
                }
            }
            stage.lead(stage(segments.count(), 0));
        }
        work.report(FLOOR, roundTrips);
        work.report(name(), times.get(0));
        work.report(DEFAULT, times.get(1));
    }

    private static void follow(
            final Work work, final Segments segments, final int operations, final Stage stage, final Ball ball)
            throws Exception {
        stage.follow(1);
        try (BenchUniverse spinning = spinning(work, operations);
                BenchUniverse waiting = BenchUniverse.open(work.directory(), operations)) {
            final InstanceGroup first = spinning.join();
            first.enterSafeRegion();
            final InstanceGroup second = waiting.join();
            second.enterSafeRegion();
            final List<InstanceGroup> groups = List.of(first, second);
            stage.reached(1);
            for (int i = 0; i < segments.count(); i++) {
                stage.follow(stage(i, 0));
                stage.reached(stage(i, 0));
                ball.answer();
                for (int kind = 1; kind < STAGES; kind++) {
                    stage.follow(stage(i, kind));
                    follow(groups.get(kind - 1), stage, stage(i, kind));
                }
            }
            stage.follow(stage(segments.count(), 0));
        }
        stage.reached(stage(segments.count(), 0));
    }

    private static void follow(final InstanceGroup group, final Stage stage, final int number) {
        group.exitSafeRegion();
        stage.reached(number);
        while (stage.is(number)) {
            if (!group.doPendingLinkOperations(true)) {
                Thread.onSpinWait();
            }
        }
        group.enterSafeRegion();
    }
}
