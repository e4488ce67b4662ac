package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However a load fails: what it took is given back, and once its cause is gone the same load succeeds. */
class FailedLoadTest {
    private static final String CONSTRUCTORS = "__wasm_call_ctors";
    private static final String RELOCATIONS = "__wasm_apply_data_relocs";
    private static final int NAME_BYTES_LEFT = 1024;

    @TempDir
    Path directory;

    private volatile Runnable hook = () -> {};
    private volatile Runnable onIdle = () -> {};
    private Universe universe;
    private GuestProcess process;
    private ModulePreparation preparation;
    private TestGroup first;
    private TestGroup second;

    private void open(final Capacities capacities) throws Exception {
        universe = Universe.open(
                UniverseConfig.at(directory.resolve("universe")).withCapacities(capacities),
                UniverseOptions.defaults().idleStrategy(() -> new HookedIdle(() -> onIdle.run())));
        process = GuestProcess.open(
                universe.directory(),
                ModuleSource.of(RealModules.get().main()),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                GuestOptions.defaults().bindingNow().withSearch(ModuleSearch.of(List.of(directory))));
        preparation = ModulePreparation.start(universe, process);
        first = TestGroup.bootstrap(universe, process, preparation, () -> hook.run());
        second = TestGroup.join(universe, process, preparation, () -> hook.run());
    }

