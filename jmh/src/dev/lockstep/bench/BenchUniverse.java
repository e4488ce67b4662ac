package dev.lockstep.bench;

import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.agrona.concurrent.IdleStrategy;

/** A universe of its own in a new directory, where there is room for it; closed, it is removed. */
final class BenchUniverse implements AutoCloseable {
    /** The replicas' table does not grow in memory: what an operation costs here is the protocol's. */
    static final class CountingReplica implements Replica {
        private int length;

        @Override
        public void apply(final OperationFlyweight operation) {
            length = operation.tableLengthAfter();
        }

        @Override
        public int tableLength() {
            return length;
        }
    }

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** Most that contend for a lock. */
    static final int CONTENDERS = 8;

    private static final int GROUPS = 8;
    private static final int TABLE = 1_000;

    private final Path parent;
    final Universe universe;

    BenchUniverse(final int journalBytes, final Supplier<IdleStrategy> idleStrategy) {
        this(journalBytes, GROUPS, idleStrategy);
    }

    BenchUniverse(final int journalBytes, final int groups, final Supplier<IdleStrategy> idleStrategy) {
        try {
            final boolean fits = Files.isWritable(SHARED_MEMORY)
                    && SHARED_MEMORY.toFile().getUsableSpace() > journalBytes + (64L << 20);
            parent = fits
                    ? Files.createTempDirectory(SHARED_MEMORY, "lockstep-bench")
                    : Files.createTempDirectory("lockstep-bench");
            universe = Universe.open(
                    UniverseConfig.at(parent.resolve("universe"))
                            .withCapacities(
                                    Capacities.DEFAULT.withGroups(groups).withJournalBytes(journalBytes)),
                    UniverseOptions.defaults().idleStrategy(idleStrategy));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The main group, bound to the calling thread. */
    InstanceGroup bootstrap() {
        return universe.bootstrap(new CountingReplica(), BenchUniverse::loadMain);
    }

    /** Another group, running, bound to the calling thread. */
    InstanceGroup join() {
        return universe.joinInstanceGroup(new CountingReplica());
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        state.setMemoryEnd(1 << 16);
        final int base = state.growTable(TABLE);
        return new DlOperation.LoadModules(
                List.of(state.registerModule("main", "", new byte[32], 0, 1 << 16, base, TABLE, 0)));
    }

    /** Closes when the JVM ends: JMH counts the end of a trial to its last iteration, and this allocates. */
    void closeAtExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "close"));
    }

    @Override
    public void close() {
        universe.close();
        try (Stream<Path> files = Files.walk(parent)) {
            files.sorted(Comparator.reverseOrder()).forEach(BenchUniverse::delete);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(final Path file) {
        try {
            Files.delete(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
