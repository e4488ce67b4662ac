package dev.lockstep.linker.table;

import static dev.lockstep.linker.table.ModuleStates.CTORS;
import static dev.lockstep.linker.table.ModuleStates.DATA;
import static dev.lockstep.linker.table.ModuleStates.FAILED;
import static dev.lockstep.linker.table.ModuleStates.NOBODY;
import static dev.lockstep.linker.table.ModuleStates.READY;
import static dev.lockstep.linker.table.ModuleStates.UNLOADED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** References to modules, and a module that is ready and goes. */
class UnloadingTest {
    private static final int OWNER = 2;

    private final Tables tables = new Tables();
    private final TableWriter writer = tables.writer;
    private final LinkerTables overlay = writer.tables();
    private final ModuleStates states = new ModuleStates(tables.buffer, tables.layout);

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    private int load(final String name) {
        final long base = writer.allocateMemory(1000, 16);
        final int slot = writer.allocateTable(3, 1);
        return writer.registerModule(name, "/lib/" + name, Tables.hash(1), base, 1000, slot, 3, 0, DATA, OWNER);
    }

    private void advance(final int handle, final int to) {
        tables.commit();
        tables.begin();
        if (to == READY) {
            assertTrue(states.advance(handle, DATA, OWNER, CTORS, OWNER));
            assertTrue(states.advance(handle, CTORS, OWNER, READY, NOBODY));
        } else {
            assertTrue(states.advance(handle, DATA, OWNER, to, OWNER));
        }
    }

    private int ready(final String name) {
        final int handle = load(name);
        advance(handle, READY);
        return handle;
    }

    @Test
    void shouldCountReferences() {
        final int handle = load("m");
        final int other = load("n");
        assertEquals(0, overlay.moduleReferences(handle));
        assertEquals(1, writer.retainModule(handle));
        assertEquals(2, writer.retainModule(handle));
        assertEquals(0, overlay.moduleReferences(other));
        assertEquals(0, tables.file.moduleReferences(handle));
        final long fingerprint = overlay.fingerprint();
        tables.commit();
        tables.begin();
        assertEquals(2, tables.file.moduleReferences(handle));
        assertEquals(1, writer.releaseModule(handle));
        assertNotEquals(fingerprint, overlay.fingerprint());
        assertEquals(0, writer.releaseModule(handle));
        tables.assertRefused("module is not retained: handle=1", () -> writer.releaseModule(handle));
        assertEquals(1, writer.retainModule(other));
        tables.commit();
        assertEquals(0, tables.file.moduleReferences(handle));
        assertEquals(1, tables.file.moduleReferences(other));
    }

