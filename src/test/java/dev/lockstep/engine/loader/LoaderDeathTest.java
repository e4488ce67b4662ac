package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.SynchronizationAbortedException;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another JVM dies at a chosen point of a load or an unload; the two groups of this one go on. */
class LoaderDeathTest {
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto");
    private static final String CONSTRUCTORS = "__wasm_call_ctors";
    private static final String RELOCATIONS = "__wasm_apply_data_relocs";
    private static final int DEAD = 3;

    @TempDir
    Path directory;

    private final AtomicInteger hookCalls = new AtomicInteger();
    private CWorld world;
    private CGuest first;
    private CGuest second;

    private void open(final ConstructorPolicy policy) throws IOException {
        world = CWorld.open(
                directory,
                config -> config.withConstructorPolicy(policy),
                GuestOptions.defaults(),
                UniverseLinker.PARALLEL);
        first = world.guest(0);
        second = world.join();
        world.hook(hookCalls::incrementAndGet);
    }

    private void open() throws IOException {
        open(ConstructorPolicy.CONTINUE);
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private static SideModule module() {
        return new SideModule().shared().memory(64);
    }

    /**
     * A JVM with one group, which obeys "load NAME CALL [NESTED]", and halts at that call of the hook, and loads another module
     * at the first one; "unload HANDLE stop", and halts while it waits for others to arrive; "unload HANDLE committed", and halts
     * when everybody has applied the operation, holding everything.
     */
    static final class WorkerMain {
        public static void main(final String[] args) throws Exception {
            final CWorld world = CWorld.prepare(
                    Path.of(args[0]), config -> config, GuestOptions.defaults(), UniverseLinker.PARALLEL);
            final CGuest guest = world.join();
            ForkedJvm.say("joined");
            while (true) {
                final String[] words = ForkedJvm.nextLine().split(" ");
                if (words[0].equals("load")) {
                    final AtomicInteger calls = new AtomicInteger();
                    world.hook(() -> {
                        final int call = calls.incrementAndGet();
                        if (call == Integer.parseInt(words[2])) {
                            ForkedJvm.say("there");
                            ForkedJvm.nextLine();
                            Runtime.getRuntime().halt(DEAD);
                        } else if (words.length > 3) {
                            load(guest, words[3]);
                        }
                    });
                    ForkedJvm.say("loaded " + guest.load(words[1]));
                } else {
                    final int handle = Integer.parseInt(words[1]);
                    guest.run(() -> {
                        if (words[2].equals("stop")) {
                            world.onIdle(() -> Runtime.getRuntime().halt(DEAD));
                        } else {
                            guest.linker()
                                    .timeOperations(
                                            nanos -> Runtime.getRuntime().halt(DEAD));
                        }
                        return guest.linker().unloadModule(handle);
                    });
                }
            }
        }

        private static void load(final CGuest guest, final String name) {
            try {
                guest.linker().loadModule(name);
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private ForkedJvm startWorker() {
        final ForkedJvm jvm = ForkedJvm.startWith(QUICK_START, WorkerMain.class, directory.toString());
        jvm.expect("joined");
        return jvm;
    }

    private static void halt(final ForkedJvm jvm) {
        jvm.send("halt");
        assertEquals(DEAD, jvm.waitForEnd());
    }

    private void dieInLoad(final String command) {
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load " + command);
            jvm.expect("there");
            halt(jvm);
        }
    }

    private ModuleState state(final int handle) {
        return second.run(() -> second.group().moduleState(handle));
    }

    private void assertUsable(final String name, final String function) {
        for (final CGuest guest : List.of(first, second)) {
            final int before = hookCalls.get();
            guest.run(() ->
                    guest.replica().exported(guest.handleHere(name), function).call());
            assertEquals(before + 1, hookCalls.get());
        }
        world.assertSameReplicas();
    }

    // ---- load
    // ---------------------------------------------------------------------------------------------------------

    /** The first call of the start function is the rehearsal's, the second one that of its own apply, the third fills the data. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldGoOnWhenTheLoaderDiesBeforeInOrAfterTheOperation(final int call) throws Exception {
        open();
        world.write("m.wasm", module().start(TestGroup.HOOK).function("f", TestGroup.HOOK));
        dieInLoad("m.wasm " + call);
        assertEquals(2, second.load("m.wasm"), "as if never asked, or taken on");
        assertEquals(ModuleState.READY, state(2));
        assertEquals(2, first.load("m.wasm"));
        assertEquals(call == 1 ? 2 : 3, world.references(2), "the dead one's reference stays");
        assertEquals(2, world.universe().committedSequence(), "the same operation");
        assertUsable("m.wasm", "f");
    }

    @Test
    void shouldRelocateAgainWhatTheDeadHadBegunTo() throws Exception {
        open();
        world.write(
                "m.wasm",
                module().function(RELOCATIONS, TestGroup.HOOK)
                        .function(CONSTRUCTORS, TestGroup.HOOK)
                        .function("f", TestGroup.HOOK));
        dieInLoad("m.wasm 1");
        assertEquals(2, second.load("m.wasm"));
        assertEquals(2, hookCalls.get(), "both, here");
        assertUsable("m.wasm", "f");
    }

    @Test
    void shouldTakeOnWhatTheDeadHadBegunWhileItWaits() throws Exception {
        open();
        world.write("m.wasm", module().function(RELOCATIONS, TestGroup.HOOK).function("f", TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load m.wasm 1");
            jvm.expect("there");
            final CountDownLatch waits = world.whenWaits(second);
            final Future<Integer> load = second.submit(() -> second.linker().loadModule("m.wasm"));
            CWorld.await(waits);
            assertFalse(load.isDone());
            halt(jvm);
            assertEquals(2, TestGroup.get(load));
        }
        assertEquals(1, hookCalls.get());
        assertUsable("m.wasm", "f");
    }

    @Test
    void shouldFailWhatTheDeadWasConstructingWhileItWaits() throws Exception {
        open();
        world.write("m.wasm", module().function(CONSTRUCTORS, TestGroup.HOOK).function("f", TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load m.wasm 1");
            jvm.expect("there");
            final CountDownLatch waits = world.whenWaits(second);
            final Future<Integer> load = second.submit(() -> second.linker().loadModule("m.wasm"));
            CWorld.await(waits);
            halt(jvm);
            final LinkException e = assertThrows(LinkException.class, () -> TestGroup.get(load));
            assertEquals(LinkError.DEPENDENCY_FAILED, e.error());
            assertEquals("m.wasm", e.module());
        }
        assertEquals(3, first.load("m.wasm"));
        assertEquals(1, hookCalls.get());
        assertUsable("m.wasm", "f");
    }

    @Test
    void shouldAbortWhenTheLoaderDiesInItsConstructorsIfThatIsThePolicy() throws Exception {
        open(ConstructorPolicy.ABORT);
        world.write("m.wasm", module().function(CONSTRUCTORS, TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load m.wasm 1");
            jvm.expect("there");
            final CountDownLatch waits = world.whenWaits(second);
            final Future<Integer> load = second.submit(() -> second.linker().loadModule("m.wasm"));
            CWorld.await(waits);
            halt(jvm);
            final int code = assertThrows(SynchronizationAbortedException.class, () -> TestGroup.get(load))
                    .code();
            assertEquals(
                    code,
                    assertThrows(SynchronizationAbortedException.class, () -> first.load("m.wasm"))
                            .code());
        }
    }

    @Test
    void shouldFailBothWhenTheLoaderDiesInALoadInsideOfAConstructor() throws Exception {
        open();
        world.write(
                "outer.wasm", module().function(CONSTRUCTORS, TestGroup.HOOK).function("f", TestGroup.HOOK));
        world.write("inner.wasm", module().function(CONSTRUCTORS, TestGroup.HOOK));
        dieInLoad("outer.wasm 2 inner.wasm");
        assertEquals(ModuleState.FAILED, second.run(() -> second.group().awaitModule(2)));
        assertEquals(ModuleState.FAILED, second.run(() -> second.group().awaitModule(3)));
        assertEquals(4, second.load("inner.wasm"));
        assertEquals(5, first.load("outer.wasm"));
        assertEquals(3, second.run(() -> second.replica().moduleCount()));
        assertUsable("outer.wasm", "f");
    }

    /** What is linked to the module whose constructors the dead one ran is not ready without it. */
    @Test
    void shouldFailWhatAConstructorOfTheDeadHasLinkedToItsModule() throws Exception {
        open();
        world.write("outer.wasm", module().function(CONSTRUCTORS, "twice").function("twice", TestGroup.HOOK));
        world.write("inner.wasm", module().function("f", "twice").function(CONSTRUCTORS, TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load outer.wasm 2 inner.wasm");
            jvm.expect("there");
            halt(jvm);
        }
        assertEquals(ModuleState.FAILED, second.run(() -> second.group().awaitModule(2)));
        assertEquals(ModuleState.FAILED, second.run(() -> second.group().awaitModule(3)));
        assertEquals(4, first.load("outer.wasm"));
        assertEquals(5, second.load("inner.wasm"));
        assertUsable("inner.wasm", "f");
    }

    // ---- unload
    // -------------------------------------------------------------------------------------------------------

    @Test
    void shouldKeepTheModuleWhenWhoUnloadsItDiesBeforeTheCommit() throws Exception {
        open();
        world.write("m.wasm", module().function("f", TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load m.wasm 1");
            assertEquals("2", jvm.expect("loaded"));
            final CountDownLatch deaf = new CountDownLatch(1);
            final CountDownLatch dead = new CountDownLatch(1);
            final Future<Boolean> other = first.submit(() -> {
                deaf.countDown();
                CWorld.await(dead);
                return true;
            });
            CWorld.await(deaf);
            jvm.send("unload 2 stop");
            assertEquals(DEAD, jvm.waitForEnd());
            dead.countDown();
            assertTrue(TestGroup.get(other));
        }
        assertEquals(ModuleState.READY, state(2));
        assertEquals(1, world.references(2), "as if it had not been let go of");
        assertEquals(2, world.universe().committedSequence());
        assertEquals(2, second.load("m.wasm"));
        assertUsable("m.wasm", "f");
    }

    @Test
    void shouldHaveUnloadedTheModuleWhenWhoDoesThatDiesAfterTheCommit() throws Exception {
        open();
        world.write("m.wasm", module().function("f", TestGroup.HOOK));
        try (ForkedJvm jvm = startWorker()) {
            jvm.send("load m.wasm 1");
            assertEquals("2", jvm.expect("loaded"));
            jvm.send("unload 2 committed");
            assertEquals(DEAD, jvm.waitForEnd());
        }
        assertEquals(ModuleState.UNLOADED, state(2));
        assertEquals(3, second.load("m.wasm"), "the lease and the linker state have passed on");
        assertEquals(world.record(2).memoryBase(), world.record(3).memoryBase());
        assertUsable("m.wasm", "f");
    }
}
