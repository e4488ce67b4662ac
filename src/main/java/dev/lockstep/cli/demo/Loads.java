package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Json;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.loader.LoadTimes;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Where the time went of all loads that were broadcast, and how much of it was coordination: waiting for the topology lease and the
 * linker state, and the operation but for what its instigator applied itself. The rest is loading: files read, modules compiled here
 * and in the other JVMs, places chosen, instances made, data, relocations, constructors. See {@link LoadTimes}.
 *
 * <p>Not in it: looking the module's function up afterwards, waiting for the guest's lock, and calls of a group that found the module
 * there, since they load nothing.
 *
 * @param times of each.
 */
record Loads(List<LoadTimes> times) {
    /** Most of a load's time that is to be coordination. */
    static final double GOAL = 0.01;

    private static final double NANOS_PER_MILLI = 1e6;

    /** Takes a copy of the list. */
    Loads {
        times = List.copyOf(times);
    }

    /** {@return the fields of a line that tells of a group's load} */
    static Object[] fields(final int group, final LoadTimes load) {
        return new Object[] {
            group,
            load.preparing(),
            load.elsewhere(),
            load.locking(),
            load.placing(),
            load.meeting(),
            load.applying(),
            load.initializing(),
            load.guestLock()
        };
    }

    /** {@return what a line with such fields tells} */
    static LoadTimes in(final Line line) {
        return new LoadTimes(
                line.longField(1),
                line.longField(2),
                line.longField(3),
                line.longField(4),
                line.longField(5),
                line.longField(6),
                line.longField(7),
                line.longField(8));
    }

    private double millis(final ToLongFunction<LoadTimes> part) {
        return times.stream().mapToLong(part).sum() / NANOS_PER_MILLI;
    }

    double totalMillis() {
        return millis(LoadTimes::total);
    }

    double coordinationMillis() {
        return millis(LoadTimes::coordination);
    }

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
                .put("rendezvous", millis(LoadTimes::meeting), 3)
                .put("apply", millis(LoadTimes::applying), 3)
                .put("initialize", millis(LoadTimes::initializing), 3)
                .put("guest_lock", millis(LoadTimes::guestLock), 3);
    }
}
