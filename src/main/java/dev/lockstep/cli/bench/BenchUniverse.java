package dev.lockstep.cli.bench;

import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.agrona.concurrent.IdleStrategy;

/**
 * A universe to measure, with what one has by default but for the journal, in which every operation of the measurement must
 * fit, and the ring: each group has buffers of an eighth of it, and there may be a thousand.
 */
final class BenchUniverse implements AutoCloseable {
    /** Bytes of an operation in the journal. */
    private static final int RECORD = 48;

    private static final int SPARE = 1_000;
    private static final int RING_BYTES = 16 << 10;
    private static final Capacities DEFAULT = Capacities.DEFAULT;

    /** Group slots of a universe by default. */
    static final int SLOTS = DEFAULT.groups();

    private final Universe universe;
    private final SharedBuffer[] buffer = new SharedBuffer[1];

    private BenchUniverse(final Path directory, final Capacities capacities, final Supplier<IdleStrategy> waiting)
            throws IOException {
        universe = Universe.open(
                UniverseConfig.at(directory.resolve("universe")).withCapacities(capacities),
                UniverseOptions.defaults()
                        .idleStrategy(waiting)
                        .instrument(mapped -> buffer[0] = mapped, journal -> journal));
    }

    /** Opens the universe of a directory; makes it, with the default number of group slots, if it is not there. */
    static BenchUniverse open(final Path directory, final int operations) throws IOException {
        return open(directory, operations, DEFAULT.groups(), UniverseOptions::defaultIdleStrategy);
    }

    /**
     * Opens the universe of a directory.
     *
     * @param directory of the measurement.
     * @param operations that fit into the journal, if the universe has to be made.
     * @param groups slots, likewise.
     * @param waiting how the groups that are made by way of this object wait.
     */
    static BenchUniverse open(
            final Path directory, final int operations, final int groups, final Supplier<IdleStrategy> waiting)
            throws IOException {
        return new BenchUniverse(
                directory,
                new Capacities(
                        DEFAULT.processes(),
                        groups,
                        DEFAULT.modules(),
                        DEFAULT.symbols(),
                        DEFAULT.nameBytes(),
                        DEFAULT.freeExtents(),
                        DEFAULT.closureBatches(),
                        DEFAULT.mutexes(),
                        RING_BYTES,
                        DEFAULT.redoBytes(),
                        (operations + SPARE) * RECORD),
                waiting);
    }

    Universe universe() {
        return universe;
    }

    /** {@return the very object through which the library touches {@code linker.dat}} */
    SharedBuffer buffer() {
        return buffer[0];
    }

    /** {@return how many more operations fit into the journal, at the least} */
    long room() {
        return universe.layout().capacities().journalBytes() / RECORD - universe.committedSequence() - SPARE / 2;
    }

    /** {@return the main group, running, bound to the calling thread} */
    InstanceGroup bootstrap() {
        return universe.bootstrap(
                new CountingReplica(), state -> new DlOperation.AllocateFunctionTable(state.growTable(SPARE), SPARE));
    }

    /** {@return another group, running, bound to the calling thread} */
    InstanceGroup join() {
        return universe.joinInstanceGroup(new CountingReplica());
    }

    @Override
    public void close() {
        universe.close();
    }
}
