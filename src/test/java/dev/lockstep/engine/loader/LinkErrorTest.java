package dev.lockstep.engine.loader;

import static dev.lockstep.engine.loader.SideModule.I32;
import static dev.lockstep.engine.loader.SideModule.I64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.MalformedModuleException;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.ModuleState;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every {@link LinkError} and {@link ResolveError}: what it says, that it changes nothing, and that the same call succeeds once its
 * cause is gone.
 */
class LinkErrorTest {
    private static final String NAME = "m.wasm";
    private static final String CONSTRUCTORS = "__wasm_call_ctors";

    /** Any text will do, or none. */
    private static final String ANY = "any";

    @TempDir
    Path directory;

    private final Set<LinkError> linkErrors = EnumSet.noneOf(LinkError.class);
    private final Set<ResolveError> resolveErrors = EnumSet.noneOf(ResolveError.class);
    private CWorld world;
    private CGuest first;
    private CGuest second;

    private void open(final GuestOptions options) throws IOException {
        world = CWorld.open(directory, config -> config, options, UniverseLinker.PARALLEL);
        first = world.guest(0);
        second = world.join();
    }

    private void open() throws IOException {
        open(GuestOptions.defaults());
    }

    @AfterEach
    void close(final TestInfo test) throws IOException {
        if (world != null) {
            world.close();
        }
        final Provokes provokes = test.getTestMethod().orElseThrow().getAnnotation(Provokes.class);
        if (provokes != null) {
            assertTrue(linkErrors.containsAll(List.of(provokes.link())), () -> "asserted only " + linkErrors);
            assertTrue(resolveErrors.containsAll(List.of(provokes.resolve())), () -> "asserted only " + resolveErrors);
        }
    }

    @Test
    void shouldLeaveOutNone() {
        final Set<LinkError> link = EnumSet.noneOf(LinkError.class);
        final Set<ResolveError> resolve = EnumSet.noneOf(ResolveError.class);
        for (final Method method : LinkErrorTest.class.getDeclaredMethods()) {
            final Provokes provokes = method.getAnnotation(Provokes.class);
            if (provokes != null) {
                assertTrue(method.isAnnotationPresent(Test.class));
                link.addAll(List.of(provokes.link()));
                resolve.addAll(List.of(provokes.resolve()));
            }
        }
        assertEquals(EnumSet.allOf(LinkError.class), link);
        assertEquals(EnumSet.allOf(ResolveError.class), resolve);
    }

    private static SideModule module() {
        return new SideModule().shared().memory(64);
    }

    private void assertText(final String wanted, final String actual, final LinkException e) {
        if (!ANY.equals(wanted)) {
            assertEquals(wanted, actual, e.getMessage());
        }
    }

    private LinkException assertLink(
            final LinkError error,
            final String module,
            final String symbol,
            final String expected,
            final String found,
            final Executable call) {
        final LinkException e = assertThrows(LinkException.class, call);
        assertEquals(error, e.error(), e.getMessage());
        assertText(module, e.module(), e);
        assertText(symbol, e.symbol(), e);
        assertText(expected, e.expected(), e);
        assertText(found, e.found(), e);
        Stream.of(e.module(), e.symbol(), e.expected(), e.found())
                .filter(value -> value != null)
                .forEach(value -> assertTrue(e.getMessage().contains(value), e.getMessage()));
        linkErrors.add(error);
        return e;
    }

    /** Refused twice, whoever asks and though everything is as before; loaded once it is repaired. */
    private LinkException assertRefused(
            final LinkError error,
            final String symbol,
            final String expected,
            final String found,
            final byte[] bad,
            final byte[] repaired)
            throws IOException {
        final CWorld.State before = world.state(first);
        Files.write(directory.resolve(NAME), bad);
        assertLink(error, NAME, symbol, expected, found, () -> second.load(NAME));
        final LinkException e = assertLink(error, NAME, symbol, expected, found, () -> first.load(NAME));
        world.assertNothingChanged(before);
        Files.write(directory.resolve(NAME), repaired);
        final int handle = second.load(NAME);
        assertEquals(before.nextHandle(), handle);
        assertEquals(handle, first.load(NAME));
        world.assertSameReplicas();
        return e;
    }

