package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clang and wasm-ld make of C, loaded by two groups that run the guest in parallel. See demo/c/README.md. */
class CModulesTest {
    @TempDir
    Path directory;

    private Universe universe;
    private GuestProcess process;
    private ModulePreparation preparation;
    private CGuest first;
    private CGuest second;

    @BeforeEach
    void open() throws Exception {
        universe = Universe.open(UniverseConfig.at(directory.resolve("universe")));
        process = CGuest.process(universe);
        preparation = ModulePreparation.start(universe, process);
        first = CGuest.bootstrap(universe, process, preparation);
        second = CGuest.join(universe, process, preparation);
    }

    @AfterEach
    void close() throws IOException {
        assertEquals(first.fingerprint(), second.fingerprint());
        try (CGuest late = CGuest.join(universe, process, preparation)) {
            assertEquals(first.fingerprint(), late.fingerprint());
        }
        second.close();
        first.close();
        preparation.close();
        universe.close();
        process.close();
    }

    private int events() {
        return first.main("event_count");
    }

    private ModuleRecord record(final int handle) {
        return first.run(() -> {
            try (LinkerStateReader state = first.group().readLinkerState()) {
                return state.module(handle);
            }
        });
    }

    @Test
    void shouldRunTheMainModuleInEveryGroup() {
        assertEquals(List.of(1, 2), first.eventsAfter(0), "its constructor, then _initialize, once");
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(645503657, guest.main("spin", 1000));
            assertEquals(1, guest.main("stack_is_within"));
            assertEquals(11, guest.main("local_get"));
            assertEquals(guest.group().slot(), guest.main("say", guest.run(() -> guest.text("hello"))));
        }
        first.tell("main.wasm", "local_set", 12);
        assertEquals(11, second.main("local_get"));
        assertNotEquals(first.main("stack_low"), second.main("stack_low"));
        assertNotEquals(first.main("local_address"), second.main("local_address"));
        assertEquals(first.main("heap_base"), second.main("heap_base"));
    }

    @Test
    void shouldGiveEachGroupItsThreadLocals() {
        final int before = events();
        first.load("tls_use.wasm");
        assertEquals(List.of(100, 110), first.eventsAfter(before));
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(42, guest.call("tls_def.wasm", "tls_get"));
            assertEquals(42, guest.call("tls_use.wasm", "use_get"));
            assertEquals(7, guest.call("tls_def.wasm", "tls_follow"));
            assertEquals(3, guest.call("tls_def.wasm", "tls_add_zero", 3));
            assertEquals(0, guest.call("tls_def.wasm", "tls_misaligned"));
            assertEquals(1001, guest.call("tls_def.wasm", "tls_calls"));
            assertEquals(1, guest.call("tls_use.wasm", "use_same"));
            assertEquals(
                    guest.call("tls_def.wasm", "tls_address"),
                    guest.run(() -> guest.linker().resolveExport(guest.handleHere("tls_def.wasm"), "tls_value"))
                            .pointer());
        }
        second.tell("tls_use.wasm", "use_set", 5);
        assertEquals(42, first.call("tls_def.wasm", "tls_get"));
        assertEquals(5, second.call("tls_def.wasm", "tls_get"));
        try (CGuest late = CGuest.join(universe, process, preparation)) {
            assertEquals(42, late.call("tls_use.wasm", "use_get"));
            assertNotEquals(second.call("tls_use.wasm", "use_address"), late.call("tls_use.wasm", "use_address"));
        }
        assertEquals(5, second.call("tls_def.wasm", "tls_get"));
    }

    @Test
    void shouldRunConstructorsOnceAndInOrder() {
        final int before = events();
        first.load("ctors.wasm");
        second.load("ctors.wasm");
        assertEquals(List.of(201, 202, 203, 204, 205), first.eventsAfter(before));
        assertEquals(5, second.call("ctors.wasm", "ctors_runs"));
    }

    @Test
    void shouldRelocateData() {
        final int before = events();
        second.load("data_relocs.wasm");
        assertEquals(List.of(441), first.eventsAfter(before));
        for (final CGuest guest : List.of(first, second)) {
            final int[] calls = {6, 25, 10, -5};
            final int[] reads = {30, 40, 17, 7};
            for (int i = 0; i < calls.length; i++) {
                assertEquals(calls[i], guest.call("data_relocs.wasm", "reloc_call", i, 5));
                assertEquals(reads[i], guest.call("data_relocs.wasm", "reloc_read", i));
            }
            assertEquals(40, guest.call("data_relocs.wasm", "reloc_read_indirect"));
            assertEquals(130, guest.call("data_relocs.wasm", "reloc_checked"));
        }
    }

    @Test
    void shouldLeaveWeakSymbolsUndefined() {
        first.load("weak.wasm");
        assertEquals(1, second.call("weak.wasm", "weak_function_is_null"));
        assertEquals(1, second.call("weak.wasm", "weak_data_is_null"));
        assertEquals(-1, second.call("weak.wasm", "weak_call", 1));
        assertEquals(-1, first.call("weak.wasm", "weak_read"));
    }

    @Test
    void shouldBindWeakSymbolsToWhatIsThere() {
        first.load("weak_provider.wasm");
        first.load("weak.wasm");
        assertEquals(0, second.call("weak.wasm", "weak_function_is_null"));
        assertEquals(71, second.call("weak.wasm", "weak_call", 1));
        assertEquals(77, first.call("weak.wasm", "weak_read"));
    }

    @Test
    void shouldGiveAFunctionOneAddress() {
        second.load("got_func.wasm");
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(7, guest.call("got_func.wasm", "got_same"));
            assertEquals(0, guest.call("got_func.wasm", "got_equal"));
            assertEquals(605, guest.call("got_func.wasm", "got_call_all", 1));
            final int address = guest.main("main_function", 0);
            assertEquals(address, guest.call("got_func.wasm", "got_address_main"));
            assertEquals(address, guest.call("got_peer.wasm", "peer_address_main"));
            assertEquals(address, guest.run(() -> guest.linker().resolveFunction(1, "main_twice")));
            assertEquals(
                    address,
                    guest.run(() -> guest.linker().resolveExport(GuestLinker.RTLD_DEFAULT, "main_twice"))
                            .pointer());
        }
    }

    @Test
    void shouldFollowRuntimePathsAndLoadWhatIsNeededFirst() {
        final int before = events();
        final int handle = first.load("chain_a.wasm");
        assertEquals(List.of(303, 302, 301), first.eventsAfter(before));
        assertEquals(27, second.call("chain_a.wasm", "chain_a", 10));
        assertEquals(4, handle, "dependencies have lower handles");
        assertEquals("chain_c.so", record(2).name());
        assertTrue(record(2).path().endsWith("lib/chain_c.wasm"));
    }

    @Test
    void shouldBreakCycles() {
        final int before = events();
        first.load("cycle_a.wasm");
        assertEquals(List.of(312, 311), first.eventsAfter(before));
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(9, guest.call("cycle_a.wasm", "cycle_a", 9));
            assertEquals(8, guest.call("cycle_b.wasm", "cycle_b", 8));
            assertEquals(21, guest.call("cycle_a.wasm", "cycle_a_both"));
            assertEquals(12, guest.call("cycle_b.wasm", "cycle_b_both"));
            assertEquals(3, guest.call("cycle_a.wasm", "cycle_a_pointer", 3));
            assertEquals(4, guest.call("cycle_b.wasm", "cycle_b_pointer", 4));
        }
        final int handle = second.load("cycle_b.wasm");
        assertFalse(second.run(() -> second.linker().unloadModule(handle)), "the other one needs it");
        assertTrue(first.run(() -> first.linker().unloadModule(first.handleHere("cycle_a.wasm"))), "both go");
        assertFalse(second.run(() -> second.linker().isHandleValid(handle)));
    }

    @Test
    void shouldFindLaterWhatWasNotThere() {
        first.load("lazy_user.wasm");
        assertEquals(1, second.call("lazy_user.wasm", "lazy_ready"));
        final ResolveException missing =
                assertThrows(ResolveException.class, () -> second.call("lazy_user.wasm", "lazy_call", 2));
        assertEquals(ResolveError.MISSING_EXPORT, missing.error());
        assertEquals("lazy_user.wasm", missing.module());
        final int provider = second.load("lazy_provider.wasm");
        assertEquals(7, first.call("lazy_user.wasm", "lazy_call", 2));
        assertEquals(7, second.call("lazy_user.wasm", "lazy_call", 2));
        assertFalse(second.run(() -> second.linker().unloadModule(provider)), "it is bound to it");
        assertEquals(7, first.call("lazy_user.wasm", "lazy_call", 2));
        assertTrue(first.run(() -> first.linker().unloadModule(first.handleHere("lazy_user.wasm"))));
        assertFalse(first.run(() -> first.linker().isHandleValid(provider)));
    }

    @Test
    void shouldLoadFromAConstructor() {
        final int before = events();
        first.load("ctor_loads.wasm");
        assertEquals(List.of(401, 402, 403), first.eventsAfter(before));
        assertEquals(1005, second.call("ctor_loads.wasm", "ctor_loads_result"));
        assertEquals(second.handle("ctor_loaded.wasm"), second.call("ctor_loads.wasm", "ctor_loads_handle"));
    }

    @Test
    void shouldLetConstructorsLoadEachOther() {
        final int before = events();
        first.load("pair_x.wasm");
        assertEquals(List.of(411, 421, 422, 412), first.eventsAfter(before));
        assertEquals(second.handle("pair_y.wasm"), second.call("pair_x.wasm", "pair_x_other"));
        assertEquals(second.handle("pair_x.wasm"), second.call("pair_y.wasm", "pair_y_other"));
        assertEquals(7, second.call("pair_x.wasm", "pair_x_through", 5));
        assertEquals(6, second.call("pair_y.wasm", "pair_y_through", 5));
    }

    @Test
    void shouldLetTwoGroupsLoadModulesThatLoadEachOther() throws Exception {
        for (int round = 0; round < 20; round++) {
            final CyclicBarrier together = new CyclicBarrier(2);
            final Future<Integer> x = first.submit(() -> {
                together.await(60, TimeUnit.SECONDS);
                return first.linker().loadModule("pair_x.wasm");
            });
            final Future<Integer> y = second.submit(() -> {
                together.await(60, TimeUnit.SECONDS);
                return second.linker().loadModule("pair_y.wasm");
            });
            final int handleX = TestGroup.get(x);
            final int handleY = TestGroup.get(y);
            assertEquals(handleY, second.call("pair_x.wasm", "pair_x_other"));
            assertEquals(handleX, first.call("pair_y.wasm", "pair_y_other"));
            assertEquals(7, second.call("pair_x.wasm", "pair_x_through", 5));
            for (final int handle : new int[] {handleX, handleX, handleY, handleY}) {
                first.run(() -> first.linker().unloadModule(handle));
            }
            assertFalse(second.run(() -> second.linker().isHandleValid(handleX)));
            assertFalse(second.run(() -> second.linker().isHandleValid(handleY)));
        }
    }

    @Test
    void shouldTakeOutWhatTrapsInItsConstructor() {
        final int before = events();
        final LinkException e = assertThrows(LinkException.class, () -> first.load("ctor_trap.wasm"));
        assertEquals(LinkError.INIT_FUNCTION_FAILED, e.error());
        assertEquals("ctor_trap.wasm", e.module());
        assertEquals("__wasm_call_ctors", e.symbol());
        assertFalse(second.run(() -> second.linker().isHandleValid(2)));
        first.tell("main.wasm", "trap_arm", 0);
        assertEquals(3, second.load("ctor_trap.wasm"));
        assertEquals(List.of(431, 431, 432), first.eventsAfter(before));
        assertEquals(10, first.call("ctor_trap.wasm", "ctor_trap_value", 1));
        assertEquals(record(2).tableBase(), record(2).tableBase());
    }

    @Test
    void shouldTakeSymbolsInTheOrderOfHandles() {
        final int a = first.load("interpose_a.wasm");
        first.load("interpose_b.wasm");
        assertEquals(11, second.call("interpose_a.wasm", "interpose_value", 10));
        assertEquals(11, second.call("interpose_a.wasm", "interpose_a_direct", 10));
        assertEquals(12, second.call("interpose_b.wasm", "interpose_b_direct", 10));
        assertEquals(11, second.call("interpose_a.wasm", "interpose_a_pointer", 10));
        assertEquals(12, second.call("interpose_a.wasm", "interpose_a_next", 10));
        assertEquals(-1, second.call("interpose_b.wasm", "interpose_b_next", 10));
        final int defaults = second.run(
                        () -> second.linker().resolveExport(GuestLinker.RTLD_DEFAULT, "interpose_value"))
                .pointer();
        final int next = second.run(() -> second.linker().resolveNext(a, "interpose_value"))
                .pointer();
        assertEquals(11, second.run(() -> second.replica().slot(defaults).callInt(10)));
        assertEquals(12, second.run(() -> second.replica().slot(next).callInt(10)));
    }

    @Test
    void shouldMakeClosures() {
        first.load("closure.wasm");
        final int closure = first.run(() -> first.linker().allocateClosureIndex());
        final int backing = first.call("main.wasm", "main_function", 0);
        assertThrows(
                IllegalArgumentException.class,
                () -> first.run(() -> {
                    first.linker().prepareClosure(closure, backing, "x:", 0);
                    return null;
                }));
    }

    @Test
    void shouldZeroLargeAlignedData() {
        first.load("bss.wasm");
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(0, guest.call("bss.wasm", "bss_misaligned"));
            assertEquals(1048576, guest.call("bss.wasm", "bss_size"));
            assertEquals(0, guest.call("bss.wasm", "bss_sum"));
        }
        second.tell("bss.wasm", "bss_write", 7, 300);
        assertEquals(44, first.call("bss.wasm", "bss_sum"));
        first.run(() -> first.linker().unloadModule(first.handleHere("bss.wasm")));
        second.load("bss.wasm");
        assertEquals(0, first.call("bss.wasm", "bss_sum"), "at the same place");
        assertEquals(record(2).memoryBase(), record(3).memoryBase());
    }

    @Test
    void shouldSayWhatIsMissingAndChangeNothing() throws Exception {
        final long operations = universe.committedSequence();
        assertRefused(LinkError.UNRESOLVED_GLOBAL, "bad_data.wasm", "bad_data.wasm", "GOT.mem.no_such_data");
        assertRefused(
                LinkError.UNRESOLVED_GLOBAL, "bad_function.wasm", "bad_function.wasm", "GOT.func.no_such_function");
        assertRefused(LinkError.IMPORT_TYPE_MISMATCH, "bad_signature.wasm", "bad_signature.wasm", "env.main_twice");
        assertRefused(LinkError.SHARED_LIBRARY_MISSING, "bad_needed.wasm", "bad_needed.wasm", "absent.wasm");
        assertRefused(LinkError.UNRESOLVED_GLOBAL, "bad_nested.wasm", "bad_data.wasm", "GOT.mem.no_such_data");
        assertRefused(LinkError.SHARED_LIBRARY_MISSING, "nowhere.wasm", "nowhere.wasm", "nowhere.wasm");
        assertEquals(operations, universe.committedSequence());
        assertEquals(1, second.run(() -> second.replica().moduleCount()));
        assertTrue(first.load("chain_a.wasm") > 0);
    }

    private void assertRefused(final LinkError error, final String asked, final String module, final String symbol) {
        for (int attempt = 0; attempt < 2; attempt++) {
            final LinkException e = assertThrows(LinkException.class, () -> first.load(asked));
            assertEquals(error, e.error(), e.getMessage());
            assertEquals(module, e.module(), e.getMessage());
            assertEquals(symbol, e.symbol(), e.getMessage());
        }
    }

    @Test
    void shouldReuseItsPlacesHoweverOftenAModuleIsLoaded() {
        first.load("chain_a.wasm");
        first.run(() -> first.linker().resolveFunction(first.handleHere("chain_a.wasm"), "chain_a"));
        assertTrue(first.run(() -> first.linker().unloadModule(first.handleHere("chain_a.wasm"))));
        final int length = first.run(() -> first.replica().tableLength());
        final long memoryEnd = memoryEnd();
        for (int i = 0; i < 50; i++) {
            final CGuest by = i % 2 == 0 ? first : second;
            final CGuest other = i % 2 == 0 ? second : first;
            final int handle = by.load("chain_a.wasm");
            assertEquals(handle, other.load("chain_a.wasm"));
            final int slot = other.run(() -> other.linker().resolveFunction(handle, "chain_a"));
            assertEquals(27, by.run(() -> by.replica().slot(slot).callInt(10)));
            assertFalse(by.run(() -> by.linker().unloadModule(handle)));
            assertTrue(other.run(() -> other.linker().unloadModule(handle)));
            assertThrows(ResolveException.class, () -> by.run(() -> by.replica().slot(slot)));
            assertEquals(1, by.run(() -> by.replica().moduleCount()));
        }
        assertEquals(length, first.run(() -> first.replica().tableLength()));
        assertEquals(memoryEnd, memoryEnd());
    }

    private long memoryEnd() {
        return first.run(() -> {
            try (LinkerStateReader state = first.group().readLinkerState()) {
                return state.memoryEnd();
            }
        });
    }

    @Test
    void shouldPutAModuleWhereItWasBefore() {
        final int once = first.load("closure.wasm");
        final ModuleRecord before = record(once);
        assertTrue(before.tableSize() > 0);
        assertTrue(second.run(() -> second.linker().unloadModule(once)));
        final ModuleRecord after = record(second.load("closure.wasm"));
        assertEquals(before.memoryBase(), after.memoryBase());
        assertEquals(before.tableBase(), after.tableBase());
    }

    @Test
    void shouldKeepFilesOfOneNameApart() throws Exception {
        final Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        final Path one = Files.copy(CGuest.MODULES.resolve("bss.wasm"), elsewhere.resolve("plugin.wasm"));
        final Path further = Files.createDirectory(directory.resolve("further"));
        final Path two = Files.copy(CGuest.MODULES.resolve("ctors.wasm"), further.resolve("plugin.wasm"));
        final int handleOne = first.run(() -> first.linker().loadModule(one));
        final int handleTwo = second.run(() -> second.linker().loadModule(two));
        assertNotEquals(handleOne, handleTwo);
        assertEquals(handleOne, (int) second.run(() -> second.linker().loadModule(one)));
        assertEquals(handleTwo, (int) first.run(() -> first.linker().loadModule(two.toString())));
        assertEquals(handleOne, (int) first.run(() -> first.linker().loadModule("plugin.wasm")));
        final byte[] bytes = Files.readAllBytes(two);
        final LinkException e = assertThrows(
                LinkException.class, () -> first.run(() -> first.linker().loadModule("plugin.wasm", bytes)));
        assertEquals(LinkError.NAME_TAKEN, e.error());
        final int handle = first.run(() -> first.linker().loadModule("bytes", bytes));
        assertEquals(handle, (int) second.run(() -> second.linker().loadModule("bytes", bytes)));
    }

    @Test
    void shouldLetTheGuestLoadResolveAndUnload() {
        final int result = first.run(() ->
                first.callHere("main.wasm", "open_and_call", first.text("chain_a.wasm"), first.text("chain_a"), 10));
        assertEquals(27, result);
        final int handle = second.run(() -> second.callHere("main.wasm", "open_module", second.text("chain_a.wasm")));
        assertEquals(first.handle("chain_a.wasm"), handle);
        assertEquals(0, second.main("close_module", handle));
        assertEquals(0, second.run(() -> second.callHere("main.wasm", "open_module", second.text("absent.wasm"))));
    }
}
