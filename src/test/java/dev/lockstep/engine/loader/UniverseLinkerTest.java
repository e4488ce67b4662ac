package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.demo.DemoModules;
import dev.lockstep.cli.demo.Language;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two groups of one JVM, on threads of their own, in a real universe. */
class UniverseLinkerTest {
    private static final Path JSON = Path.of("corpus/json/fleet.json");

    /** As another engine (V8) counts them. */
    private static final int JSON_NODES = 751;

    @TempDir
    Path directory;

    private volatile Runnable hook = () -> {};
    private volatile Runnable onIdle = () -> {};
    private DemoModules modules;
    private Universe universe;
    private GuestProcess process;
    private ModulePreparation preparation;
    private TestGroup first;
    private TestGroup second;

    @BeforeEach
    void open() throws Exception {
        modules = RealModules.get();
        universe = Universe.open(
                UniverseConfig.at(directory.resolve("universe")),
                UniverseOptions.defaults().idleStrategy(() -> new HookedIdle(() -> onIdle.run())));
        process = GuestProcess.open(
                universe.directory(),
                ModuleSource.of(modules.main()),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                GuestOptions.defaults().bindingNow().withSearch(ModuleSearch.of(List.of(directory))));
        preparation = ModulePreparation.start(universe, process);
        first = TestGroup.bootstrap(universe, process, preparation, () -> hook.run());
        second = TestGroup.join(universe, process, preparation, () -> hook.run());
    }

    @AfterEach
    void close() throws IOException {
        second.close();
        first.close();
        preparation.close();
        universe.close();
        process.close();
    }

    private Path write(final String name, final byte[] module) throws IOException {
        return Files.write(directory.resolve(name), module);
    }

    private Path grammar(final Language language) {
        return modules.grammar(language);
    }

    /** What a failed load must not change. */
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

    private record Loaded(int handle, int slot, ParsedTree tree) {}

    private static Loaded loadJson(final TestGroup by, final Path grammar) throws Exception {
        final int handle = by.linker().loadModule(grammar);
        final int slot = by.linker().resolveFunction(handle, Language.JSON.function());
        return new Loaded(
                handle, slot, by.parse(by.language(grammar, Language.JSON.function()), Files.readString(JSON)));
    }

    @Test
    void shouldLoadTheMainModuleByTheFirstOperation() {
        assertEquals(1, universe.committedSequence());
        assertEquals(state(first), state(second));
        assertEquals(1, first.replica().moduleCount());
    }

