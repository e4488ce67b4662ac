package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Making a universe, attaching, detaching, closing with threads inside. */
class UniverseTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private UniverseConfig config() {
        return UniverseConfig.at(directory.resolve("u")).withCapacities(Cast.CAPACITIES);
    }

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        state.setMemoryEnd(65536);
        final int base = state.growTable(10);
        return new DlOperation.LoadModules(
                List.of(state.registerModule("main", "", new byte[ModuleRecord.HASH_LENGTH], 0, 65536, base, 10, 0)));
    }

    // ---- bootstrap -------------------------------------------------------------------------------------------------

    @Test
    void shouldBootstrapOnceWithMainAsHandleOne() throws Exception {
        try (Universe universe = Universe.open(config())) {
            assertFalse(universe.isBootstrapped());
            final FunctionTable table = new FunctionTable();
            final InstanceGroup main = universe.bootstrap(table, UniverseTest::loadMain);
            assertTrue(universe.isBootstrapped());
            assertEquals(10, table.tableLength());
            assertEquals(1, universe.committedSequence());
            try (LinkerStateReader state = main.readLinkerState()) {
                assertEquals(1, state.findModule("main"));
                assertEquals(2, state.nextHandle());
                assertEquals(65536, state.memoryEnd());
                assertNull(state.module(2));
            }
            assertThrows(IllegalStateException.class, () -> universe.bootstrap(new FunctionTable(), s -> null));
            assertEquals(1, main.participant().shared.slots.occupied());
            main.shutdownInstanceGroup();
            assertThrows(IllegalStateException.class, () -> universe.bootstrap(new FunctionTable(), s -> null));
        }
    }

    @Test
    void shouldLetBootstrapBeTriedAgainWhenItsSetUpThrows() throws Exception {
        try (Universe universe = Universe.open(config())) {
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> universe.bootstrap(new FunctionTable(), state -> {
                        state.growTable(99);
                        throw new UnsupportedOperationException();
                    }));
            assertFalse(universe.isBootstrapped());
            final FunctionTable table = new FunctionTable();
            universe.bootstrap(table, UniverseTest::loadMain).shutdownInstanceGroup();
            assertEquals(10, table.tableLength());
        }
    }

    @Test
    void shouldRefuseToJoinBeforeBootstrap() throws Exception {
        try (Universe universe = Universe.open(config())) {
            assertThrows(IllegalStateException.class, () -> universe.joinInstanceGroup(new FunctionTable()));
            universe.bootstrap(new FunctionTable(), state -> null).shutdownInstanceGroup();
            universe.joinInstanceGroup(new FunctionTable()).shutdownInstanceGroup();
        }
    }

    @Test
    void shouldLetExactlyOneBootstrapWhenManyTryAtOnce() throws Exception {
        try (Universe universe = Universe.open(config())) {
            final List<GroupThread> groups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                groups.add(new GroupThread("g" + i, universe, text -> {}));
            }
            final List<CompletableFuture<Outcome>> tries =
                    groups.stream().map(group -> group.submit("bootstrap")).toList();
            int successes = 0;
            for (final CompletableFuture<Outcome> attempt : tries) {
                successes += attempt.get().failed() ? 0 : 1;
            }
            assertTrue(successes <= 1, "bootstrapped " + successes + " times");
            if (successes == 0) {
                // each found another one on its way; then nothing is left of any of them
                assertFalse(groups.get(0).submit("bootstrap").get().failed());
            }
            assertTrue(universe.isBootstrapped());
            groups.forEach(GroupThread::close);
        }
    }

    @Test
    void shouldBootstrapOnceAndJoinOtherwiseWhenManyDoEitherAtOnce() throws Exception {
        try (Universe universe = Universe.open(config())) {
            final List<GroupThread> groups = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                groups.add(new GroupThread("g" + i, universe, text -> {}));
            }
            final List<CompletableFuture<Outcome>> made = new ArrayList<>();
            for (final GroupThread group : groups) {
                made.add(group.submit("bootstrap-or-join"));
            }
            for (int i = 0; i < groups.size(); i++) {
                assertFalse(made.get(i).get().failed(), made.get(i).get().encode());
                assertEquals("ok 10", groups.get(i).submit("table-length").get().encode());
            }
            assertEquals(1, universe.committedSequence());
            groups.forEach(GroupThread::close);
        }
    }

    // ---- attaching -------------------------------------------------------------------------------------------------

    @Test
    void shouldShareOneAttachmentWithinOneJvm() throws Exception {
        final Universe first = Universe.open(config());
        final Universe second = Universe.open(config());
        assertEquals(first.processIndex(), second.processIndex());
        assertEquals(first.id(), second.id());
        final InstanceGroup main = first.bootstrap(new FunctionTable(), UniverseTest::loadMain);
        first.close();
        first.close();
        assertThrows(UniverseClosedException.class, first::isBootstrapped);
        assertThrows(UniverseClosedException.class, first::committedSequence);
        assertThrows(UniverseClosedException.class, () -> first.isProcessAttached(0));
        assertThrows(UniverseClosedException.class, () -> first.joinInstanceGroup(new FunctionTable()));
        assertThrows(UniverseClosedException.class, () -> first.bootstrap(new FunctionTable(), s -> null));
        assertThrows(
                UniverseClosedException.class,
                () -> first.createInstanceGroup("lockstep-claim:" + first.id() + ":0:1", new FunctionTable()));
        assertFalse(main.doPendingLinkOperations(false));
        main.acquireTopologyToken().close();
        main.enterSafeRegion();
        second.joinInstanceGroup(new FunctionTable()).shutdownInstanceGroup();
        main.exitSafeRegion();
        main.shutdownInstanceGroup();
        second.close();
        assertThrows(UniverseClosedException.class, second::isBootstrapped);
        assertEquals(config().directory(), second.directory(), "what needs no memory is still answered");
    }

    @Test
    void shouldFindEverythingAgainWhenTheLastHasLeftAndOneComesBack() throws Exception {
        final FunctionTable before = new FunctionTable();
        try (Universe universe = Universe.open(config())) {
            final InstanceGroup main = universe.bootstrap(before, UniverseTest::loadMain);
            main.allocateClosureIndex();
            main.shutdownInstanceGroup();
        }
        final FunctionTable after = new FunctionTable();
        try (Universe universe = Universe.open(config())) {
            assertTrue(universe.isBootstrapped());
            final InstanceGroup group = universe.joinInstanceGroup(after);
            assertEquals(before.fingerprint(), after.fingerprint());
            assertTrue(group.isClosure(109) || group.isClosure(10));
            group.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldOpenAndCloseFromManyThreadsAtOnce() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            final List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit((Callable<Integer>) () -> {
                    int times = 0;
                    for (; times < 25; times++) {
                        try (Universe universe = Universe.open(config())) {
                            assertEquals(0, universe.processIndex());
                            universe.isBootstrapped();
                        }
                    }
                    return times;
                }));
            }
            for (final Future<Integer> result : results) {
                assertEquals(25, result.get(60, TimeUnit.SECONDS));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldKeepUniversesInOneJvmApart() throws Exception {
        try (Universe one = Universe.open(config());
                Universe two =
                        Universe.open(UniverseConfig.at(directory.resolve("v")).withCapacities(Cast.CAPACITIES))) {
            assertNotEquals(one.id(), two.id());
            one.bootstrap(new FunctionTable(), UniverseTest::loadMain).shutdownInstanceGroup();
            assertFalse(two.isBootstrapped());
        }
    }

    @Test
    void shouldRefuseOneProcessMoreThanThereIsRoomFor() {
        final Capacities c = Cast.CAPACITIES;
        final Capacities one = new Capacities(
                1,
                c.groups(),
                c.modules(),
                c.symbols(),
                c.nameBytes(),
                c.freeExtents(),
                c.closureBatches(),
                c.mutexes(),
                c.ringBytes(),
                c.redoBytes(),
                c.journalBytes());
        try (Cast cast = new Cast(Spread.ONE_JVM, directory.resolve("u"), WORKER, one)) {
            final String refusal = WORKER.openRefused(cast.directory());
            assertTrue(refusal.contains("capacity=processes"), refusal);
            cast.main().ask("broadcast 1");
        }
        WORKER.open(directory.resolve("u"));
        WORKER.close();
    }

    @Test
    void shouldNotLoseSlotWhenIdleStrategyCannotBeMade() throws Exception {
        final AtomicInteger made = new AtomicInteger();
        try (Universe universe =
                Universe.open(config(), UniverseOptions.defaults().idleStrategy(() -> {
                    if (made.incrementAndGet() == 2) {
                        throw new UnsupportedOperationException();
                    }
                    return UniverseOptions.defaultIdleStrategy();
                }))) {
            final InstanceGroup main = universe.bootstrap(new FunctionTable(), UniverseTest::loadMain);
            assertThrows(UnsupportedOperationException.class, () -> universe.joinInstanceGroup(new FunctionTable()));
            assertEquals(1, main.participant().shared.slots.occupied());
            main.shutdownInstanceGroup();
        }
    }

    // ---- closing ---------------------------------------------------------------------------------------------------

    @Test
    void shouldTellThreadsInsideToLeaveAndThenUnmap() throws Exception {
        final List<GroupThread> groups = new ArrayList<>();
        final Universe universe = Universe.open(config());
        final String[] names = {"holds", "polls", "leases", "mutexes", "reads", "writes", "awaits", "prepares", "dozes"
        };
        for (final String name : names) {
            final GroupThread group = new GroupThread(name, universe, text -> {});
            groups.add(group);
            assertFalse(group.submit(groups.size() == 1 ? "bootstrap" : "join")
                    .get()
                    .failed());
        }
        final GroupThread joins = new GroupThread("joins", universe, text -> {});
        groups.get(0).submit("mutex 0").get();
        groups.get(0).submit("write-with-topology").get();
        final List<CompletableFuture<Outcome>> waiting = List.of(
                groups.get(2).submit("acquire"),
                groups.get(3).submit("mutex 0"),
                groups.get(4).submit("read"),
                groups.get(5).submit("write"),
                groups.get(6).submit("await-module 1"),
                groups.get(7).submit("prepare"),
                joins.submit("join"));
        final LinkerShared shared = groups.get(0).group().participant().shared;
        while (shared.slots.occupied() < names.length + 1) {
            Thread.onSpinWait();
        }
        final CompletableFuture<Outcome> dozes = groups.get(8).submit("doze 2000000000");
        universe.close();
        for (final CompletableFuture<Outcome> waiter : waiting) {
            // whoever holds what is waited for leaves too, so a waiter may get it before it is told
            final boolean told = waiter.get().failedBy(UniverseClosedException.class);
            assertTrue(told || !waiter.get().failed(), () -> waiter.join().toString());
        }
        assertFalse(waiting.get(4).get().text().contains("READY"), "nobody has made the module ready");
        assertTrue(
                dozes.get().failedBy(UniverseClosedException.class),
                () -> dozes.join().toString());
        assertTrue(groups.get(1).pollFailure().get().failedBy(UniverseClosedException.class));
        for (final GroupThread group : groups) {
            assertTrue(group.group().isDead());
            assertTrue(group.submit("poll").get().failedBy(InstanceGroupDeadException.class));
        }
        assertTrue(groups.get(0).submit("grow 1").get().failedBy(InstanceGroupDeadException.class));
        assertFalse(groups.get(0).submit("unwrite").get().failed(), "what is gone can be closed");
        groups.forEach(GroupThread::close);
        joins.close();
    }

    @Test
    void shouldEndOwnGroupsOfTheThreadThatCloses() throws Exception {
        final Universe universe = Universe.open(config());
        final InstanceGroup main = universe.bootstrap(new FunctionTable(), UniverseTest::loadMain);
        final LinkerStateReader reader = main.readLinkerState();
        universe.close();
        assertTrue(main.isDead());
        assertThrows(InstanceGroupDeadException.class, reader::tableLength);
        reader.close();
        assertThrows(
                InstanceGroupDeadException.class, () -> main.optimisticView().tableLength());
        assertThrows(InstanceGroupDeadException.class, () -> main.doPendingLinkOperations(true));
        assertThrows(InstanceGroupDeadException.class, () -> main.validate(0));
        main.shutdownInstanceGroup();
    }

    @Test
    void shouldEndGroupsWhoseThreadHasEnded() throws Exception {
        final Universe universe = Universe.open(config());
        final Thread thread = new Thread(() -> {
            final InstanceGroup main = universe.bootstrap(new FunctionTable(), UniverseTest::loadMain);
            main.acquireTopologyToken();
        });
        thread.start();
        thread.join();
        universe.close();
        try (Universe again = Universe.open(config())) {
            final InstanceGroup group = again.joinInstanceGroup(new FunctionTable());
            assertEquals(1, group.participant().shared.slots.occupied());
            group.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldFinishOperationOfGroupInsideBeforeItCloses() throws Exception {
        final Universe universe = Universe.open(config());
        final GroupThread main = new GroupThread("main", universe, text -> {});
        final GroupThread deaf = new GroupThread("deaf", universe, text -> {});
        main.submit("bootstrap").get();
        deaf.submit("join").get();
        deaf.submit("deaf").get();
        final CompletableFuture<Outcome> broadcast = main.submit("broadcast 1");
        while (ControlWord.phase(main.group().participant().shared.control()) != ControlWord.STOP) {
            Thread.onSpinWait();
        }
        deaf.submit("hear");
        universe.close();
        assertFalse(broadcast.get().failed(), () -> broadcast.join().toString());
        main.close();
        deaf.close();
        try (Universe again = Universe.open(config())) {
            assertEquals(2, again.committedSequence());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnInOneJvmWhenTheOtherCloses(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member holder = cast.farJoined("holder");
            far.ask("broadcast 2");
            if (spread == Spread.TWO_JVMS) {
                holder.ask("acquire");
                WORKER.close();
            } else {
                far.ask("shutdown");
                holder.ask("shutdown");
            }
            assertEquals(1, cast.shared().slots.occupied());
            cast.main().ask("broadcast 2");
            final Member late = cast.nearJoined("late");
            cast.assertSameTables(cast.main(), late);
        }
    }
}
