package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups that load and unload the same modules, and calls that cannot be done now. */
class ConcurrentLoadsTest {
    private static final String CONSTRUCTORS = "__wasm_call_ctors";
    private static final int ROUNDS = 60;

    @TempDir
    Path directory;

    private CWorld world;
    private CGuest first;
    private CGuest second;

    private void open(final Capacities capacities) throws IOException {
        world = CWorld.open(
                directory,
                config -> config.withCapacities(capacities),
                GuestOptions.defaults(),
                UniverseLinker.PARALLEL);
        first = world.guest(0);
        second = world.join();
    }

    private void open() throws IOException {
        open(Capacities.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private static Capacities capacities(final int symbols, final int names, final int journal) {
        final Capacities c = Capacities.DEFAULT;
        return new Capacities(
                c.processes(),
                8,
                512,
                symbols,
                names,
                c.freeExtents(),
                8,
                c.mutexes(),
                c.ringBytes(),
                1 << 16,
                journal);
    }

    private static SideModule module() {
        return new SideModule().shared().memory(64);
    }

    /** What somebody has loaded stays until that one has let go of it, whoever else lets go of it meanwhile. */
    @Test
    void shouldKeepWhatAGroupHasWhileOthersLoadAndUnloadIt() throws Exception {
        open();
        world.join();
        final long seed = new Random().nextLong();
        final List<Future<Integer>> works = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            final CGuest guest = world.guest(i);
            final Random random = new Random(seed + i);
            works.add(guest.submit(() -> {
                int taken = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    taken += loadUseUnload(guest, random);
                }
                return taken;
            }));
        }
        int taken = 0;
        for (final Future<Integer> work : works) {
            try {
                taken += TestGroup.get(work);
            } catch (final Throwable e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        assertTrue(taken > 0, "seed=" + seed);
        assertEquals(1, first.run(() -> first.replica().moduleCount()), "seed=" + seed);
        world.assertSameReplicas();
    }

    private static int loadUseUnload(final CGuest guest, final Random random) throws IOException {
        final UniverseLinker linker = guest.linker();
        final int handle;
        final String module;
        switch (random.nextInt(4)) {
            case 0 -> {
                module = "chain_a.wasm";
                handle = linker.loadModule(module);
                assertEquals(27, guest.callHere(module, "chain_a", 10));
                final int slot = linker.resolveFunction(handle, "chain_a");
                assertEquals(27, guest.replica().slot(slot).callInt(10));
            }
            case 1 -> {
                module = "tls_use.wasm";
                handle = linker.loadModule(module);
                final int value = random.nextInt();
                guest.replica().exported(handle, "use_set").call(value);
                assertEquals(value, guest.callHere("tls_def.wasm", "tls_get"));
                assertEquals(7, guest.callHere("tls_def.wasm", "tls_follow"));
            }
            case 2 -> {
                module = random.nextBoolean() ? "cycle_a.wasm" : "cycle_b.wasm";
                handle = linker.loadModule(module);
                assertEquals(21, guest.callHere("cycle_a.wasm", "cycle_a_both"));
                assertEquals(12, guest.callHere("cycle_b.wasm", "cycle_b_both"));
            }
            default -> {
                module = "got_func.wasm";
                handle = linker.loadModule(module);
                assertEquals(7, guest.callHere(module, "got_same"));
                assertEquals(605, guest.callHere(module, "got_call_all", 1));
                linker.resolveFunction(handle, "got_same");
            }
        }
        assertTrue(linker.isHandleValid(handle));
        return linker.unloadModule(handle) ? 1 : 0;
    }

    @Test
    void shouldLoadFromConstructorsWhatAnotherGroupLoadsAndUnloads() throws Exception {
        open();
        final Future<Integer> nesting = first.submit(() -> {
            for (int round = 0; round < ROUNDS; round++) {
                final int handle = first.linker().loadModule("ctor_loads.wasm");
                assertEquals(1005, first.callHere("ctor_loads.wasm", "ctor_loads_result"));
                final int loaded = first.callHere("ctor_loads.wasm", "ctor_loads_handle");
                assertTrue(first.linker().isHandleValid(loaded));
                first.linker().unloadModule(handle);
                first.linker().unloadModule(loaded);
            }
            return 0;
        });
        final Future<Integer> plain = second.submit(() -> {
            for (int round = 0; round < ROUNDS; round++) {
                final int handle = second.linker().loadModule("ctor_loaded.wasm");
                assertEquals(ModuleState.READY, second.group().moduleState(handle));
                second.linker().unloadModule(handle);
            }
            return 0;
        });
        TestGroup.get(nesting);
        TestGroup.get(plain);
        assertEquals(1, first.run(() -> first.replica().moduleCount()));
        world.assertSameReplicas();
    }

    // ---- time
    // ---------------------------------------------------------------------------------------------------------

    private interface Attempt {
        void run() throws Exception;
    }

    /** While the second group does not answer. */
    private void assertTimesOut(final Attempt attempt) throws Exception {
        final CountDownLatch deaf = new CountDownLatch(1);
        final CountDownLatch over = new CountDownLatch(1);
        final Future<Boolean> other = second.submit(() -> {
            deaf.countDown();
            CWorld.await(over);
            return true;
        });
        CWorld.await(deaf);
        try {
            assertThrows(
                    RendezvousTimeoutException.class,
                    () -> first.run(() -> {
                        attempt.run();
                        return null;
                    }));
        } finally {
            over.countDown();
        }
        assertTrue(TestGroup.get(other));
    }

    @Test
    void shouldChangeNothingWhenAnOperationTakesTooLong() throws Exception {
        open();
        world.write("m.wasm", module().function("f", TestGroup.HOOK));
        first.run(() -> {
            first.linker().limitOperations(20, TimeUnit.MILLISECONDS);
            return null;
        });
        CWorld.State before = world.state(first);
        assertTimesOut(() -> first.linker().loadModule("m.wasm"));
        world.assertNothingChanged(before);
        assertEquals(2, first.load("m.wasm"));

        before = world.state(first);
        assertTimesOut(() -> first.linker().resolveFunction(2, "f"));
        world.assertNothingChanged(before);
        assertTimesOut(() -> first.linker().unloadModule(2));
        world.assertNothingChanged(before);
        assertEquals(1, world.references(2), "it still has it");
        assertEquals(ModuleState.READY, second.run(() -> second.group().moduleState(2)));
        assertTrue(first.run(() -> first.linker().resolveFunction(2, "f")) > 0);
        assertTrue(first.run(() -> first.linker().unloadModule(2)));
        world.assertSameReplicas();
    }

    /** It fails, and can't be taken out; the next load does that. */
    @Test
    void shouldTakeOutLaterWhatFailedWhenAGroupDoesNotAnswer() throws Exception {
        open();
        world.write("m.wasm", module().function(CONSTRUCTORS, TestGroup.HOOK));
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch deaf = new CountDownLatch(1);
        final CountDownLatch over = new CountDownLatch(1);
        world.hook(() -> {
            entered.countDown();
            CWorld.await(deaf);
            throw new IllegalStateException("constructor's own");
        });
        final Future<Integer> load = first.submit(() -> {
            first.linker().limitOperations(20, TimeUnit.MILLISECONDS);
            return first.linker().loadModule("m.wasm");
        });
        CWorld.await(entered);
        final Future<Boolean> other = second.submit(() -> {
            deaf.countDown();
            CWorld.await(over);
            return true;
        });
        final Throwable e = assertThrows(LinkException.class, () -> TestGroup.get(load));
        over.countDown();
        TestGroup.get(other);
        assertEquals(1, e.getSuppressed().length);
        assertEquals(RendezvousTimeoutException.class, e.getSuppressed()[0].getClass());
        assertFalse(second.run(() -> second.linker().isHandleValid(2)));
        world.hook(() -> {});
        assertEquals(3, second.load("m.wasm"));
        assertEquals(2, second.run(() -> second.replica().moduleCount()));
        world.assertSameReplicas();
    }

    // ---- room
    // ---------------------------------------------------------------------------------------------------------

    private CapacityExceededException assertFull(final String capacity, final Attempt attempt) {
        final CWorld.State before = world.state(first);
        final CapacityExceededException e = assertThrows(
                CapacityExceededException.class,
                () -> first.run(() -> {
                    attempt.run();
                    return null;
                }));
        assertEquals(capacity, e.capacity());
        world.assertNothingChanged(before);
        return e;
    }

    @Test
    void shouldGoOnWhenTheSymbolsAreFull() throws Exception {
        open(capacities(4, 1 << 16, 1 << 20));
        final SideModule many = module();
        for (int i = 0; i < 6; i++) {
            many.function("f" + i, TestGroup.HOOK);
        }
        world.write("many.wasm", many);
        final int handle = first.load("many.wasm");
        for (int i = 0; i < 4; i++) {
            final String name = "f" + i;
            first.run(() -> first.linker().resolveFunction(handle, name));
        }
        assertFull("symbols", () -> first.linker().resolveFunction(handle, "f4"));
        assertTrue(second.run(() -> second.linker().resolveFunction(handle, "f3")) > 0, "what was resolved is");
        assertTrue(first.run(() -> first.linker().unloadModule(handle)));
        final int again = second.load("many.wasm");
        assertTrue(first.run(() -> first.linker().resolveFunction(again, "f4")) > 0, "there is room now");
        world.assertSameReplicas();
    }

    @Test
    void shouldGoOnWhenThereIsNoRoomForASymbolsName() throws Exception {
        open(capacities(64, 1 << 10, 1 << 20));
        final String longName = "f".repeat(1 << 10);
        world.write("m.wasm", module().function(longName, TestGroup.HOOK).function("f", TestGroup.HOOK));
        final int handle = first.load("m.wasm");
        assertFull("nameBytes", () -> first.linker().resolveFunction(handle, longName));
        assertTrue(first.run(() -> first.linker().resolveFunction(handle, "f")) > 0);
        world.assertSameReplicas();
    }

    @Test
    void shouldGoOnWhenTheJournalIsFullWhateverIsAskedFor() throws Exception {
        open(capacities(64, 1 << 16, 1 << 12));
        world.write("m.wasm", module().function("f", TestGroup.HOOK).function("g", TestGroup.HOOK));
        world.write("n.wasm", module());
        int handle = first.load("m.wasm");
        CapacityExceededException full = null;
        while (full == null) {
            final int loaded = handle;
            try {
                assertTrue(first.run(() -> first.linker().unloadModule(loaded)));
                handle = first.load("m.wasm");
            } catch (final CapacityExceededException e) {
                full = e;
            }
        }
        assertEquals("journalBytes", full.capacity());
        final int kept = handle;
        assertFull("journalBytes", () -> first.linker().loadModule("n.wasm"));
        if (first.run(() -> first.linker().isHandleValid(kept))) {
            assertFull("journalBytes", () -> first.linker().unloadModule(kept));
            assertEquals(1, world.references(kept));
            second.run(() -> second.replica().exported(kept, "f").call());
            assertEquals(kept, second.load("m.wasm"), "a further reference needs no operation");
        }
        world.assertSameReplicas();
    }
}
