package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.wasm.ChicoryException;
import dev.lockstep.cli.demo.DemoModules;
import dev.lockstep.cli.demo.Language;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.OperationFlyweight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several groups over one memory, fed the same operations by hand. Real modules; the test's thread is every group's. */
class GuestReplicaTest {
    private static final String CSS = "a > b:hover { color: #fff; margin: 0 1px }";

    /** As another engine (V8) counts them. */
    private static final int CSS_NODES = 25;

    @TempDir
    Path universe;

    private final Operations operations = new Operations();
    private final TreeSitterHost host = new TreeSitterHost();
    private final TreeSitterHost otherHost = new TreeSitterHost();
    private DemoModules modules;
    private GuestProcess process;
    private GuestReplica replica;

    @BeforeEach
    void open() throws Exception {
        modules = RealModules.get();
        process = GuestProcess.open(universe, modules.main(), ChicoryEngine.INSTANCE);
        replica = newReplica(host);
        replica.runAs(0);
        start(replica, GuestReplica.MAIN_HANDLE);
    }

    @AfterEach
    void close() throws IOException {
        process.close();
    }

    /** A replica with the main module. */
    private GuestReplica newReplica(final HostFunctions functions) {
        final GuestReplica made = process.newReplica(functions);
        assertEquals(0, made.tableLength());
        made.apply(operations.loadMain(process));
        return made;
    }

    private static void start(final GuestReplica loader, final int handle) {
        loader.initializeData(handle);
        loader.relocate(handle);
        loader.construct(handle);
    }

    private OperationFlyweight load(final int handle, final Language language, final int before) throws IOException {
        final Path file = modules.grammar(language);
        final PreparedModule compiled = process.add("css", Files.readAllBytes(file));
        final long base = process.memory().plan().modulesBase();
        return operations.load(
                before,
                before + compiled.tableSlots(),
                base + compiled.dylink().memorySize(),
                List.of(new ModuleRecord(
                        handle,
                        file.getFileName().toString(),
                        file.toString(),
                        compiled.hash().bytes(),
                        base,
                        compiled.dylink().memorySize(),
                        before,
                        compiled.tableSlots(),
                        0)));
    }

    @Test
    void shouldParseInEveryGroupWhatOneHasLoaded() throws IOException {
        final GuestReplica other = newReplica(otherHost);
        final OperationFlyweight load = load(2, Language.CSS, replica.tableLength());
        replica.apply(load);
        other.apply(load);
        start(replica, 2);
        final int length = replica.tableLength();
        final OperationFlyweight resolve = operations.resolve(length, length + 1, 2, "tree_sitter_css", length);
        replica.apply(resolve);
        other.apply(resolve);
        assertEquals(replica.fingerprint(), other.fingerprint());

        try (TreeSitterGuest guest = new TreeSitterGuest(replica, host);
                TreeSitterGuest otherGuest = new TreeSitterGuest(other, otherHost)) {
            final int language = guest.language(replica.slot(length));
            assertEquals(language, otherGuest.language(other.slot(length)));
            final ParsedTree tree = guest.parse(language, CSS);
            assertEquals(CSS_NODES, tree.nodes());
            assertEquals(tree, otherGuest.parse(language, CSS));
            assertEquals(tree, guest.parse(language, CSS));
        }
    }

    @Test
    void shouldNotTouchMemoryWhenAnotherGroupJoins() throws IOException {
        replica.apply(load(2, Language.CSS, replica.tableLength()));
        start(replica, 2);
        final int length = replica.memory().pages() * (1 << 16);
        final byte[] before = replica.memory().readBytes(0, length);

        final GuestReplica late = newReplica(otherHost);
        late.apply(load(2, Language.CSS, late.tableLength()));

        assertArrayEquals(before, replica.memory().readBytes(0, length));
        assertEquals(replica.fingerprint(), late.fingerprint());
    }

    @Test
    void shouldGiveAFunctionOneSlotOnly() throws IOException {
        replica.apply(load(2, Language.CSS, replica.tableLength()));
        final int slot = replica.slotOf(2, "tree_sitter_css_external_scanner_create");
        assertTrue(slot > 0, "taken by the module's own request for its address");
        assertEquals(-1, replica.slotOf(2, "tree_sitter_css"));
        final int length = replica.tableLength();
        replica.apply(operations.resolve(length, length, 2, "tree_sitter_css_external_scanner_create", slot));
        assertEquals(slot, replica.slotOf(2, "tree_sitter_css_external_scanner_create"));
    }

