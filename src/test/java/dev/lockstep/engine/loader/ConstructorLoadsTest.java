package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.SynchronizationAbortedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Constructors that load modules, what others make of them meanwhile, and what is left if they fail. */
class ConstructorLoadsTest {
    private static final String CONSTRUCTORS = "__wasm_call_ctors";

    @TempDir
    Path directory;

    private CWorld world;

    private void open(final int groups, final int mutex) throws IOException {
        world = CWorld.open(directory, config -> config, GuestOptions.defaults(), mutex);
        for (int i = 1; i < groups; i++) {
            world.join();
        }
    }

    private void open(final int groups) throws IOException {
        open(groups, UniverseLinker.PARALLEL);
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private static SideModule constructing() {
        return new SideModule().shared().memory(64).function(CONSTRUCTORS, TestGroup.HOOK);
    }

    private CGuest current() {
        for (int i = 0; ; i++) {
            if (world.guest(i).isCurrent()) {
                return world.guest(i);
            }
        }
    }

    private static int load(final CGuest by, final String name) {
        try {
            return by.linker().loadModule(name);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int find(final CGuest by, final String name) {
        return by.group().readOptimistically(state -> state.findModule(name));
    }

    private static ModuleState state(final CGuest of, final int handle) {
        return of.run(() -> of.group().moduleState(handle));
    }

    /** Once where it is rehearsed, once in each group's instance, and once more to fill the data. */
    @Test
    void shouldRunTheStartFunctionOnceInEachInstance() throws Exception {
        open(2);
        world.write("m.wasm", new SideModule().shared().memory(64).start(TestGroup.HOOK));
        final AtomicInteger calls = new AtomicInteger();
        world.hook(calls::incrementAndGet);
        assertEquals(2, world.guest(0).load("m.wasm"));
        assertEquals(2, world.guest(1).load("m.wasm"));
        assertEquals(4, calls.get());
    }

    @Test
    void shouldTakeOutWhatAFailedConstructorHasLoadedAndLinkedToItsModule() throws Exception {
        open(2);
        final CGuest first = world.guest(0);
        final CGuest second = world.guest(1);
        world.write("x.wasm", constructing().function("x", TestGroup.HOOK));
        world.write("y.wasm", new SideModule().shared().memory(64).function("y", "x"));
        world.write("z.wasm", new SideModule().shared().memory(64).function("z", "y"));
        world.write("free.wasm", new SideModule().shared().memory(64).function("free", TestGroup.HOOK));
        world.hook(() -> {
            assertEquals(3, load(first, "y.wasm"));
            assertEquals(4, load(first, "z.wasm"));
            assertEquals(5, load(first, "free.wasm"));
            throw new IllegalStateException("constructor's own");
        });
        final LinkException e = assertThrows(LinkException.class, () -> first.load("x.wasm"));
        assertEquals("x.wasm", e.module());
        assertEquals(LinkError.INIT_FUNCTION_FAILED, e.error());
        for (int handle = 2; handle <= 4; handle++) {
            assertEquals(ModuleState.FAILED, state(second, handle), "handle " + handle);
        }
        assertEquals(ModuleState.READY, state(second, 5));
        world.hook(() -> {});
        assertEquals(6, second.load("x.wasm"));
        assertEquals(7, second.load("y.wasm"));
        assertEquals(8, first.load("z.wasm"));
        world.assertSameReplicas();
    }

    @Test
    void shouldLetOthersWaitForWhatIsLinkedToAModuleWhoseConstructorsRun() throws Exception {
        open(2);
        final CGuest first = world.guest(0);
        final CGuest second = world.guest(1);
        world.write("x.wasm", constructing().function("x", TestGroup.HOOK));
        world.write("y.wasm", new SideModule().shared().memory(64).function("y", "x"));
        final CountDownLatch isLoaded = new CountDownLatch(1);
        final CountDownLatch waits = new CountDownLatch(1);
        final AtomicInteger done = new AtomicInteger();
        world.hook(() -> {
            load(first, "y.wasm");
            isLoaded.countDown();
            while (waits.getCount() > 0) {
                first.group().cooperate();
            }
            done.set(1);
        });
        final Future<Integer> x = first.submit(() -> load(first, "x.wasm"));
        CWorld.await(isLoaded);
        world.onIdle(() -> {
            if (second.isCurrent()) {
                waits.countDown();
            }
        });
        final Future<Integer> y = second.submit(() -> {
            final int handle = load(second, "y.wasm");
            assertEquals(1, done.get(), "it is linked to what was not ready");
            return handle;
        });
        assertEquals(3, TestGroup.get(y));
        assertEquals(2, TestGroup.get(x));
        assertEquals(2, world.references(3));
        world.assertSameReplicas();
    }

    /** Each waits for the next one's; a further one waits for any of them, and is in no ring. */
    @Test
    void shouldLetConstructorsOfThreeGroupsLoadInARing() throws Exception {
        open(4);
        for (int i = 0; i < 3; i++) {
            world.write("ring" + i + ".wasm", constructing());
        }
        for (int round = 0; round < 10; round++) {
            final AtomicInteger constructing = new AtomicInteger();
            final int[] loaded = new int[3];
            final CountDownLatch all = new CountDownLatch(3);
            world.hook(() -> {
                final CGuest here = current();
                constructing.incrementAndGet();
                all.countDown();
                while (constructing.get() < 3) {
                    here.group().cooperate();
                }
                for (int i = 0; i < 3; i++) {
                    if (here == world.guest(i)) {
                        loaded[i] = load(here, "ring" + (i + 1) % 3 + ".wasm");
                    }
                }
            });
            final List<Future<Integer>> loads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                final int number = i;
                loads.add(world.guest(i).submit(() -> load(world.guest(number), "ring" + number + ".wasm")));
            }
            CWorld.await(all);
            final CGuest last = world.guest(3);
            final Future<Integer> further = last.submit(() -> {
                final int handle = load(last, "ring1.wasm");
                assertEquals(ModuleState.READY, last.group().moduleState(handle));
                return handle;
            });
            final List<Integer> handles = new ArrayList<>();
            for (final Future<Integer> load : loads) {
                handles.add(TestGroup.get(load));
            }
            assertEquals(handles.get(1), TestGroup.get(further));
            for (int i = 0; i < 3; i++) {
                assertEquals(handles.get((i + 1) % 3), loaded[i]);
                assertEquals(i == 1 ? 3 : 2, world.references(handles.get(i)));
                for (int j = 0; j < (i == 1 ? 3 : 2); j++) {
                    final int handle = handles.get(i);
                    last.run(() -> last.linker().unloadModule(handle));
                }
                assertEquals(ModuleState.UNLOADED, state(last, handles.get(i)));
            }
        }
        world.assertSameReplicas();
    }

    @Test
    void shouldGiveUpTheGuestsMutexForTheGroupWhoseModuleAConstructorNeeds() throws Exception {
        open(2, 0);
        final CGuest first = world.guest(0);
        final CGuest second = world.guest(1);
        world.write("outer.wasm", constructing());
        world.write("inner.wasm", new SideModule().shared().memory(64));
        final CountDownLatch inside = new CountDownLatch(1);
        world.hook(() -> {
            inside.countDown();
            while (find(first, "inner.wasm") == 0) {
                first.group().cooperate(); // the other one has broadcast it, and wants the mutex now
            }
            final int handle = load(first, "inner.wasm");
            assertEquals(ModuleState.READY, first.group().moduleState(handle));
        });
        final Future<Integer> outer = first.submit(() -> load(first, "outer.wasm"));
        CWorld.await(inside);
        final Future<Integer> inner = second.submit(() -> load(second, "inner.wasm"));
        assertEquals(2, TestGroup.get(outer));
        assertEquals(3, TestGroup.get(inner));
        assertTrue(second.run(() -> {
            second.linker().enterGuest(); // it was given back as often as it was taken
            second.linker().leaveGuest();
            return true;
        }));
        world.assertSameReplicas();
    }

    @Test
    void shouldSayThatTheUniverseIsAbortedToAConstructorThatHasGivenUpTheMutex() throws Exception {
        open(3, 0);
        final CGuest first = world.guest(0);
        final CGuest second = world.guest(1);
        final CGuest third = world.guest(2);
        world.write("outer.wasm", constructing());
        world.write("inner.wasm", constructing());
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch constructing = new CountDownLatch(1);
        world.hook(() -> {
            if (first.isCurrent()) {
                inside.countDown();
                while (find(first, "inner.wasm") == 0) {
                    first.group().cooperate();
                }
                load(first, "inner.wasm");
            } else {
                constructing.countDown();
                while (true) {
                    second.group().cooperate();
                }
            }
        });
        final Future<Integer> outer = first.submit(() -> load(first, "outer.wasm"));
        CWorld.await(inside);
        final Future<Integer> inner = second.submit(() -> load(second, "inner.wasm"));
        CWorld.await(constructing);
        assertThrows(
                SynchronizationAbortedException.class,
                () -> third.run(() -> {
                    third.group().abort(17);
                    third.group().cooperate();
                    return null;
                }));
        assertEquals(
                17,
                assertThrows(SynchronizationAbortedException.class, () -> TestGroup.get(outer))
                        .code());
        assertEquals(
                17,
                assertThrows(SynchronizationAbortedException.class, () -> TestGroup.get(inner))
                        .code());
    }

    @Test
    void shouldKeepAModuleThatWasLetGoOfWhileItsConstructorsRunUntilTheyAreDone() throws Exception {
        open(2);
        final CGuest first = world.guest(0);
        final CGuest second = world.guest(1);
        world.write("m.wasm", constructing());
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch letGo = new CountDownLatch(1);
        world.hook(() -> {
            inside.countDown();
            while (letGo.getCount() > 0) {
                first.group().cooperate();
            }
        });
        final Future<Integer> load = first.submit(() -> load(first, "m.wasm"));
        CWorld.await(inside);
        assertFalse(second.run(() -> second.linker().unloadModule(2)), "its constructors run");
        letGo.countDown();
        assertEquals(2, TestGroup.get(load));
        world.hook(() -> {});
        assertEquals(ModuleState.READY, state(second, 2));
        assertEquals(3, second.load("ctors.wasm"), "takes out what nobody has");
        assertEquals(ModuleState.UNLOADED, state(first, 2));
        world.assertSameReplicas();
    }
}