    private LinkException assertRefused(
            final LinkError error,
            final String symbol,
            final String expected,
            final String found,
            final SideModule bad,
            final SideModule repaired)
            throws IOException {
        return assertRefused(error, symbol, expected, found, bad.bytes(), repaired.bytes());
    }

    // ---- what a module imports --------------------------------------------------------------------------------------

    @Test
    @Provokes(link = LinkError.MISSING_IMPORT)
    void shouldRefuseWhatTheHostDoesNotGive() throws Exception {
        open();
        assertRefused(
                LinkError.MISSING_IMPORT,
                "wasi.fd_write",
                "func(i32)->(i64)",
                null,
                module().importFunction("wasi", "fd_write", List.of(I32), List.of(I64)),
                module());
    }

    @Test
    @Provokes(link = LinkError.MISSING_IMPORT)
    void shouldRefuseAFunctionThatNobodyHasUnlessItIsToBeFoundLater() throws Exception {
        open(GuestOptions.defaults().bindingNow());
        assertRefused(
                LinkError.MISSING_IMPORT,
                "env.nowhere",
                "func()->()",
                null,
                module().function("f", "nowhere"),
                module().function("f", "nowhere").weak("nowhere"));
    }

    @Test
    @Provokes(link = LinkError.UNRESOLVED_GLOBAL)
    void shouldRefuseAddressesThatAreNobodys() throws Exception {
        open();
        assertRefused(
                LinkError.UNRESOLVED_GLOBAL,
                "GOT.mem.nowhere",
                null,
                null,
                module().importGlobal("GOT.mem", "nowhere", I32, true),
                module().importGlobal("GOT.mem", "main_value", I32, true));
        first.run(() -> first.linker().unloadModule(2));
        second.run(() -> second.linker().unloadModule(2));
        assertRefused(
                LinkError.UNRESOLVED_GLOBAL,
                "GOT.func.nowhere",
                null,
                null,
                module().importGlobal("GOT.func", "nowhere", I32, true),
                module().importGlobal("GOT.func", "nowhere", I32, true).weak("nowhere"));
    }

    @Test
    @Provokes(link = LinkError.NON_INTEGER_GLOBAL)
    void shouldRefuseAddressesOfAnotherType() throws Exception {
        open();
        assertRefused(
                LinkError.NON_INTEGER_GLOBAL,
                "GOT.mem.main_value",
                "global(mut i32)",
                "global(mut i64)",
                module().importGlobal("GOT.mem", "main_value", I64, true),
                module().importGlobal("GOT.mem", "main_value", I32, true));
    }

    @Test
    @Provokes(link = LinkError.BAD_IMPORT)
    void shouldRefuseWhatTheLoaderGivesAsSomethingElse() throws Exception {
        open();
        assertRefused(
                LinkError.BAD_IMPORT,
                "env.__memory_base",
                "global(i32)",
                "global(mut i32)",
                module().importGlobal("env", "__memory_base", I32, true),
                module().importGlobal("env", "__memory_base", I32, false));
        first.run(() -> first.linker().unloadModule(2));
        second.run(() -> second.linker().unloadModule(2));
        assertRefused(
                LinkError.BAD_IMPORT,
                "env.memory",
                ANY,
                "table(1..10000000)",
                module().importTable("memory", 1),
                module());
    }

    @Test
    @Provokes(link = LinkError.IMPORT_MUST_BE_FUNCTION)
    void shouldRefuseWhatItDoesNotKnow() throws Exception {
        open();
        assertRefused(
                LinkError.IMPORT_MUST_BE_FUNCTION,
                "env.thing",
                "func",
                "global(i64)",
                module().importGlobal("env", "thing", I64, false),
                module());
    }