    @Test
    void shouldKnowNoReferencesOfModulesThatAreNot() {
        load("m");
        for (final int none : new int[] {-1, 0, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertEquals(0, overlay.moduleReferences(none));
            tables.assertRefused("no such module: handle=" + none + " nextHandle=2", () -> writer.retainModule(none));
            tables.assertRefused("no such module: handle=" + none + " nextHandle=2", () -> writer.releaseModule(none));
        }
    }

    @Test
    void shouldNotCountPastWhatTheWordHolds() {
        final int handle = load("m");
        tables.commit();
        tables.buffer.putLong(
                overlay.moduleOffset(handle) + dev.lockstep.region.ModuleDescriptor.REFERENCES_OFFSET,
                Integer.MAX_VALUE);
        tables.begin();
        tables.assertRefused(
                "module is retained too often: handle=1 references=2147483647", () -> writer.retainModule(handle));
        assertEquals(Integer.MAX_VALUE - 1, writer.releaseModule(handle));
    }

    @Test
    void shouldGiveBackNameAndMemoryOfAModuleThatIsUnloaded() {
        final int handle = ready("m");
        writer.recordSymbol(handle, "f", writer.allocateTable(1, 1));
        tables.commit();
        tables.begin();
        writer.unloadModule(handle);
        assertEquals(UNLOADED, state(overlay, handle));
        assertEquals(READY, states.state(handle), "the transaction has not taken effect");
        assertEquals(3, tables.file.findSymbol(handle, "f"));
        tables.commit();
        assertEquals(UNLOADED, states.state(handle));
        assertEquals(NOBODY, states.owner(handle));
        for (final LinkerTables view : new LinkerTables[] {tables.file, overlay}) {
            assertTrue(view.isRetired(handle));
            assertEquals(UNLOADED, state(view, handle));
            assertEquals(0, view.findModule("m"));
            assertEquals(-1, view.findSymbol(handle, "f"));
            assertEquals(0, view.moduleCount());
            assertEquals(65536, view.freeMemory());
            assertEquals(handle + 1, view.nextHandle());
            assertEquals(1, view.retiredSymbolCount());
            assertEquals(0, view.freeSlots());
        }
    }

    private static int state(final LinkerTables view, final int handle) {
        final ModuleEntry entry = new ModuleEntry();
        assertTrue(view.module(handle, entry));
        return entry.state();
    }

    @Test
    void shouldUnloadOnlyWhatIsReadyAndNotReferredTo() {
        final int handle = load("m");
        tables.assertRefused("module is not ready: handle=1 state=1", () -> writer.unloadModule(handle));
        advance(handle, CTORS);
        tables.assertRefused("module is not ready: handle=1 state=2", () -> writer.unloadModule(handle));
        assertTrue(states.advance(handle, CTORS, OWNER, READY, NOBODY));
        writer.retainModule(handle);
        tables.assertRefused(
                "module is referred to: handle=1 references=1, release it as often as it was retained",
                () -> writer.unloadModule(handle));
        tables.assertRefused("module has not failed: handle=1 state=3", () -> writer.retireModule(handle));
        writer.releaseModule(handle);
        writer.unloadModule(handle);
        tables.assertRefused("module is not ready: handle=1 state=5", () -> writer.unloadModule(handle));
        tables.assertRefused("module was taken out: handle=1", () -> writer.retainModule(handle));
        tables.assertRefused("module was taken out: handle=1", () -> writer.releaseModule(handle));
        tables.assertRefused("module was taken out: handle=1", () -> writer.recordSymbol(handle, "f", 0));
        tables.commit();
        tables.begin();
        tables.assertRefused("module is not ready: handle=1 state=5", () -> writer.unloadModule(handle));
        for (final int none : new int[] {-1, 0, 2, Integer.MAX_VALUE}) {
            tables.assertRefused("no such module: handle=" + none + " nextHandle=2", () -> writer.unloadModule(none));
        }
    }

    @Test
    void shouldForgetTheReferencesOfAModuleThatHasFailed() {
        final int handle = load("m");
        writer.retainModule(handle);
        advance(handle, FAILED);
        assertTrue(writer.retireModule(handle));
        tables.commit();
        assertEquals(0, tables.file.moduleReferences(handle));
    }

    @Test
    void shouldUnloadSeveralInOneTransaction() {
        final int first = load("a");
        final int second = load("b");
        advance(first, READY);
        assertTrue(states.advance(second, DATA, OWNER, CTORS, OWNER));
        assertTrue(states.advance(second, CTORS, OWNER, READY, NOBODY));
        writer.unloadModule(first);
        writer.unloadModule(second);
        tables.commit();
        assertEquals(UNLOADED, states.state(first));
        assertEquals(UNLOADED, states.state(second));
        assertEquals(0, tables.file.moduleCount());
        assertEquals(65536, tables.file.freeMemory());
    }

    @Test
    void shouldBeAsBeforeWhenTheTransactionIsForgotten() {
        final int handle = ready("m");
        final byte[] before = tables.bytes();
        writer.retainModule(handle);
        writer.releaseModule(handle);
        writer.unloadModule(handle);
        writer.releaseTable(handle, 0, 3);
        writer.allocateTable(2, 1);
        tables.transaction.discard();
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, tables.bytes());
        assertFalse(tables.file.isRetired(handle));
    }
}