    @Test
    void shouldGiveOneModuleWhenTwoGroupsLoadItAtOnce() throws Exception {
        final CyclicBarrier together = new CyclicBarrier(2);
        final Path json = grammar(Language.JSON);
        final Future<Loaded> one = first.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return loadJson(first, json);
        });
        final Future<Loaded> other = second.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return loadJson(second, json);
        });
        final Loaded loaded = TestGroup.get(one);
        assertEquals(loaded, TestGroup.get(other));
        assertEquals(2, loaded.handle());
        assertEquals(JSON_NODES, loaded.tree().nodes());
        assertFalse(loaded.tree().hasErrors());
        assertEquals(state(first), state(second));
        assertEquals(3, universe.committedSequence(), "main, the module, its function");

        try (TestGroup late = TestGroup.join(universe, process, preparation, () -> {})) {
            assertEquals(state(first), state(late));
            assertEquals(loaded, late.call(() -> loadJson(late, json)));
        }
    }

    @Test
    void shouldLoadDifferentModulesAtOnce() throws Exception {
        final CyclicBarrier together = new CyclicBarrier(2);
        final Future<Integer> one = first.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return first.linker().loadModule(grammar(Language.JSON));
        });
        final Future<Integer> other = second.submit(() -> {
            together.await(60, TimeUnit.SECONDS);
            return second.linker().loadModule(grammar(Language.CSS));
        });
        assertEquals(5, TestGroup.get(one) + TestGroup.get(other), "handles 2 and 3");
        assertEquals(state(first), state(second));
        assertEquals(
                JSON_NODES,
                first.call(() -> loadJson(first, grammar(Language.JSON))).tree().nodes());
    }

    @Test
    void shouldLeaveEverythingAsItWasWhenALoadFails() throws Exception {
        final State before = state(first);
        final Path missing = write(
                "missing.wasm",
                new SideModule().memory(1000).function("f", "no_such_function").bytes());
        final Path beyond = write(
                "beyond.wasm",
                new SideModule()
                        .function("f", TestGroup.HOOK)
                        .elementAt(1 << 20)
                        .bytes());
        final Path huge = write("huge.wasm", new SideModule().memory(1 << 30).bytes());
        final byte[] json = Files.readAllBytes(grammar(Language.JSON));
        final Path torn = write("torn.wasm", Arrays.copyOf(json, json.length / 2));
        final Path text = write("text.wasm", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        final Path needing =
                write("needing.wasm", new SideModule().needs("missing.wasm").bytes());

        final LinkException e = assertThrows(LinkException.class, () -> load(missing));
        assertTrue(e.getMessage().contains("no_such_function"), e.getMessage());
        assertThrows(LinkException.class, () -> load(missing), "again");
        assertThrows(LinkException.class, () -> load(beyond));
        assertThrows(LinkException.class, () -> load(huge));
        assertThrows(LinkException.class, () -> load(torn));
        assertThrows(LinkException.class, () -> load(needing));
        assertThrows(LinkException.class, () -> load(text));
        assertThrows(LinkException.class, () -> load(directory.resolve("absent.wasm")));
        assertEquals(before, state(first));
        assertEquals(before, state(second));

        assertEquals(2, load(grammar(Language.JSON)));
        assertEquals(
                JSON_NODES,
                second.call(() -> loadJson(second, grammar(Language.JSON)))
                        .tree()
                        .nodes());
        assertEquals(state(first), state(second));
    }

    private int load(final Path module) {
        return first.call(() -> first.linker().loadModule(module));
    }

    @Test
    void shouldRefuseToResolveWhatIsNotExported() {
        final State before = state(first);
        final int main = GuestReplica.MAIN_HANDLE;
        assertThrows(
                ResolveException.class, () -> first.call(() -> first.linker().resolveFunction(main, "nothing")));
        assertThrows(
                ResolveException.class, () -> first.call(() -> first.linker().resolveFunction(7, "malloc")));
        assertEquals(before, state(second));
        final int slot = first.call(() -> first.linker().resolveFunction(main, "malloc"));
        assertEquals(slot, second.call(() -> second.linker().resolveFunction(main, "malloc")));
    }

    @Test
    void shouldWaitForTheConstructorsThatAnotherGroupRuns() throws Exception {
        final Path module = write(
                "slow.wasm",
                new SideModule().function("__wasm_call_ctors", TestGroup.HOOK).bytes());
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch otherWaits = new CountDownLatch(1);
        final AtomicBoolean constructed = new AtomicBoolean();
        hook = () -> {
            entered.countDown();
            awaitQuietly(otherWaits);
            constructed.set(true);
        };
        final Future<Integer> one = first.submit(() -> first.linker().loadModule(module));
        awaitQuietly(entered);
        onIdle = () -> {
            if (second.isCurrent()) {
                otherWaits.countDown();
            }
        };
        final Future<Boolean> other = second.submit(() -> {
            second.linker().loadModule(module);
            return constructed.get();
        });
        assertTrue(TestGroup.get(other));
        assertEquals(2, TestGroup.get(one));
    }

    private static void awaitQuietly(final CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldSayInEveryGroupThatAModuleHasFailed() throws Exception {
        final Path module = write(
                "failing.wasm",
                new SideModule().function("__wasm_call_ctors", TestGroup.HOOK).bytes());
        final Path needing =
                write("needing.wasm", new SideModule().needs("failing.wasm").bytes());
        hook = () -> {
            throw new IllegalStateException("constructor's own");
        };
        final LinkException e = assertThrows(LinkException.class, () -> load(module));
        assertTrue(e.getMessage().contains("constructor's own"), e.getMessage());
        assertThrows(
                LinkException.class, () -> second.call(() -> second.linker().loadModule(module)));
        assertThrows(LinkException.class, () -> load(needing));
        hook = () -> {};
        assertEquals(
                JSON_NODES,
                first.call(() -> loadJson(first, grammar(Language.JSON))).tree().nodes());
        assertEquals(state(first), state(second));
    }

    @Test
    void shouldLoadWhatAModuleNeedsBeforeIt() throws Exception {
        write(
                "base.wasm",
                new SideModule().memory(100).function("base", TestGroup.HOOK).bytes());
        write(
                "middle.wasm",
                new SideModule().needs("base.wasm").function("middle", "base").bytes());
        final Path top = write(
                "top.wasm",
                new SideModule()
                        .needs("middle.wasm")
                        .needs("base.wasm")
                        .function("__wasm_call_ctors", "middle")
                        .bytes());
        final AtomicBoolean called = new AtomicBoolean();
        hook = () -> called.set(true);
        assertEquals(4, load(top));
        assertTrue(called.get());
        assertEquals(2, universe.committedSequence(), "main, then all three at once");
        assertEquals(2, second.call(() -> second.linker().loadModule(directory.resolve("base.wasm"))));
        assertEquals(state(first), state(second));
    }

    @Test
    void shouldLoadFromAConstructor() throws Exception {
        final Path module = write(
                "nesting.wasm",
                new SideModule().function("__wasm_call_ctors", TestGroup.HOOK).bytes());
        hook = () -> {
            try {
                assertEquals(2, first.linker().loadModule(module), "the one that is being loaded");
                assertEquals(3, first.linker().loadModule(grammar(Language.JSON)));
                assertTrue(first.linker().resolveFunction(3, Language.JSON.function()) > 0);
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        };
        assertEquals(2, load(module));
        assertEquals(3, second.call(() -> second.linker().loadModule(grammar(Language.JSON))));
        assertEquals(state(first), state(second));
    }
}