    private void open() throws Exception {
        open(Capacities.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        second.close();
        first.close();
        preparation.close();
        universe.close();
        process.close();
    }

    private Path write(final String name, final SideModule module) throws IOException {
        return Files.write(directory.resolve(name), module.bytes());
    }

    private static SideModule running(final String function) {
        return new SideModule().memory(1000).function(function, TestGroup.HOOK);
    }

    private static int load(final TestGroup by, final Path module) {
        return by.call(() -> by.linker().loadModule(module));
    }

    private int load(final Path module) {
        return load(first, module);
    }

    private <E extends Throwable> E refused(final Class<E> error, final Path module) {
        return assertThrows(error, () -> load(module));
    }

    private LinkException refused(final Path module) {
        return refused(LinkException.class, module);
    }

    private void fail(final Throwable reason) {
        hook = () -> {
            if (reason instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) reason;
        };
    }

    private void heal() {
        hook = () -> {};
    }

    private static ModuleRecord module(final TestGroup of, final int handle) {
        return of.call(() -> {
            try (LinkerStateReader state = of.group().readLinkerState()) {
                return state.module(handle);
            }
        });
    }

    private static int find(final TestGroup of, final String name) {
        return of.call(() -> of.group().readOptimistically(state -> state.findModule(name)));
    }

    /** What a load that fails before its operation must not change. */
    private record State(
            long operations, int tableLength, long memoryEnd, int nextHandle, int modules, String fingerprint) {}

    private State state(final TestGroup of) {
        return of.call(() -> {
            try (LinkerStateReader state = of.group().readLinkerState()) {
                return new State(
                        universe.committedSequence(),
                        state.tableLength(),
                        state.memoryEnd(),
                        state.nextHandle(),
                        of.replica().moduleCount(),
                        of.replica().fingerprint());
            }
        });
    }

    /** The groups agree, and a newcomer finds the same in the journal. */
    private void assertSameReplicas() {
        assertEquals(state(first), state(second));
        try (TestGroup late = TestGroup.join(universe, process, preparation, () -> {})) {
            assertEquals(state(first), state(late));
        }
    }

    private void assertNothingChanged(final State before) {
        assertEquals(before, state(first));
        assertEquals(before, state(second));
    }

    private static void awaitQuietly(final CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- before the operation --------------------------------------------------------------------------------------

    @Test
    void shouldLoadAFileThatWasMissing() throws Exception {
        open();
        final State before = state(first);
        final Path module = directory.resolve("m.wasm");
        assertEquals(LinkError.SHARED_LIBRARY_MISSING, refused(module).error());
        Files.write(module, new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        assertEquals(LinkError.NOT_DYNAMIC_LIBRARY, refused(module).error());
        assertNothingChanged(before);
        write("m.wasm", running(CONSTRUCTORS));
        assertEquals(2, load(module));
        assertEquals(2, load(second, module));
        assertSameReplicas();
    }

    @Test
    void shouldLoadWhatAnImportWasMissingFor() throws Exception {
        open();
        final State before = state(first);
        final Path user = write("user.wasm", new SideModule().memory(100).function(CONSTRUCTORS, "provided"));
        assertTrue(refused(LinkException.class, user).getMessage().contains("provided"));
        assertNothingChanged(before);
        final AtomicInteger calls = new AtomicInteger();
        hook = calls::incrementAndGet;
        assertEquals(2, load(second, write("provider.wasm", running("provided"))));
        assertEquals(3, load(user));
        assertEquals(1, calls.get());
        assertSameReplicas();
    }

    @Test
    void shouldLoadWhatAGroupDidNotArriveFor() throws Exception {
        open();
        final State before = state(first);
        final Path module = write("m.wasm", running(CONSTRUCTORS));
        final CountDownLatch deaf = new CountDownLatch(1);
        final CountDownLatch over = new CountDownLatch(1);
        final Future<Boolean> other = second.submit(() -> {
            deaf.countDown();
            awaitQuietly(over);
            return true;
        });
        awaitQuietly(deaf);
        first.call(() -> {
            first.linker().limitOperations(20, TimeUnit.MILLISECONDS);
            return null;
        });
        refused(RendezvousTimeoutException.class, module);
        over.countDown();
        assertTrue(TestGroup.get(other));
        assertNothingChanged(before);
        assertEquals(2, load(module));
        assertEquals(2, load(second, module));
        assertSameReplicas();
    }

    @Test
    void shouldGoOnWhenTheModulesAreFull() throws Exception {
        open(capacities(3, 1 << 16, 1 << 16, 1 << 20));
        final int base = load(write("base.wasm", running("base")));
        load(write("more.wasm", running("more")));
        assertFull("modules", write("full.wasm", running(CONSTRUCTORS)));
        first.call(() -> first.linker().resolveFunction(base, "base"));
        assertSameReplicas();
    }

    @Test
    void shouldGoOnWhenTheNamesAreFull() throws Exception {
        open(capacities(64, NAME_BYTES_LEFT, 1 << 16, 1 << 20));
        int loaded = 0;
        Throwable full = null;
        while (full == null) {
            final Path module = write("n" + loaded + "x".repeat(100) + ".wasm", running("f"));
            try {
                load(module);
                loaded++;
            } catch (final CapacityExceededException e) {
                full = e;
            }
        }
        assertFull("nameBytes", directory.resolve("n" + loaded + "x".repeat(100) + ".wasm"));
        assertTrue(first.call(() -> first.linker().resolveFunction(2, "f")) > 0, "a short name has room");
        assertSameReplicas();
    }

    @Test
    void shouldLoadInPartsWhatIsTooMuchForTheRedoAreaAtOnce() throws Exception {
        open(capacities(64, 1 << 16, 1 << 12, 1 << 20));
        final SideModule top = new SideModule();
        for (int i = 0; i < 30; i++) {
            write("part" + i + ".wasm", running("f" + i));
            top.needs("part" + i + ".wasm");
        }
        final Path all = write("top.wasm", top);
        assertFull("redoBytes", all);
        for (int i = 0; i < 30; i++) {
            assertEquals(2 + i, load(directory.resolve("part" + i + ".wasm")));
        }
        assertEquals(32, load(all));
        assertSameReplicas();
    }

    @Test
    void shouldGoOnWhenTheJournalIsFull() throws Exception {
        open(capacities(64, 1 << 16, 1 << 16, 1 << 12));
        final Path module = write("m.wasm", running(CONSTRUCTORS));
        final Path good = write("good.wasm", running("f"));
        assertEquals(2, load(good));
        fail(new IllegalStateException("constructor's own"));
        int failed = 0;
        RuntimeException full = null;
        while (full == null) {
            final RuntimeException failure = refused(RuntimeException.class, module);
            if (failure instanceof LinkException && failure.getSuppressed().length == 0) {
                failed++;
            } else {
                full = failure;
            }
        }
        assertTrue(failed > 2, "failed=" + failed);
        heal();
        assertFull("journalBytes", module);
        assertEquals(2, load(second, good));
        second.call(() -> {
            second.replica().exported(2, "f").call();
            return null;
        });
        assertSameReplicas();
    }

    private void assertFull(final String capacity, final Path module) {
        final State before = state(first);
        assertEquals(capacity, refused(CapacityExceededException.class, module).capacity());
        assertNothingChanged(before);
    }

    private static Capacities capacities(final int modules, final int names, final int redo, final int journal) {
        final Capacities c = Capacities.DEFAULT;
        return new Capacities(
                c.processes(), 8, modules, 64, names, c.freeExtents(), 8, c.mutexes(), c.ringBytes(), redo, journal);
    }

    // ---- after the operation ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {CONSTRUCTORS, RELOCATIONS})
    void shouldLoadAgainWhatFailedOnce(final String where) throws Exception {
        open();
        final Path module = write("m.wasm", running(where));
        final long operations = universe.committedSequence();
        fail(new IllegalStateException("module's own"));
        assertTrue(refused(LinkException.class, module).getMessage().contains("module's own"));
        assertEquals(operations + 2, universe.committedSequence(), "loaded and taken out");
        assertEquals(0, find(second, "m.wasm"));
        assertEquals(ModuleState.FAILED, second.call(() -> second.group().moduleState(2)));
        assertEquals(0, module(second, 2).memorySize());
        assertSameReplicas();
        heal();
        assertEquals(3, load(module));
        assertEquals(3, load(second, module));
        assertEquals(module(first, 2).memoryBase(), module(first, 3).memoryBase(), "what was given back");
        assertSameReplicas();
    }

    @Test
    void shouldLoadAgainAfterAStackOverflow() throws Exception {
        open();
        final Path module = write("m.wasm", running(CONSTRUCTORS));
        fail(new StackOverflowError());
        refused(LinkException.class, module);
        heal();
        assertEquals(3, load(second, module));
        assertSameReplicas();
    }

    @Test
    void shouldNotRunOutOfMemoryHoweverOftenALargeModuleFails() throws Exception {
        open();
        final int size = (int) (LinearMemoryPlan.DEFAULT_MODULE_BYTES / 2 + (1 << 20));
        final Path module = write("large.wasm", running(CONSTRUCTORS).memory(size));
        fail(new IllegalStateException("constructor's own"));
        for (int i = 0; i < 10; i++) {
            assertTrue(refused(LinkException.class, module).getMessage().contains("constructor's own"));
        }
        heal();
        final int handle = load(module);
        assertEquals(12, handle);
        final Path another = write("another.wasm", new SideModule().memory(size));
        assertTrue(refused(LinkException.class, another).getMessage().contains("no room"), "two do not fit");
        assertSameReplicas();
    }

    @Test
    void shouldTakeOutWhatWasLoadedForAModuleThatFails() throws Exception {
        open();
        write("ready.wasm", running("ready"));
        write("bad.wasm", running(CONSTRUCTORS));
        write("unbegun.wasm", running("unbegun"));
        final Path top = write(
                "top.wasm",
                new SideModule()
                        .needs("ready.wasm")
                        .needs("bad.wasm")
                        .needs("unbegun.wasm")
                        .function("top", "unbegun"));
        fail(new IllegalStateException("constructor's own"));
        final LinkException failure = refused(top);
        assertEquals(LinkError.INIT_FUNCTION_FAILED, failure.error());
        assertEquals("bad.wasm", failure.module());
        assertEquals(CONSTRUCTORS, failure.symbol());
        assertEquals(0, find(second, "ready.wasm"), "nobody else has it");
        assertEquals(0, find(second, "bad.wasm"));
        assertEquals(0, find(second, "unbegun.wasm"));
        assertEquals(0, find(second, "top.wasm"));
        assertSameReplicas();
        heal();
        assertEquals(9, load(second, top));
        assertEquals(9, load(top));
        assertEquals(6, find(first, "ready.wasm"));
        assertSameReplicas();
    }

    @Test
    void shouldLinkNothingToAModuleThatFailed() throws Exception {
        open();
        final Path bad = write("bad.wasm", running(CONSTRUCTORS).function("shared", TestGroup.HOOK));
        final Path user = write("user.wasm", new SideModule().function(CONSTRUCTORS, "shared"));
        fail(new IllegalStateException("constructor's own"));
        refused(LinkException.class, bad);
        assertTrue(refused(LinkException.class, user).getMessage().contains("import not found"));
        heal();
        assertEquals(3, load(bad));
        final AtomicInteger calls = new AtomicInteger();
        hook = calls::incrementAndGet;
        assertEquals(4, load(user));
        assertEquals(1, calls.get());
        assertSameReplicas();
    }

    @Test
    void shouldRefuseWhoHoldsTheFailedHandle() throws Exception {
        open();
        final Path module = write("m.wasm", running(CONSTRUCTORS).function("f", TestGroup.HOOK));
        final AtomicInteger slot = new AtomicInteger();
        hook = () -> {
            slot.set(first.linker().resolveFunction(2, "f"));
            throw new IllegalStateException("constructor's own");
        };
        refused(LinkException.class, module);
        heal();
        for (final TestGroup group : new TestGroup[] {first, second}) {
            assertThrows(
                    ResolveException.class,
                    () -> group.call(() -> group.linker().resolveFunction(2, "f")));
            assertThrows(
                    ResolveException.class,
                    () -> group.call(() -> group.replica().exported(2, "f")));
            assertThrows(
                    ResolveException.class,
                    () -> group.call(() -> group.replica().slot(slot.get())));
        }
        assertEquals(3, load(module));
        final int again = second.call(() -> second.linker().resolveFunction(3, "f"));
        assertEquals(again, first.call(() -> first.linker().resolveFunction(3, "f")));
        assertEquals(slot.get(), again, "the slot was given back");
        assertSameReplicas();
    }

    @Test
    void shouldTellThoseWhoWaitAndLetAllTryAgain() throws Exception {
        open();
        final Path module = write("m.wasm", running(CONSTRUCTORS));
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch otherWaits = new CountDownLatch(1);
        hook = () -> {
            entered.countDown();
            awaitQuietly(otherWaits);
            throw new IllegalStateException("constructor's own");
        };
        final Future<Integer> one = first.submit(() -> first.linker().loadModule(module));
        awaitQuietly(entered);
        onIdle = () -> {
            if (second.isCurrent()) {
                otherWaits.countDown();
            }
        };
        final Future<Integer> other = second.submit(() -> second.linker().loadModule(module));
        assertThrows(LinkException.class, () -> TestGroup.get(one));
        assertThrows(LinkException.class, () -> TestGroup.get(other));
        heal();
        final CyclicBarrier together = new CyclicBarrier(2);
        final Future<Integer> oneAgain = first.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return first.linker().loadModule(module);
        });
        final Future<Integer> otherAgain = second.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return second.linker().loadModule(module);
        });
        assertEquals(3, TestGroup.get(oneAgain));
        assertEquals(3, TestGroup.get(otherAgain));
        assertSameReplicas();
    }

    @Test
    void shouldAgreeWhenGroupsKeepTryingWhatFailsNowAndThen() throws Exception {
        open();
        final Path module = write("m.wasm", running(CONSTRUCTORS));
        final Path top = write("top.wasm", new SideModule().memory(64).needs("m.wasm"));
        final AtomicInteger failures = new AtomicInteger(40);
        hook = () -> {
            if (failures.decrementAndGet() >= 0) {
                throw new IllegalStateException("constructor's own");
            }
        };
        final Future<Integer> one = first.submit(() -> untilLoaded(first, module));
        final Future<Integer> other = second.submit(() -> untilLoaded(second, top));
        final int handle = TestGroup.get(one);
        assertEquals(handle, find(second, "m.wasm"));
        assertEquals((int) TestGroup.get(other), find(first, "top.wasm"));
        assertEquals(handle, load(second, module));
        assertSameReplicas();
    }

    private static int untilLoaded(final TestGroup by, final Path module) throws IOException {
        int attempts = 0;
        while (true) {
            try {
                return by.linker().loadModule(module);
            } catch (final LinkException e) {
                attempts++;
                assertTrue(attempts < 200, () -> "never loaded: " + e);
            }
        }
    }
}