    @Test
    @Provokes(link = LinkError.IMPORT_TYPE_MISMATCH)
    void shouldRefuseFunctionsOfAnotherType() throws Exception {
        open();
        assertRefused(
                LinkError.IMPORT_TYPE_MISMATCH,
                "env.main_twice",
                "func(i64)->()",
                "func(i32)->(i32)",
                module().importFunction("env", "main_twice", List.of(I64), List.of()),
                module().importFunction("env", "main_twice", List.of(I32), List.of(I32)));
        first.run(() -> first.linker().unloadModule(2));
        second.run(() -> second.linker().unloadModule(2));
        assertRefused(
                LinkError.IMPORT_TYPE_MISMATCH,
                "env." + TestGroup.HOOK,
                "func(i64)->()",
                "func()->()",
                module().importFunction("env", TestGroup.HOOK, List.of(I64), List.of()),
                module().importFunction("env", TestGroup.HOOK, List.of(), List.of()));
    }

    @Test
    @Provokes(link = LinkError.IMPORT_TYPE_MISMATCH)
    void shouldRefuseLimitsThatDoNotHoldForTheMemory() throws Exception {
        open();
        assertRefused(
                LinkError.IMPORT_TYPE_MISMATCH,
                "env.memory",
                "memory(0..16 shared)",
                ANY,
                new SideModule().shared(0, 16),
                new SideModule().shared(0, 8192));
    }

    @Test
    @Provokes(link = LinkError.MEMORY_NOT_SHARED)
    void shouldRefuseAMemoryThatIsNotShared() throws Exception {
        open();
        assertRefused(LinkError.MEMORY_NOT_SHARED, "env.memory", ANY, ANY, new SideModule(), new SideModule().shared());
    }

    // ---- what a module is
    // --------------------------------------------------------------------------------------------