    @Test
    void shouldFailWhenItsTableIsOutOfStep() {
        final int length = replica.tableLength();
        final IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> replica.apply(operations.allocate(length + 1, length + 5, length, 4)));
        assertTrue(e.getMessage().contains("out of step"), e.getMessage());
        assertEquals(length, replica.tableLength());
    }

    @Test
    void shouldFailWhenAModuleDoesNotFitItsPlace() throws IOException {
        final PreparedModule compiled = process.add("css", Files.readAllBytes(modules.grammar(Language.CSS)));
        final int length = replica.tableLength();
        final long base = process.memory().plan().modulesBase();
        for (final int tableBase : new int[] {-1, length + 1, Integer.MAX_VALUE}) {
            assertThrows(
                    IllegalStateException.class,
                    () -> newReplica(otherHost)
                            .apply(operations.load(
                                    length,
                                    length + compiled.tableSlots(),
                                    0,
                                    List.of(new ModuleRecord(
                                            2,
                                            "css",
                                            "",
                                            compiled.hash().bytes(),
                                            base,
                                            1 << 20,
                                            tableBase,
                                            compiled.tableSlots(),
                                            0)))));
        }
    }

    @Test
    void shouldGrowTheTableByAllocation() {
        final int length = replica.tableLength();
        final String before = replica.fingerprint();
        replica.apply(operations.allocate(length, length + 100, length, 100));
        assertEquals(length + 100, replica.tableLength());
        assertNotEquals(before, replica.fingerprint());
        assertThrows(ResolveException.class, () -> replica.slot(length + 99));
        assertThrows(ResolveException.class, () -> replica.slot(length + 100));
        assertThrows(ResolveException.class, () -> replica.slot(-1));
    }

    @Test
    void shouldRefuseAModuleWhoseImportsAreMissingAndStayAsItWas() {
        final GuestReplica bare = process.newReplica(HostFunctions.NONE);
        final ModuleRecord main = Operations.mainRecord(process);
        final LinkException e = assertThrows(
                LinkException.class, () -> bare.rehearse(List.of(main), main.tableBase() + main.tableSize()));
        assertTrue(e.getMessage().contains(main.name()), e.getMessage());
        assertEquals(0, bare.tableLength());
        assertEquals(0, bare.moduleCount());
    }

    @Test
    void shouldStayAsItWasAfterARehearsal() throws IOException {
        final String before = replica.fingerprint();
        final OperationFlyweight load = load(2, Language.CSS, replica.tableLength());
        load.nextModule();
        replica.rehearse(List.of(load.module()), load.tableLengthAfter());
        assertEquals(before, replica.fingerprint());
        assertEquals(1, replica.moduleCount());
    }

    @Test
    void shouldRefuseAnotherMainModule() throws Exception {
        try (GuestProcess other = GuestProcess.open(
                Files.createDirectory(universe.resolve("other")),
                modules.grammar(Language.JSON),
                ChicoryEngine.INSTANCE)) {
            final GuestReplica joining = other.newReplica(otherHost);
            final LinkException e =
                    assertThrows(LinkException.class, () -> joining.apply(operations.loadMain(process)));
            assertEquals(LinkError.MAIN_MODULE_MISMATCH, e.error());
        }
    }

    @Test
    void shouldPollWhileGuestCodeRuns() throws IOException {
        replica.apply(load(2, Language.CSS, replica.tableLength()));
        start(replica, 2);
        final AtomicInteger polls = new AtomicInteger();
        try (TreeSitterGuest guest = new TreeSitterGuest(replica, host)) {
            final int language = guest.language(replica.exported(2, "tree_sitter_css"));
            replica.pollWith(polls::incrementAndGet);
            assertEquals(CSS_NODES, guest.parse(language, CSS).nodes());
            assertTrue(polls.get() > 100, "polls=" + polls);
            replica.pollWith(null);
        }
    }

    @Test
    void shouldApplyAnOperationInTheMiddleOfAGuestCall() throws IOException {
        replica.apply(load(2, Language.CSS, replica.tableLength()));
        start(replica, 2);
        final int length = replica.tableLength();
        final AtomicInteger polls = new AtomicInteger();
        try (TreeSitterGuest guest = new TreeSitterGuest(replica, host)) {
            final int language = guest.language(replica.exported(2, "tree_sitter_css"));
            replica.pollWith(() -> {
                if (polls.incrementAndGet() == 50) {
                    replica.apply(operations.allocate(length, length + 1000, length, 1000));
                }
            });
            assertEquals(CSS_NODES, guest.parse(language, CSS).nodes());
            assertEquals(length + 1000, replica.tableLength());
            replica.pollWith(null);
        }
    }

    @Test
    void shouldPutTheStackPointerBackWhenTheGuestTraps() throws IOException {
        replica.apply(load(2, Language.CSS, replica.tableLength()));
        start(replica, 2);
        final GuestFunction stack = replica.exported(GuestReplica.MAIN_HANDLE, "emscripten_stack_get_current");
        final int top = stack.callInt();
        final AtomicInteger polls = new AtomicInteger();
        try (TreeSitterGuest guest = new TreeSitterGuest(replica, host)) {
            final int language = guest.language(replica.exported(2, "tree_sitter_css"));
            replica.pollWith(() -> {
                if (polls.incrementAndGet() == 50) {
                    throw new ChicoryException("trap");
                }
            });
            assertThrows(ChicoryException.class, () -> guest.parse(language, CSS));
            replica.pollWith(null);
        }
        assertEquals(top, stack.callInt());
    }
}
