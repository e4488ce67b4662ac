package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What nobody waits for: threads that end without a word, groups that keep others waiting. All of one JVM. */
@Timeout(60)
class MonitorTest {
    private static final long SECONDS = 20;

    @TempDir
    private Path directory;

    private final Told told = new Told();

    private static final class Told implements UniverseListener {
        final BlockingQueue<StallReport> stalls = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> lost = new LinkedBlockingQueue<>();
        final BlockingQueue<Integer> evicted = new LinkedBlockingQueue<>();

        @Override
        public void stalled(final StallReport report) {
            stalls.add(report);
        }

        @Override
        public void groupLost(final int group, final String threadName) {
            lost.add(group);
        }

        @Override
        public void evicted(final int group, final int process) {
            evicted.add(group);
        }
    }

    private Universe open(final UniverseOptions options) throws IOException {
        return Universe.open(
                UniverseConfig.at(directory.resolve("u")).withCapacities(Capacities.DEFAULT.withGroups(8)), options);
    }

    private UniverseOptions options() {
        return UniverseOptions.defaults().listener(told).monitorInterval(Duration.ofMillis(1));
    }

    private static InstanceGroup main(final Universe universe) {
        return universe.bootstrap(
                new FunctionTable(), state -> new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
    }

    private static void broadcast(final InstanceGroup group, final long timeoutMillis) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int slot = state.growTable(1);
            group.synchronizeLinkOperation(
                    state, new DlOperation.AllocateFunctionTable(slot, 1), timeoutMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Runs something on a thread of its own. */
    private static <T> CompletableFuture<T> elsewhere(final Callable<T> call) {
        final CompletableFuture<T> result = new CompletableFuture<>();
        final Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(call.call());
                    } catch (final Throwable failure) {
                        result.completeExceptionally(failure);
                    }
                },
                "elsewhere");
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private static <T> T get(final CompletableFuture<T> future) throws Exception {
        return future.get(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldReapGroupWhoseThreadEndedWithTheLease() throws Exception {
        try (Universe universe = open(options())) {
            final InstanceGroup main = main(universe);
            final int lost = get(elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                group.acquireTopology();
                return group.slot();
            }));
            broadcast(main, 0);
            assertEquals(lost, told.lost.poll(SECONDS, TimeUnit.SECONDS));
            assertEquals(1, main.participant().shared.slots.occupied());
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldReapGroupWhoseThreadEndedWhileItWrote() throws Exception {
        try (Universe universe = open(options())) {
            final InstanceGroup main = main(universe);
            get(elsewhere(() -> {
                universe.joinInstanceGroup(new FunctionTable())
                        .writeLinkerStateWithTopology()
                        .growTable(5);
                return null;
            }));
            broadcast(main, 0);
            assertEquals(
                    2, main.readOptimistically(LinkerStateView::tableLength), "what was not committed is forgotten");
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldNameGroupThatDoesNotPoll() throws Exception {
        try (Universe universe = open(options().stallAfter(Duration.ofMillis(50)))) {
            final InstanceGroup main = main(universe);
            final CountDownLatch joined = new CountDownLatch(1);
            final CountDownLatch named = new CountDownLatch(1);
            final CompletableFuture<Integer> deaf = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                joined.countDown();
                named.await();
                group.doPendingLinkOperations(true);
                group.shutdownInstanceGroup();
                return group.slot();
            });
            joined.await();
            final CompletableFuture<Object> watch = elsewhere(() -> {
                final StallReport first = told.stalls.poll(SECONDS, TimeUnit.SECONDS);
                assertEquals(StallReport.Kind.ARRIVAL, first.kind());
                assertEquals("elsewhere", first.threadName());
                assertEquals("running", first.state());
                assertEquals(ProcessHandle.current().pid(), first.pid());
                assertTrue(first.stalledFor().toMillis() >= 50, first::toString);
                final StallReport second = told.stalls.poll(SECONDS, TimeUnit.SECONDS);
                assertTrue(
                        second.stalledFor()
                                        .compareTo(first.stalledFor()
                                                .multipliedBy(3)
                                                .dividedBy(2))
                                > 0,
                        () -> "told again when the wait has doubled: " + first + " " + second);
                named.countDown();
                return first.group();
            });
            broadcast(main, 0);
            assertEquals(get(deaf), get(watch));
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldNameHolderOfTheLeaseForWhomOthersWait() throws Exception {
        try (Universe universe = open(options().stallAfter(Duration.ofMillis(50)))) {
            final InstanceGroup main = main(universe);
            final long grant = main.acquireTopology();
            final CompletableFuture<Object> waits = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                group.shutdownInstanceGroup();
                return null;
            });
            final StallReport report = told.stalls.poll(SECONDS, TimeUnit.SECONDS);
            assertEquals(StallReport.Kind.TOPOLOGY_LEASE, report.kind());
            assertEquals(main.slot(), report.group());
            assertTrue(report.stalledFor().toMillis() >= 50, report::toString);
            main.releaseTopology(grant);
            while (!waits.isDone()) {
                main.cooperate();
            }
            get(waits);
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldNameNobodyWhileNobodyWaits() throws Exception {
        try (Universe universe = open(options().stallAfter(Duration.ofMillis(20)))) {
            final InstanceGroup main = main(universe);
            final long grant = main.acquireTopology();
            assertEquals(null, told.stalls.poll(200, TimeUnit.MILLISECONDS));
            main.releaseTopology(grant);
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldGoOnWithoutGroupThatDoesNotCome() throws Exception {
        try (Universe universe = open(options().evictAfter(Duration.ofMillis(30)))) {
            final InstanceGroup main = main(universe);
            final CountDownLatch joined = new CountDownLatch(1);
            final CountDownLatch over = new CountDownLatch(1);
            final CompletableFuture<Integer> deaf = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                joined.countDown();
                over.await();
                assertThrows(GroupEvictedException.class, () -> group.doPendingLinkOperations(true));
                assertThrows(InstanceGroupDeadException.class, () -> group.doPendingLinkOperations(true));
                group.shutdownInstanceGroup();
                return group.slot();
            });
            joined.await();
            broadcast(main, 0);
            broadcast(main, 0);
            final int evicted = told.evicted.poll(SECONDS, TimeUnit.SECONDS);
            assertEquals(
                    2, main.participant().shared.slots.occupied(), "the slot stays taken until the group has seen it");
            over.countDown();
            assertEquals(evicted, get(deaf));
            assertEquals(1, main.participant().shared.slots.occupied());
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldTellEvictedGroupInWhateverItCallsNext() throws Exception {
        try (Universe universe = open(options().evictAfter(Duration.ofMillis(30)))) {
            final InstanceGroup main = main(universe);
            final CountDownLatch joined = new CountDownLatch(1);
            final CountDownLatch over = new CountDownLatch(1);
            final CompletableFuture<Object> deaf = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                joined.countDown();
                over.await();
                assertThrows(GroupEvictedException.class, () -> group.tryAcquireMutex(0));
                return null;
            });
            joined.await();
            broadcast(main, 0);
            over.countDown();
            get(deaf);
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldReplaceNothingWhileEvictedGroupMayRunOn() throws Exception {
        try (Universe universe = open(options().evictAfter(Duration.ofMillis(30)))) {
            final InstanceGroup main = main(universe);
            final int closure = main.allocateClosureIndex();
            final CountDownLatch joined = new CountDownLatch(1);
            final CountDownLatch over = new CountDownLatch(1);
            final CompletableFuture<Object> deaf = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                joined.countDown();
                over.await();
                assertThrows(GroupEvictedException.class, () -> group.doPendingLinkOperations(true));
                return null;
            });
            joined.await();
            final long before = universe.committedSequence();
            assertThrows(RendezvousTimeoutException.class, () -> main.prepareClosure(closure, 0, 1, "v"));
            told.evicted.poll(SECONDS, TimeUnit.SECONDS);
            assertThrows(IllegalStateException.class, () -> main.prepareClosure(closure, 0, 1, "v"));
            assertEquals(before, universe.committedSequence());
            broadcast(main, 0);
            over.countDown();
            get(deaf);
            main.prepareClosure(closure, 0, 1, "v");
            assertEquals(before + 2, universe.committedSequence());
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldNotEvictGroupThatHoldsSomething() throws Exception {
        try (Universe universe = open(options().evictAfter(Duration.ofMillis(30)))) {
            final InstanceGroup main = main(universe);
            final CountDownLatch joined = new CountDownLatch(1);
            final CountDownLatch over = new CountDownLatch(1);
            final CompletableFuture<Object> deaf = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                final long grant = group.acquireMutex(0);
                joined.countDown();
                over.await();
                group.doPendingLinkOperations(true);
                group.releaseMutex(0, grant);
                group.shutdownInstanceGroup();
                return null;
            });
            joined.await();
            assertThrows(RendezvousTimeoutException.class, () -> broadcast(main, 300));
            over.countDown();
            get(deaf);
            broadcast(main, 0);
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldLetFollowerGoOnBetweenOperationsThatFollowEachOther() throws Exception {
        final int operations = 2_000;
        try (Universe universe = open(options())) {
            final InstanceGroup main = main(universe);
            final CountDownLatch joined = new CountDownLatch(1);
            final AtomicBoolean over = new AtomicBoolean();
            final CompletableFuture<Integer> follower = elsewhere(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                joined.countDown();
                int answered = 0;
                while (!over.get()) {
                    answered += group.doPendingLinkOperations(true) ? 1 : 0;
                }
                group.shutdownInstanceGroup();
                return answered;
            });
            joined.await();
            for (int i = 0; i < operations; i++) {
                broadcast(main, 0);
            }
            over.set(true);
            final int answered = get(follower);
            assertTrue(answered >= operations, () -> "one operation a poll at most: polls=" + answered);
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldWithdrawOperationWhenItsJvmClosesTheUniverse() throws Exception {
        final Universe universe = open(options());
        final InstanceGroup main = main(universe);
        final CountDownLatch joined = new CountDownLatch(2);
        final CompletableFuture<Object> instigator = elsewhere(() -> {
            final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
            joined.countDown();
            joined.await();
            broadcast(group, 0);
            return null;
        });
        final CompletableFuture<Object> deaf = elsewhere(() -> {
            final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
            joined.countDown();
            assertInstanceOf(
                    UniverseClosedException.class,
                    assertThrows(ExecutionException.class, () -> MonitorTest.get(instigator))
                            .getCause());
            assertThrows(UniverseClosedException.class, () -> group.doPendingLinkOperations(false));
            return null;
        });
        while (ControlWord.phase(main.participant().shared.control()) != ControlWord.STOP) {
            Thread.onSpinWait();
        }
        universe.close();
        get(deaf);
        assertTrue(main.isDead());
    }
}
