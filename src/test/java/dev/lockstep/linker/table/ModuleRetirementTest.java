package dev.lockstep.linker.table;

import static dev.lockstep.linker.table.ModuleStates.DATA;
import static dev.lockstep.linker.table.ModuleStates.FAILED;
import static dev.lockstep.linker.table.ModuleStates.NOBODY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a failed module gives back, and what stays. */
class ModuleRetirementTest {
    private static final long PAGE = 65536;
    private static final int OWNER = 2;

    private final Tables tables = new Tables();
    private final TableWriter writer = tables.writer;
    private final LinkerTables overlay = writer.tables();

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    private static int load(final Tables t, final String name, final long size) {
        final long base = t.writer.allocateMemory(size, 16);
        final int slot = t.writer.growTable(3);
        return t.writer.registerModule(name, "/lib/" + name, Tables.hash(1), base, size, slot, 3, 0, DATA, OWNER);
    }

    private static void fail(final Tables t, final int handle) {
        t.commit();
        t.begin();
        assertTrue(new ModuleStates(t.buffer, t.layout).advance(handle, DATA, OWNER, FAILED, NOBODY));
    }

    private int failed(final String name, final long size) {
        final int handle = load(tables, name, size);
        fail(tables, handle);
        return handle;
    }

    @Test
    void shouldGiveBackNameAndMemoryAndKeepHandleAndSlots() {
        final int handle = failed("m", 1000);
        final long fingerprint = overlay.fingerprint();
        assertFalse(overlay.isRetired(handle));
        assertTrue(writer.retireModule(handle));
        tables.commit();
        for (final LinkerTables view : new LinkerTables[] {tables.file, overlay}) {
            assertTrue(view.isRetired(handle));
            assertEquals(0, view.findModule("m"));
            assertEquals(0, view.moduleCount());
            assertEquals(PAGE, view.freeMemory());
            assertEquals(1, view.extentCount(), "merged with the rest of its page");
            assertEquals(handle + 1, view.nextHandle());
            assertEquals(3, view.tableLength());
            final ModuleEntry entry = new ModuleEntry();
            assertTrue(view.module(handle, entry));
            assertEquals("m", entry.name());
            assertEquals(FAILED, entry.state());
            assertEquals(0, entry.memorySize());
            assertEquals(0, entry.tableSize(), "nobody's until it is given back");
            assertEquals(0, view.freeSlots());
            assertNotEquals(fingerprint, view.fingerprint());
        }
    }

    @Test
    void shouldGiveMemoryBackOnlyOnce() {
        final int handle = failed("m", 1000);
        assertTrue(writer.retireModule(handle));
        assertFalse(writer.retireModule(handle), "in the same transaction");
        tables.commit();
        tables.begin();
        assertEquals(0, writer.allocateMemory(PAGE, 1), "the page is somebody else's now");
        assertFalse(writer.retireModule(handle));
        assertEquals(0, overlay.freeMemory());
    }

    @Test
    void shouldRegisterTheNameAgainWithoutUsingUpTheNames() {
        int handle = failed("m", 1000);
        final int names = overlay.nameBytesUsed();
        for (int i = 2; i <= Tables.SMALL.modules(); i++) {
            assertTrue(writer.retireModule(handle));
            handle = load(tables, "m", 1000);
            assertEquals(i, handle);
            assertEquals(i, overlay.findModule("m"));
            assertEquals(1, overlay.moduleCount());
            fail(tables, handle);
        }
        assertEquals(names, tables.file.nameBytesUsed());
        assertEquals(PAGE, tables.file.memoryEnd());
        final ModuleEntry entry = new ModuleEntry();
        assertTrue(tables.file.module(handle, entry));
        assertEquals("m", entry.name());
        assertEquals("/lib/m", entry.path());
        assertTrue(writer.retireModule(handle));
        tables.assertFull("modules", Tables.SMALL.modules(), () -> tables.register("m"));
    }

    @Test
    void shouldNotShareBytesWithAModuleFromAnotherPath() {
        assertTrue(writer.retireModule(failed("m", 1000)));
        final int handle = writer.registerModule("m", "/other", Tables.hash(1), 0, 0, 0, 0, 0, DATA, OWNER);
        final ModuleEntry entry = new ModuleEntry();
        assertTrue(overlay.module(handle, entry));
        assertEquals("m", entry.name());
        assertEquals("/other", entry.path());
        assertEquals(handle, overlay.findModule("m"));
    }

    @Test
    void shouldRefuseModulesThatHaveNotFailed() {
        final int handle = load(tables, "m", 0);
        tables.assertRefused("module has not failed: handle=1 state=1", () -> writer.retireModule(handle));
        for (final int none : new int[] {-1, 0, 2, Integer.MAX_VALUE}) {
            tables.assertRefused("no such module: handle=" + none + " nextHandle=2", () -> writer.retireModule(none));
        }
    }

    @Test
    void shouldGiveTheNameBackFirstAndTheMemoryWhenThereIsRoomForALeftover() {
        final Tables t = new Tables(new Capacities(1, 1, 8, 12, 1 << 10, 1, 1, 0, 1 << 12, 1 << 13, 1 << 12)).begin();
        t.writer.allocateMemory(1008, 1);
        final int handle = load(t, "m", 1008);
        final long behind = t.writer.allocateMemory(1008, 1);
        fail(t, handle);
        assertEquals(1, t.file.extentCount(), "full");
        final long free = t.file.freeMemory();
        assertTrue(t.writer.retireModule(handle));
        assertEquals(0, t.writer.tables().findModule("m"));
        assertEquals(free, t.writer.tables().freeMemory());
        t.commit();
        t.begin();
        assertFalse(t.writer.retireModule(handle));
        assertTrue(t.transaction.isEmpty());

        t.writer.freeMemory(behind, 1008);
        assertFalse(t.writer.retireModule(handle));
        assertEquals(free + 2016, t.writer.tables().freeMemory());
        t.commit();
        t.begin();
        assertFalse(t.writer.retireModule(handle));
        assertTrue(t.transaction.isEmpty());
    }
}
