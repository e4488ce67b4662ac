package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.UniverseConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A stack overflow at every access of a group to shared memory, one after another: the group is reaped as if it had died
 * there, though its thread and its JVM live on, and the others go on.
 */
@Timeout(300)
class HalfDoneTest {
    private static final int GROWTH = 3;

    @TempDir
    private Path directory;

    /** Throws at one access of one thread, or at all from that one on. */
    private static final class Overflows {
        private final boolean atAllThatFollow;
        private volatile Thread victim;
        private int left;

        Overflows(final boolean atAllThatFollow) {
            this.atAllThatFollow = atAllThatFollow;
        }

        void arm(final int accesses) {
            left = accesses;
            victim = Thread.currentThread();
        }

        void disarm() {
            victim = null;
        }

        SharedBuffer over(final SharedBuffer buffer) {
            return (SharedBuffer) Proxy.newProxyInstance(
                    SharedBuffer.class.getClassLoader(),
                    new Class<?>[] {SharedBuffer.class},
                    (self, method, arguments) -> {
                        if (victim == Thread.currentThread() && left-- <= 0 && (left == -1 || atAllThatFollow)) {
                            throw new StackOverflowError();
                        }
                        try {
                            final Object result = method.invoke(buffer, arguments);
                            return method.getName().equals("view") ? over((SharedBuffer) result) : result;
                        } catch (final InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGoOnWhereverAnErrorLeavesAnOperationHalfDone(final boolean atAllThatFollow) throws Exception {
        final Overflows overflows = new Overflows(atAllThatFollow);
        final UniverseOptions options = UniverseOptions.defaults()
                .listener(new UniverseListener() {})
                .monitorInterval(Duration.ofMillis(1))
                .instrument(overflows::over, journal -> journal);
        final UniverseConfig config = UniverseConfig.at(directory.resolve("u"))
                .withCapacities(Capacities.DEFAULT.withGroups(4).withJournalBytes(1 << 20));
        int accesses = 0;
        int committed = 0;
        try (Universe universe = Universe.open(config, options)) {
            final FunctionTable table = new FunctionTable();
            final InstanceGroup main =
                    universe.bootstrap(table, state -> new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
            boolean completed = false;
            while (!completed) {
                final int before = table.tableLength();
                final CountDownLatch looked = new CountDownLatch(1);
                final int at = accesses;
                final FutureTask<Boolean> victim = new FutureTask<>(() -> {
                    final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                    overflows.arm(at);
                    try {
                        work(group);
                        return true;
                    } catch (final StackOverflowError overflow) {
                        overflows.disarm();
                        if (group.isDead()) {
                            assertThrows(InstanceGroupDeadException.class, group::acquireTopology);
                        } else {
                            // nothing had been begun
                            group.shutdownInstanceGroup();
                        }
                        return false;
                    } finally {
                        overflows.disarm();
                    }
                });
                final Thread thread = new Thread(
                        () -> {
                            victim.run();
                            await(looked);
                        },
                        "victim");
                thread.setDaemon(true);
                thread.start();
                while (!victim.isDone()) {
                    main.cooperate();
                }
                completed = get(victim, at);
                broadcast(main);
                while (main.participant().shared.slots.occupied() != 1) {
                    main.cooperate();
                }
                assertTrue(thread.isAlive(), "it was not the end of the thread that was noticed");
                final int grown = table.tableLength() - before - GROWTH;
                assertTrue(grown == 0 || grown == GROWTH, () -> "all or nothing: grown=" + grown + " access=" + at);
                committed += grown / GROWTH;
                assertEquals(
                        table.tableLength(),
                        main.readOptimistically(LinkerStateView::tableLength),
                        () -> "tables and replica: access=" + at);
                assertFalse(main.participant().shared.isAborted());
                looked.countDown();
                accesses++;
            }
            main.shutdownInstanceGroup();
        }
        System.out.println("an error at each of " + (accesses - 1) + " accesses of an operation"
                + (atAllThatFollow ? " and all that follow" : "") + ": committed all the same=" + committed);
        assertTrue(accesses > 50, "accesses=" + accesses);
        assertTrue(committed > 10 && committed < accesses - 10, "committed=" + committed);
    }

    private static void work(final InstanceGroup group) {
        final long mutex = group.acquireMutex(0);
        group.readLinkerState().close();
        broadcast(group);
        group.releaseMutex(0, mutex);
        group.shutdownInstanceGroup();
    }

    private static void broadcast(final InstanceGroup group) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int slot = state.growTable(GROWTH);
            group.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(slot, GROWTH));
        }
    }

    private static boolean get(final FutureTask<Boolean> victim, final int access) throws Exception {
        try {
            return victim.get(20, TimeUnit.SECONDS);
        } catch (final ExecutionException failure) {
            throw new AssertionError("error at access " + access + " came out as something else", failure.getCause());
        }
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
