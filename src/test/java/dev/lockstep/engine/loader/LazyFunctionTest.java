package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.linker.SynchronizationAbortedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that are looked for when they are first called: which one it is, in every group, whatever else goes on. */
class LazyFunctionTest {
    private static final String CONSTRUCTORS = "__wasm_call_ctors";

    @TempDir
    Path directory;

    private CWorld world;
    private CGuest first;
    private CGuest second;

    @BeforeEach
    void open() throws Exception {
        world = CWorld.open(directory);
        first = world.guest(0);
        second = world.join();
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private static SideModule module() {
        return new SideModule().shared().memory(64);
    }

    private static int recorded(final CGuest by, final int importer, final String name) {
        return by.run(() -> by.group().readOptimistically(state -> state.findSymbol(importer, name)));
    }

    private static Object call(final CGuest by, final String module, final String function) {
        return by.run(
                () -> by.replica().exported(by.handleHere(module), function).call());
    }

    private static boolean unload(final CGuest by, final int handle) {
        return by.run(() -> by.linker().unloadModule(handle));
    }

    @Test
    void shouldBeTheSameInGroupsThatCallItAtOnce() throws Exception {
        final List<CGuest> guests = List.of(first, second, world.join());
        for (int round = 0; round < 20; round++) {
            final int user = first.load("lazy_user.wasm");
            final int provider = second.load("lazy_provider.wasm");
            guests.get(2).main("spin", 1);
            final CyclicBarrier together = new CyclicBarrier(guests.size());
            final List<Future<Integer>> calls = new ArrayList<>();
            for (final CGuest guest : guests) {
                calls.add(guest.submit(() -> {
                    together.await(60, TimeUnit.SECONDS);
                    return guest.callHere("lazy_user.wasm", "lazy_call", 2);
                }));
            }
            for (final Future<Integer> call : calls) {
                assertEquals(7, TestGroup.get(call));
            }
            assertTrue(first.run(() -> first.replica().slots().length()) > 0);
            assertFalse(unload(first, provider), "it is bound to it");
            assertTrue(unload(second, user));
            assertFalse(second.run(() -> second.linker().isHandleValid(provider)));
        }
        world.assertSameReplicas();
    }

    @Test
    void shouldStayWhatItIsWhenAnotherModuleHasItToo() throws Exception {
        world.write("user.wasm", module().function("user", "provided"));
        world.write("one.wasm", module().function("provided", TestGroup.HOOK));
        world.write(
                "other.wasm",
                module().function("provided", "main_does_not_matter").weak("main_does_not_matter"));
        first.load("user.wasm");
        final int one = first.load("one.wasm");
        final AtomicInteger calls = new AtomicInteger();
        world.hook(calls::incrementAndGet);
        call(second, "user.wasm", "user");
        first.load("other.wasm");
        call(first, "user.wasm", "user");
        try (CGuest late =
                CGuest.join(world.universe(), world.process(), world.preparation(), calls::incrementAndGet, -1)) {
            call(late, "user.wasm", "user");
        }
        assertEquals(3, calls.get());
        assertEquals(first.run(() -> first.linker().resolveFunction(one, "provided")), recorded(second, 2, "provided"));
        final ResolveException e = assertThrows(
                ResolveException.class, () -> second.run(() -> second.linker().resolveFunction(2, "provided")));
        assertEquals(ResolveError.MISSING_EXPORT, e.error(), "it imports it");
        world.assertSameReplicas();
    }

    @Test
    void shouldWaitForAProviderThatAnotherGroupLoads() throws Exception {
        world.write("user.wasm", module().function("user", "provided"));
        world.write(
                "provider.wasm", module().function("provided", TestGroup.HOOK).function(CONSTRUCTORS, TestGroup.HOOK));
        first.load("user.wasm");
        for (int attempt = 0; attempt < 2; attempt++) {
            final boolean fails = attempt == 0;
            final CountDownLatch entered = new CountDownLatch(1);
            final CountDownLatch waits = new CountDownLatch(1);
            final AtomicInteger constructed = new AtomicInteger();
            final AtomicInteger called = new AtomicInteger();
            world.hook(() -> {
                if (second.isCurrent()) {
                    called.addAndGet(constructed.get());
                    return;
                }
                entered.countDown();
                CWorld.await(waits);
                if (fails) {
                    throw new IllegalStateException("constructor's own");
                }
                constructed.set(1);
            });
            final Future<Integer> load = first.submit(() -> first.linker().loadModule("provider.wasm"));
            CWorld.await(entered);
            world.onIdle(() -> {
                if (second.isCurrent()) {
                    waits.countDown();
                }
            });
            final Future<Object> call =
                    second.submit(() -> second.replica().exported(2, "user").call());
            if (fails) {
                assertThrows(LinkException.class, () -> TestGroup.get(load));
                final ResolveException e = assertThrows(ResolveException.class, () -> TestGroup.get(call));
                assertEquals(ResolveError.MISSING_EXPORT, e.error());
                assertEquals(-1, recorded(second, 2, "provided"));
            } else {
                assertEquals(4, TestGroup.get(load));
                TestGroup.get(call);
                assertEquals(1, called.get(), "after its constructors");
            }
            world.onIdle(() -> {});
        }
        world.assertSameReplicas();
    }

    /** The constructor of what provides it calls it through its user, and then fails. */
    @Test
    void shouldNotStayBoundToAModuleThatFails() throws Exception {
        world.write("user.wasm", module().function("user", "provided"));
        world.write(
                "provider.wasm",
                module().table(1).function("provided", TestGroup.HOOK).function(CONSTRUCTORS, "user"));
        world.write("sound.wasm", module().function("provided", TestGroup.HOOK));
        first.load("user.wasm");
        world.failInHook();
        final LinkException e = assertThrows(LinkException.class, () -> first.load("provider.wasm"));
        assertEquals(0, e.getSuppressed().length, "it was taken out");
        assertEquals(-1, recorded(second, 2, "provided"));
        world.hook(() -> {});
        final int sound = second.load("sound.wasm");
        final AtomicInteger calls = new AtomicInteger();
        world.hook(calls::incrementAndGet);
        call(first, "user.wasm", "user");
        call(second, "user.wasm", "user");
        assertEquals(2, calls.get());
        assertEquals(
                second.run(() -> second.linker().resolveFunction(sound, "provided")), recorded(first, 2, "provided"));
        world.assertSameReplicas();
    }

    @Test
    void shouldPassOverWhatFailsWhenASymbolIsLookedForInAllModules() throws Exception {
        world.write("failing.wasm", module().function("shared", TestGroup.HOOK).function(CONSTRUCTORS, TestGroup.HOOK));
        world.write("sound.wasm", module().function("shared", TestGroup.HOOK));
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch waits = new CountDownLatch(1);
        world.hook(() -> {
            entered.countDown();
            while (waits.getCount() > 0) {
                first.group().cooperate();
            }
            throw new IllegalStateException("constructor's own");
        });
        final Future<Integer> load = first.submit(() -> first.linker().loadModule("failing.wasm"));
        CWorld.await(entered);
        final int sound = second.load("sound.wasm");
        assertEquals(3, sound);
        world.onIdle(() -> {
            if (second.isCurrent()) {
                waits.countDown();
            }
        });
        final Future<ResolvedExport> found =
                second.submit(() -> second.linker().resolveExport(GuestLinker.RTLD_DEFAULT, "shared"));
        assertThrows(LinkException.class, () -> TestGroup.get(load));
        final int slot = TestGroup.get(found).pointer();
        assertEquals(slot, first.run(() -> first.linker().resolveFunction(sound, "shared")));
        assertNotEquals(0, slot);
        world.assertSameReplicas();
    }

    @Test
    void shouldNotCallIntoAnAbortedUniverse() throws Exception {
        first.load("lazy_user.wasm");
        first.load("lazy_provider.wasm");
        assertEquals(1, second.call("lazy_user.wasm", "lazy_ready"));
        final AtomicInteger code = new AtomicInteger();
        assertThrows(
                SynchronizationAbortedException.class,
                () -> second.run(() -> {
                    second.replica().pollWith(null); // nobody looks on the way to the function but who looks for it
                    second.group().abort(17);
                    code.set(assertThrows(
                                    SynchronizationAbortedException.class,
                                    () -> second.callHere("lazy_user.wasm", "lazy_call", 2))
                            .code());
                    return null;
                }));
        assertEquals(17, code.get());
    }
}
