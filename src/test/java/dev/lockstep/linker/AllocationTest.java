package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What allocates nothing once it is warm, counted thread by thread. The least of several rounds counts: now and then the
 * JVM allocates on a thread for itself, but whoever allocates each time does so in every round.
 */
class AllocationTest {
    private static final Capacities CAPACITIES =
            Capacities.DEFAULT.withGroups(8).withJournalBytes(4 << 20);
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 10;
    private static final int TURNS = 1_000;
    private static final int WARM_UP_OPERATIONS = 4_000;
    private static final int OPERATION_ROUNDS = 20;
    private static final int OPERATIONS = 200;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path directory;

    private Universe universe;
    private CountingReplica replica;
    private InstanceGroup group;
    private volatile boolean over;
    private Object kept;
    private long sum;

    /**
     * Grows without growing in memory. Every so many operations it looks what its group's thread has allocated since:
     * between operations that come one after another a follower does not leave its poll.
     */
    private final class CountingReplica implements Replica {
        private final Supplier<Object> allocating;
        private int length;
        private int operations;
        private long before;
        volatile Object kept;
        volatile int windows;
        volatile long least = Long.MAX_VALUE;

        CountingReplica(final Supplier<Object> allocating) {
            this.allocating = allocating;
        }

        @Override
        public void apply(final OperationFlyweight operation) {
            length = operation.tableLengthAfter();
            kept = allocating.get();
            operations++;
            if (operations >= WARM_UP_OPERATIONS && operations % OPERATIONS == 0) {
                final long bytes = threads.getCurrentThreadAllocatedBytes();
                if (before != 0) {
                    least = Math.min(least, bytes - before);
                    windows++;
                }
                before = bytes;
            }
        }

        @Override
        public int tableLength() {
            return length;
        }
    }

    @BeforeEach
    void open() throws Exception {
        universe = Universe.open(UniverseConfig.at(directory.resolve("u")).withCapacities(CAPACITIES));
        replica = new CountingReplica(() -> null);
        group = universe.bootstrap(replica, AllocationTest::loadMain);
    }

    @AfterEach
    void close() {
        group.shutdownInstanceGroup();
        universe.close();
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        state.setMemoryEnd(1 << 16);
        final int base = state.growTable(1_000);
        return new DlOperation.LoadModules(
                List.of(state.registerModule("main", "", new byte[32], 0, 1 << 16, base, 1_000, 0)));
    }

    /** Bytes that the calling thread allocates in so many turns, in the best of the rounds. */
    private long leastAllocated(final Runnable turn) {
        for (int i = 0; i < WARM_UP; i++) {
            turn.run();
        }
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < TURNS; i++) {
                turn.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private void assertAllocatesNothing(final Runnable turn) {
        assertEquals(0, leastAllocated(turn), "bytes allocated in " + TURNS + " turns");
    }

    @Test
    void shouldNoticeWhoeverAllocatesEachTime() {
        assertTrue(leastAllocated(() -> kept = new byte[8]) >= 24 * TURNS);
    }

    @Test
    void shouldAllocateNothingWhenPollFindsNothing() {
        assertAllocatesNothing(() -> sum += group.doPendingLinkOperations(true) ? 1 : 0);
        assertAllocatesNothing(() -> sum += group.doPendingLinkOperations(false) ? 1 : 0);
    }

    @Test
    void shouldAllocateNothingForTopologyLease() {
        assertAllocatesNothing(() -> {
            final long grant = group.acquireTopology();
            group.releaseTopology(grant);
        });
    }

    @Test
    void shouldAllocateNothingForSharedMutex() {
        assertAllocatesNothing(() -> {
            group.releaseMutex(0, group.acquireMutex(0));
            group.releaseMutex(1, group.tryAcquireMutex(1));
        });
    }

    @Test
    void shouldAllocateNothingForLinkerStateLock() {
        assertAllocatesNothing(() -> {
            try (LinkerStateWriter state = group.writeLinkerState()) {
                sum += state.tableLength();
            }
            try (LinkerStateWriter state = group.tryWrite()) {
                sum += state.memoryEnd();
            }
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                sum += state.nextHandle();
            }
            try (LinkerStateReader state = group.readLinkerState()) {
                sum += state.findModule("main");
            }
            try (LinkerStateReader state = group.tryRead()) {
                sum += state.findSymbol(1, "missing");
            }
        });
    }

    @Test
    void shouldAllocateNothingForOptimisticRead() {
        assertAllocatesNothing(() -> {
            final LinkerStateView state = group.optimisticView();
            int length;
            long stamp;
            do {
                stamp = group.tryOptimisticRead();
                length = state.tableLength();
            } while (!group.validate(stamp));
            sum += length;
        });
    }

    @Test
    void shouldAllocateNothingForClosures() {
        final int first = group.allocateClosureIndex();
        assertAllocatesNothing(() -> {
            final int index = group.allocateClosureIndex();
            sum += group.isClosure(first) ? 1 : 0;
            group.freeClosureIndex(index);
        });
    }

    @Test
    void shouldAllocateNothingForSafeRegion() {
        assertAllocatesNothing(() -> {
            group.enterSafeRegion();
            group.exitSafeRegion();
        });
    }

    @Test
    void shouldAllocateNothingForOperationAsInstigatorAndAsFollower() throws Exception {
        final CountingReplica followers = new CountingReplica(() -> null);
        broadcastTo(followers);
        assertEquals(0, replica.least, "bytes allocated by the instigator in " + OPERATIONS + " operations");
        assertEquals(0, followers.least, "bytes allocated by the follower in " + OPERATIONS + " operations");
    }

    @Test
    void shouldNoticeFollowerThatAllocatesEachTime() throws Exception {
        final CountingReplica followers = new CountingReplica(() -> new byte[8]);
        broadcastTo(followers);
        assertTrue(followers.least >= 24 * OPERATIONS, "bytes noticed: " + followers.least);
    }

    private void broadcastTo(final CountingReplica followers) throws Exception {
        final CountDownLatch joined = new CountDownLatch(1);
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = new Thread(
                () -> {
                    try {
                        final InstanceGroup follower = universe.joinInstanceGroup(followers);
                        joined.countDown();
                        while (!over) {
                            if (!follower.doPendingLinkOperations(true)) {
                                Thread.yield();
                            }
                        }
                        follower.shutdownInstanceGroup();
                    } catch (final Throwable thrown) {
                        failure.set(thrown);
                        joined.countDown();
                    }
                },
                "follower");
        group.enterSafeRegion();
        thread.start();
        joined.await();
        group.exitSafeRegion();
        for (int i = 0; i < WARM_UP_OPERATIONS + OPERATION_ROUNDS * OPERATIONS; i++) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int index = state.growTable(1);
                if (i % 3 == 2) {
                    state.enqueueAllocateFunctionTable(index, 1);
                    state.enqueueAllocateFunctionTable(state.growTable(1), 1);
                    group.synchronizeEnqueued(state);
                } else if (i % 3 == 0) {
                    group.synchronizeAllocateFunctionTable(state, index, 1);
                } else {
                    group.addAllocateFunctionTable(state, index, 1);
                }
            }
        }
        over = true;
        thread.join();
        if (failure.get() != null) {
            throw new AssertionError("follower failed", failure.get());
        }
        assertTrue(replica.windows >= OPERATION_ROUNDS && followers.windows >= OPERATION_ROUNDS - 1);
    }
}
