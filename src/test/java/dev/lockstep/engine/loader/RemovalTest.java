package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.region.Capacities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when modules are taken out, and what others have of them afterwards. */
class RemovalTest {
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

    private static int resolve(final CGuest by, final int handle, final String function) {
        return by.run(() -> by.linker().resolveFunction(handle, function));
    }

    private static boolean unload(final CGuest by, final int handle) {
        return by.run(() -> by.linker().unloadModule(handle));
    }

    private static boolean isValid(final CGuest by, final int handle) {
        return by.run(() -> by.linker().isHandleValid(handle));
    }

    /** A module that has the address of a function of another one, in a slot among its own. */
    private static SideModule pointingTo(final String function) {
        return new SideModule().shared().memory(64).importGlobal("GOT.func", function, SideModule.I32, true);
    }

    @Test
    void shouldTakeOutTogetherModulesWhoseSlotsHoldEachOthersResolvedFunctions() {
        for (int round = 0; round < 3; round++) {
            final int a = first.load("cycle_a.wasm");
            final int b = second.load("cycle_b.wasm");
            for (final String function : List.of("cycle_a", "cycle_a_both", "cycle_a_pointer")) {
                resolve(second, a, function);
            }
            for (final String function : List.of("cycle_b", "cycle_b_both", "cycle_b_pointer")) {
                resolve(first, b, function);
            }
            assertFalse(unload(first, b));
            assertTrue(unload(second, a));
            assertFalse(isValid(first, b));
            world.assertSameReplicas();
        }
    }

    @Test
    void shouldGiveMemoryBackOnceThereIsRoomForIt() throws Exception {
        world.close();
        final Capacities c = Capacities.DEFAULT;
        world = CWorld.open(
                directory.resolve("small"),
                config -> config.withCapacities(new Capacities(
                        c.processes(),
                        c.groups(),
                        c.modules(),
                        c.symbols(),
                        c.nameBytes(),
                        1,
                        c.closureBatches(),
                        c.mutexes(),
                        c.ringBytes(),
                        c.redoBytes(),
                        c.journalBytes())),
                GuestOptions.defaults(),
                UniverseLinker.PARALLEL);
        first = world.guest(0);
        for (final String name : List.of("a.wasm", "b.wasm", "c.wasm")) {
            world.write(name, new SideModule().shared().memory(1024));
        }
        first.load("a.wasm");
        final int b = first.load("b.wasm");
        final int c2 = first.load("c.wasm");
        assertTrue(unload(first, b), "between two others, and the one leftover is the rest of the page");
        assertTrue(memoryOf(first, b) > 0, "no room among the leftovers");
        assertTrue(unload(first, c2), "next to the leftover");
        first.load("c.wasm");
        assertEquals(0, memoryOf(first, b));
    }

    private static long memoryOf(final CGuest by, final int handle) {
        return by.run(() -> {
            try (LinkerStateReader state = by.group().readLinkerState()) {
                return state.module(handle).memorySize();
            }
        });
    }

    @Test
    void shouldTakeOutWithAFailedModuleWhatItPointsTo() throws Exception {
        world.write("base.wasm", new SideModule().shared().function("base", TestGroup.HOOK));
        world.write("top.wasm", pointingTo("base").needs("base.wasm").function(CONSTRUCTORS, TestGroup.HOOK));
        world.hook(() -> {
            first.linker().resolveFunction(2, "base"); // its slot is one of top's
            throw new IllegalStateException("constructor's own");
        });
        final LinkException failure = assertThrows(LinkException.class, () -> first.load("top.wasm"));
        assertEquals(0, failure.getSuppressed().length, () -> failure.getSuppressed()[0].toString());
        assertFalse(isValid(second, 2));
        assertFalse(isValid(second, 3));
        world.hook(() -> {});
        assertEquals(5, second.load("top.wasm"));
        assertEquals(5, first.load("top.wasm"));
        world.assertSameReplicas();
    }

    @Test
    void shouldKnowAFileAgainWhoseNamesakeWasUnloaded() throws Exception {
        final Path one = Files.copy(
                CGuest.MODULES.resolve("bss.wasm"),
                Files.createDirectory(directory.resolve("one")).resolve("plugin.wasm"));
        final Path other = Files.copy(
                CGuest.MODULES.resolve("ctors.wasm"),
                Files.createDirectory(directory.resolve("other")).resolve("plugin.wasm"));
        final int handle = first.run(() -> first.linker().loadModule(one));
        final int further = first.run(() -> first.linker().loadModule(other));
        assertTrue(unload(second, handle));
        assertEquals(further, (int) second.run(() -> second.linker().loadModule(other)));
        assertEquals(2, world.references(further));
        world.assertSameReplicas();
    }
}