    @Test
    @Provokes(link = LinkError.SHARED_LIBRARY_MISSING)
    void shouldSayWhatIsNowhere() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        final LinkException e =
                assertLink(LinkError.SHARED_LIBRARY_MISSING, NAME, NAME, null, null, () -> first.load(NAME));
        assertTrue(e.getMessage().contains("tried="), e.getMessage());
        assertLink(
                LinkError.SHARED_LIBRARY_MISSING,
                directory.resolve(NAME).toString(),
                null,
                null,
                null,
                () -> first.run(() -> first.linker().loadModule(directory.resolve(NAME))));
        world.write("top.wasm", module().needs(NAME));
        assertLink(LinkError.SHARED_LIBRARY_MISSING, "top.wasm", NAME, null, null, () -> second.load("top.wasm"));
        world.assertNothingChanged(before);
        world.write(NAME, module());
        assertEquals(3, second.load("top.wasm"));
        assertEquals(2, first.load(NAME));
        world.assertSameReplicas();
    }

    @Test
    @Provokes(link = LinkError.NOT_DYNAMIC_LIBRARY)
    void shouldRefuseWhatIsNoDynamicLibrary() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        Files.write(directory.resolve(NAME), new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        assertLink(
                LinkError.NOT_DYNAMIC_LIBRARY,
                directory.resolve(NAME).toString(),
                null,
                null,
                null,
                () -> first.load(NAME));
        world.assertNothingChanged(before);
        world.write(NAME, module());
        assertEquals(2, first.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.DYLINK0_SECTION_PARSE_ERROR)
    void shouldNameTheByteOfADamagedSection() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        final byte[] damaged = module().needs("x").bytes();
        final int subsection = 8 + 1 + 1 + 1 + "dylink.0".length();
        damaged[subsection + 1] = 0x7f; // its first subsection is longer than the section
        Files.write(directory.resolve(NAME), damaged);
        final LinkException e = assertLink(
                LinkError.DYLINK0_SECTION_PARSE_ERROR,
                directory.resolve(NAME).toString(),
                null,
                null,
                null,
                () -> first.load(NAME));
        final MalformedModuleException cause = assertThrows(MalformedModuleException.class, () -> {
            throw e.getCause();
        });
        assertTrue(cause.getMessage().matches("(?s).*\\b(byte|offset|at)=?\\s?\\d+.*"), cause.getMessage());
        world.assertNothingChanged(before);
        world.write(NAME, module());
        assertEquals(2, first.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.MODULE_REFUSED)
    void shouldSayThatTheEngineRefusesAModule() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        final byte[] bytes = module().function("f", TestGroup.HOOK).bytes();
        Files.write(directory.resolve(NAME), Arrays.copyOf(bytes, bytes.length - 2));
        final LinkException e = assertLink(
                LinkError.MODULE_REFUSED, directory.resolve(NAME).toString(), null, null, null, () -> first.load(NAME));
        assertTrue(e.getMessage().contains("engine=chicory"), e.getMessage());
        world.assertNothingChanged(before);
        Files.write(directory.resolve(NAME), bytes);
        assertEquals(2, first.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.INSTANTIATION_ERROR)
    void shouldSayWhichModuleCannotBeInstantiated() throws Exception {
        open();
        assertRefused(
                LinkError.INSTANTIATION_ERROR,
                null,
                null,
                null,
                module().function("f", TestGroup.HOOK).elementAt(1 << 20),
                module().function("f", TestGroup.HOOK));
        final CWorld.State before = world.state(first);
        world.write("bad.wasm", module().start(TestGroup.HOOK));
        world.write("top.wasm", module().needs("bad.wasm"));
        world.failInHook();
        assertLink(LinkError.INSTANTIATION_ERROR, "bad.wasm", null, null, null, () -> first.load("top.wasm"));
        world.assertNothingChanged(before);
        world.hook(() -> {});
        assertEquals(4, first.load("top.wasm"));
    }

    @Test
    @Provokes(link = LinkError.EXPORT_MUST_BE_FUNCTION)
    void shouldRefuseInitialisationThatIsNoFunction() throws Exception {
        open();
        for (final String name : List.of(CONSTRUCTORS, "__wasm_apply_data_relocs")) {
            final LinkException e = refusedFile(
                    LinkError.EXPORT_MUST_BE_FUNCTION, name, "func()->()", "global(i32)", module().constant(name, 1));
            assertFalse(e.getMessage().isEmpty());
        }
        world.write(NAME, module().function(CONSTRUCTORS, TestGroup.HOOK));
        assertEquals(2, first.load(NAME));
    }

    /** What is found out when the module is read: it goes by its file. */
    private LinkException refusedFile(
            final LinkError error, final String symbol, final String expected, final String found, final SideModule bad)
            throws IOException {
        final CWorld.State before = world.state(first);
        world.write(NAME, bad);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertLink(error, directory.resolve(NAME).toString(), symbol, expected, found, () -> first.load(NAME));
        }
        world.assertNothingChanged(before);
        return assertLink(error, directory.resolve(NAME).toString(), symbol, expected, found, () -> second.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.INIT_FUNC_WITH_INVALID_SIGNATURE)
    void shouldRefuseInitialisationOfAnotherType() throws Exception {
        open();
        for (final String name : List.of(CONSTRUCTORS, "__wasm_apply_data_relocs")) {
            refusedFile(
                    LinkError.INIT_FUNC_WITH_INVALID_SIGNATURE,
                    name,
                    "func()->()",
                    "func(i64)->(i32)",
                    module().function(name, List.of(I64), List.of(I32), null));
        }
        refusedFile(
                LinkError.INIT_FUNC_WITH_INVALID_SIGNATURE,
                PreparedModule.INIT_THREAD,
                "func(i32)->()",
                "func()->()",
                module().constant("__tls_size", 8)
                        .constant("__tls_align", 8)
                        .function(PreparedModule.INIT_THREAD, TestGroup.HOOK));
        world.write(NAME, module().threads(8, 8, null).function(CONSTRUCTORS, TestGroup.HOOK));
        assertEquals(2, first.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.BAD_TLS_BASE_EXPORT)
    void shouldRefuseThreadLocalBlocksThatCannotBe() throws Exception {
        open();
        refusedFile(
                LinkError.BAD_TLS_BASE_EXPORT,
                "__tls_size",
                "a constant global",
                "nothing",
                module().function(PreparedModule.INIT_THREAD, List.of(I32), List.of(), null));
        refusedFile(LinkError.BAD_TLS_BASE_EXPORT, "__tls_align", "0 to 1073741824", "3", module().threads(8, 3, null));
        refusedFile(
                LinkError.BAD_TLS_BASE_EXPORT, "__tls_size", "0 to 1073741824", "-1", module().threads(-1, 8, null));
        world.write(NAME, module().threads(8, 8, null));
        assertEquals(2, first.load(NAME));
    }

    @Test
    @Provokes(link = LinkError.MISSING_TLS_BASE_EXPORT, resolve = ResolveError.NO_TLS_BASE_GLOBAL_EXPORT)
    void shouldSayThatAModuleCannotMakeItsThreadsBlocks() throws Exception {
        open();
        world.write("provider.wasm", module().threadLocal("local", 0));
        assertEquals(2, first.load("provider.wasm"));
        assertRefused(
                LinkError.MISSING_TLS_BASE_EXPORT,
                "local",
                null,
                null,
                module().importGlobal("GOT.mem", "local", I32, true),
                module());
        assertResolve(
                ResolveError.NO_TLS_BASE_GLOBAL_EXPORT,
                "provider.wasm",
                "local",
                PreparedModule.INIT_THREAD,
                null,
                () -> resolve(second, 2, "local"));
    }

    // ---- room -------------------------------------------------------------------------------------------------------

    @Test
    @Provokes(link = LinkError.MEMORY_ALLOCATION_ERROR)
    void shouldSayThatThereIsNoRoomInMemory() throws Exception {
        open();
        assertRefused(
                LinkError.MEMORY_ALLOCATION_ERROR,
                null,
                (1 << 30) + " bytes",
                ANY,
                new SideModule().shared().memory(1 << 30),
                module());
        first.run(() -> first.linker().unloadModule(2));
        second.run(() -> second.linker().unloadModule(2));
        assertRefused(
                LinkError.MEMORY_ALLOCATION_ERROR,
                null,
                ANY,
                ANY,
                new SideModule().shared().memory(-4096), // nearly all that 32 bits can address
                module());
    }

    @Test
    @Provokes(link = LinkError.TABLE_ALLOCATION_ERROR)
    void shouldSayThatThereIsNoRoomInTheTable() throws Exception {
        open();
        assertRefused(
                LinkError.TABLE_ALLOCATION_ERROR, null, "10000001 slots", null, module().table(10_000_001), module());
    }

    /** Forty megabytes a table: with one group. */
    @Test
    @Provokes(resolve = ResolveError.TABLE_ALLOCATION_ERROR)
    void shouldSayThatThereIsNoRoomForAnotherSlot() throws Exception {
        world = CWorld.open(directory);
        first = world.guest(0);
        world.write("f.wasm", module().function("f", TestGroup.HOOK));
        assertEquals(2, first.load("f.wasm"));
        final int length = first.run(() -> first.replica().tableLength());
        world.write("full.wasm", module().table(10_000_000 - length));
        assertEquals(3, first.load("full.wasm"));
        final long operations = world.universe().committedSequence();
        for (int attempt = 0; attempt < 2; attempt++) {
            assertResolve(ResolveError.TABLE_ALLOCATION_ERROR, "f.wasm", "f", null, ANY, () -> resolve(first, 2, "f"));
        }
        assertEquals(operations, world.universe().committedSequence());
        assertTrue(first.run(() -> first.linker().unloadModule(3)));
        assertEquals(length, first.run(() -> first.linker().resolveFunction(2, "f")), "where it was");
    }

    @Test
    @Provokes(link = LinkError.NO_STACK)
    void shouldSayThatThereIsNoStackForAnotherGroup() throws Exception {
        world = CWorld.open(
                directory, config -> config, GuestOptions.defaults().withThreads(2, 65536), UniverseLinker.PARALLEL);
        first = world.guest(0);
        second = world.join();
        final CWorld.State before = world.state(first);
        final GuestReplica replica = world.process().newReplica(new DlFunctions());
        final InstanceGroup group = world.universe().joinInstanceGroup(replica);
        assertLink(
                LinkError.NO_STACK,
                null,
                null,
                "less than 2",
                "2",
                () -> UniverseLinker.of(
                        world.universe(),
                        group,
                        replica,
                        world.process(),
                        world.preparation(),
                        UniverseLinker.PARALLEL));
        group.shutdownInstanceGroup();
        world.assertNothingChanged(before);
        second.close();
        try (CGuest third = CGuest.join(world.universe(), world.process(), world.preparation())) {
            assertEquals(before, world.state(third));
        }
        second = null;
    }

    // ---- others
    // ------------------------------------------------------------------------------------------------------

    @Test
    @Provokes(link = LinkError.NAME_TAKEN)
    void shouldSayThatAnotherModuleGoesByThatName() throws Exception {
        open();
        final byte[] one = module().bytes();
        final byte[] other = module().function("f", TestGroup.HOOK).bytes();
        assertEquals(2, first.run(() -> first.linker().loadModule(NAME, one)));
        final CWorld.State before = world.state(first);
        assertLink(
                LinkError.NAME_TAKEN,
                NAME,
                null,
                ContentHash.of(other).toString(),
                ContentHash.of(one).toString(),
                () -> second.run(() -> second.linker().loadModule(NAME, other)));
        world.assertNothingChanged(before);
        assertTrue(first.run(() -> first.linker().unloadModule(2)));
        assertEquals(3, second.run(() -> second.linker().loadModule(NAME, other)));
    }

    @Test
    @Provokes(link = {LinkError.INIT_FUNCTION_FAILED, LinkError.DEPENDENCY_FAILED})
    void shouldTellTheOneWhoseConstructorsFailAndTheOneWhoNeedsThem() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        world.write(NAME, module().function(CONSTRUCTORS, TestGroup.HOOK));
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch waits = new CountDownLatch(1);
        world.hook(() -> {
            entered.countDown();
            CWorld.await(waits);
            throw new IllegalStateException("constructor's own");
        });
        final Future<Integer> one = first.submit(() -> first.linker().loadModule(NAME));
        CWorld.await(entered);
        world.onIdle(() -> {
            if (second.isCurrent()) {
                waits.countDown();
            }
        });
        final Future<Integer> other = second.submit(() -> second.linker().loadModule(NAME));
        final LinkException e =
                assertLink(LinkError.INIT_FUNCTION_FAILED, NAME, CONSTRUCTORS, null, null, () -> TestGroup.get(one));
        assertEquals("constructor's own", e.getCause().getMessage());
        assertLink(LinkError.DEPENDENCY_FAILED, NAME, null, null, null, () -> TestGroup.get(other));
        final CWorld.State after = world.state(second);
        assertEquals(before.fingerprint().length(), after.fingerprint().length());
        assertEquals(before.modules(), after.modules());
        assertEquals(before.operations() + 2, after.operations(), "loaded and taken out");
        world.hook(() -> {});
        assertEquals(3, second.load(NAME));
        world.assertSameReplicas();
    }

    // ---- the main module
    // ----------------------------------------------------------------------------------------------

    private interface Making<T> {
        T run(GuestProcess process) throws Exception;
    }

    private <T> T withMain(final byte[] main, final Making<T> making) throws Exception {
        try (GuestProcess process = GuestProcess.open(
                world.universe().directory(),
                ModuleSource.of("main", main),
                new ModuleCache(ChicoryEngine.INSTANCE),
                GuestOptions.defaults().withSearch(ModuleSearch.of(List.of(directory))))) {
            return making.run(process);
        }
    }

    @Test
    @Provokes(link = LinkError.MISSING_MAIN_MODULE_IMPORT)
    void shouldSayWhatTheMainModuleLacks() throws Exception {
        world = CWorld.prepare(directory, config -> config, GuestOptions.defaults(), UniverseLinker.PARALLEL);
        final byte[] main =
                module().importFunction("host", "run", List.of(), List.of()).bytes();
        final InstanceGroup group = withMain(main, process -> {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertLink(
                        LinkError.MISSING_MAIN_MODULE_IMPORT,
                        "main",
                        "host.run",
                        "func()->()",
                        null,
                        () -> UniverseLinker.bootstrap(
                                world.universe(),
                                process.newReplica(List::of),
                                process,
                                world.preparation(),
                                UniverseLinker.PARALLEL));
                assertEquals(0, world.universe().committedSequence());
            }
            final HostFunction run = HostFunction.of("host", "run", ExternType.NOTHING, (guest, arguments) -> null);
            return UniverseLinker.bootstrap(
                            world.universe(),
                            process.newReplica(() -> List.of(run)),
                            process,
                            world.preparation(),
                            UniverseLinker.PARALLEL)
                    .group();
        });
        assertEquals(ModuleState.READY, group.moduleState(1));
        group.shutdownInstanceGroup();
    }

    @Test
    @Provokes(link = LinkError.MAIN_MODULE_MISMATCH)
    void shouldSayThatTheUniverseHasAnotherMainModule() throws Exception {
        open();
        final CWorld.State before = world.state(first);
        final byte[] main = module().bytes();
        withMain(
                main,
                process -> assertLink(
                        LinkError.MAIN_MODULE_MISMATCH,
                        "main.wasm",
                        null,
                        world.process().main().hash().toString(),
                        process.main().hash().toString(),
                        () -> {
                            throw assertThrows(
                                            IllegalStateException.class,
                                            () -> world.universe().joinInstanceGroup(process.newReplica(List::of)))
                                    .getCause();
                        }));
        world.assertNothingChanged(before);
        world.assertSameReplicas();
    }

    // ---- symbols
    // ------------------------------------------------------------------------------------------------------

    private static ResolvedExport resolve(final CGuest by, final int handle, final String symbol) {
        return by.run(() -> by.linker().resolveExport(handle, symbol));
    }

    private void assertResolve(
            final ResolveError error,
            final String module,
            final String symbol,
            final String expected,
            final String found,
            final Executable call) {
        final ResolveException e = assertThrows(ResolveException.class, call);
        assertEquals(error, e.error(), e.getMessage());
        assertEquals(module, e.module(), e.getMessage());
        assertEquals(symbol, e.symbol(), e.getMessage());
        assertEquals(expected, e.expected(), e.getMessage());
        if (!ANY.equals(found)) {
            assertEquals(found, e.found(), e.getMessage());
        }
        resolveErrors.add(error);
    }

    @Test
    @Provokes(
            resolve = {ResolveError.INVALID_MODULE_HANDLE, ResolveError.MISSING_EXPORT, ResolveError.INVALID_EXPORT_TYPE
            })
    void shouldSayWhatCannotBeResolved() throws Exception {
        open();
        world.write(NAME, module().function("f", TestGroup.HOOK));
        final CWorld.State before = world.state(first);
        for (final int handle : new int[] {2, 7, 513, Integer.MAX_VALUE, -5}) {
            assertResolve(
                    ResolveError.INVALID_MODULE_HANDLE,
                    Integer.toString(handle),
                    null,
                    null,
                    null,
                    () -> resolve(first, handle, "f"));
            assertResolve(
                    ResolveError.INVALID_MODULE_HANDLE,
                    Integer.toString(handle),
                    null,
                    null,
                    null,
                    () -> first.run(() -> first.linker().unloadModule(handle)));
        }
        assertResolve(
                ResolveError.INVALID_MODULE_HANDLE,
                "main.wasm",
                null,
                null,
                null,
                () -> first.run(() -> first.linker().unloadModule(GuestReplica.MAIN_HANDLE)));
        assertResolve(ResolveError.MISSING_EXPORT, "main.wasm", "f", null, null, () -> resolve(second, 1, "f"));
        assertResolve(
                ResolveError.MISSING_EXPORT,
                "any",
                "f",
                null,
                null,
                () -> resolve(second, GuestLinker.RTLD_DEFAULT, "f"));
        assertResolve(
                ResolveError.INVALID_EXPORT_TYPE,
                "main.wasm",
                "main_value",
                "func",
                "global(i32)",
                () -> first.run(() -> first.linker().resolveFunction(1, "main_value")));
        world.assertNothingChanged(before);
        assertEquals(2, second.load(NAME));
        assertEquals(resolve(first, 2, "f"), resolve(second, GuestLinker.RTLD_DEFAULT, "f"));
        assertNotEquals(0, resolve(first, 1, "main_value").pointer());
        world.assertSameReplicas();
    }
}
