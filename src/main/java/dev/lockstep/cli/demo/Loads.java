package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Json;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.loader.LoadTimes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Where the time went of all loads that were broadcast, and how much of it was coordination between groups: waiting for the
 * topology lease and the linker state, and that part of the operation, from its broadcast to its end, in which no group was applying
 * it. The latter is both rendezvous, journal and commit, and whatever a group that had to come or to apply was without a processor.
 * The rest is loading: files read, modules compiled here and in the other JVMs, places chosen, instances made in every group, data,
 * relocations, constructors.
 *
 * <p>Not in it: the main module, which nobody waits for; looking the module's function up afterwards, an operation of its own;
 * waiting for the guest's lock; calls of a group that found the module there.
 *
 * <p>JVMs of one machine are compared by {@link System#nanoTime}, which is the machine's monotonic clock on Linux. For one thread.
 */
final class Loads {
    /** Most of the loads' time that is to be coordination. */
    static final double GOAL = 0.01;

    private static final double NANOS_PER_MILLI = 1e6;

    private record Interval(long begin, long end) {}

    private final List<LoadTimes> times = new ArrayList<>();
    private final Map<Long, List<Interval>> applied = new HashMap<>();

    /** {@return the fields of a line that tells of a group's load} */
    static Object[] fields(final int group, final LoadTimes load) {
        return new Object[] {
            group,
            load.sequence(),
            load.broadcastNanos(),
            load.preparing(),
            load.elsewhere(),
            load.locking(),
            load.placing(),
            load.operation(),
            load.applying(),
            load.initializing(),
            load.guestLock()
        };
    }

    /**
     * Takes a load down.
     *
     * @param line with such fields.
     */
    void add(final Line line) {
        times.add(new LoadTimes(
                line.longField(1),
                line.longField(2),
                line.longField(3),
                line.longField(4),
                line.longField(5),
                line.longField(6),
                line.longField(7),
                line.longField(8),
                line.longField(9),
                line.longField(10)));
    }

    /**
     * Takes down when a group applied an operation.
     *
     * @param line with the group, the operation's sequence, begin and end.
     */
    void addApplied(final Line line) {
        applied.computeIfAbsent(line.longField(1), any -> new ArrayList<>())
                .add(new Interval(line.longField(2), line.longField(3)));
    }

    /** How long at least one group was applying a load's operation, between its broadcast and its end. */
    private long applying(final LoadTimes load) {
        long covered = load.broadcastNanos();
        final long end = covered + load.operation();
        long sum = 0;
        final List<Interval> intervals = new ArrayList<>(applied.getOrDefault(load.sequence(), List.of()));
        intervals.sort(Comparator.comparingLong(Interval::begin));
        for (final Interval interval : intervals) {
            final long from = Math.max(covered, interval.begin());
            final long to = Math.min(end, interval.end());
            if (to > from) {
                sum += to - from;
                covered = to;
            }
        }
        return sum;
    }

    private long meeting(final LoadTimes load) {
        return load.operation() - applying(load);
    }

    private double millis(final ToLongFunction<LoadTimes> part) {
        return times.stream().mapToLong(part).sum() / NANOS_PER_MILLI;
    }

    int count() {
        return times.size();
    }

    double totalMillis() {
        return millis(LoadTimes::total);
    }

    double coordinationMillis() {
        return millis(load -> load.locking() + meeting(load));
    }

    /** {@return milliseconds that a load took on average; 0 if nothing was loaded} */
    double meanMillis() {
        return times.isEmpty() ? 0 : totalMillis() / times.size();
    }

    /** {@return coordination's share of all loads' time; 0 if nothing was loaded} */
    double coordinationShare() {
        return times.isEmpty() ? 0 : coordinationMillis() / totalMillis();
    }

    /** {@return whether the share is what it is to be} */
    boolean isGoalMet() {
        return coordinationShare() <= GOAL;
    }

    /** {@return each part, in milliseconds over all loads} */
    Json parts() {
        return new Json()
                .put("prepare", millis(LoadTimes::preparing), 3)
                .put("prepare_elsewhere", millis(LoadTimes::elsewhere), 3)
                .put("locks", millis(LoadTimes::locking), 3)
                .put("place", millis(LoadTimes::placing), 3)
                .put("rendezvous", millis(this::meeting), 3)
                .put("apply", millis(this::applying), 3)
                .put("apply_others", millis(LoadTimes::applying), 3)
                .put("initialize", millis(LoadTimes::initializing), 3)
                .put("guest_lock", millis(LoadTimes::guestLock), 3);
    }
}
