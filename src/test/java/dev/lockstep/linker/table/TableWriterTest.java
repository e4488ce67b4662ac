package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.TableDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableWriterTest {
    private final Tables tables = new Tables();
    private final TableWriter writer = tables.writer;
    private final LinkerTables overlay = writer.tables();

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    @Test
    void shouldBeginEmpty() {
        assertEquals(1, overlay.nextHandle());
        assertEquals(0, overlay.moduleCount());
        assertEquals(0, overlay.tableLength());
        assertEquals(0, overlay.memoryEnd());
        assertEquals(0, overlay.findModule("main"));
        assertEquals(-1, overlay.findSymbol(1, "f"));
        assertFalse(overlay.module(1, new ModuleEntry()));
        assertFalse(overlay.module(0, new ModuleEntry()));
        assertFalse(overlay.module(-1, new ModuleEntry()));
        assertFalse(overlay.module(Integer.MAX_VALUE, new ModuleEntry()));
    }

    @Test
    void shouldReadBackWhatWasRegistered() {
        final byte[] hash = Tables.hash(3);
        assertEquals(1, writer.registerModule("", "", Tables.hash(1), 0, 0, 0, 0, 0, ModuleStates.READY, 5));
        assertEquals(
                2,
                writer.registerModule(
                        "grün-😀.wasm", "/opt/x", hash, 1L << 31, 1L << 31, 9_999_999, 1, -7, ModuleStates.DATA, 4093));
        assertEquals(0, tables.file.findModule("grün-😀.wasm"));
        tables.commit();
        for (final LinkerTables view : new LinkerTables[] {tables.file, overlay}) {
            assertEquals(3, view.nextHandle());
            assertEquals(2, view.moduleCount());
            assertEquals(1, view.findModule(""));
            assertEquals(2, view.findModule("grün-😀.wasm"));
            assertEquals(0, view.findModule("grün-😀.wasn"));
            final byte[] name = "xgrün-😀.wasmx".getBytes(StandardCharsets.UTF_8);
            assertEquals(2, view.findModule(name, 1, name.length - 2));
            final ModuleEntry entry = new ModuleEntry();
            assertTrue(view.module(2, entry));
            assertEquals(2, entry.handle());
            assertEquals("grün-😀.wasm", entry.name());
            assertEquals("/opt/x", entry.path());
            assertEquals(1L << 31, entry.memoryBase());
            assertEquals(1L << 31, entry.memorySize());
            assertEquals(9_999_999, entry.tableBase());
            assertEquals(1, entry.tableSize());
            assertEquals(-7, entry.flags());
            assertEquals(ModuleStates.DATA, entry.state());
            assertEquals(4093, entry.owner());
            assertArrayEquals(hash, entry.contentHash());
            assertTrue(view.module(1, entry));
            assertEquals("", entry.name());
            assertEquals(0, entry.pathLength());
        }
    }

    @Test
    void shouldRefuseANameThatIsTaken() {
        tables.register("a");
        tables.assertRefused("module is registered: name=a handle=1", () -> tables.register("a"));
        tables.commit();
        tables.begin();
        tables.assertRefused("module is registered: name=a handle=1", () -> tables.register("a"));
    }

    @Test
    void shouldRefuseRangesThatCannotBe() {
        final long limit = LinkerTables.MEMORY_LIMIT;
        for (final long[] range : new long[][] {{-1, 0}, {0, -1}, {limit, 1}, {1, limit}, {Long.MAX_VALUE, 9}}) {
            tables.assertRefused(
                    "not a range of linear memory: base=" + range[0] + " size=" + range[1] + " limit=" + limit,
                    () -> writer.registerModule("m", "", Tables.hash(1), range[0], range[1], 0, 0, 0, 1, 0));
        }
        for (final int[] range : new int[][] {{-1, 0}, {0, -1}, {10_000_000, 1}, {Integer.MAX_VALUE, 9}}) {
            tables.assertRefused(
                    "not a range of the function table: base=" + range[0] + " size=" + range[1] + " limit=10000000",
                    () -> writer.registerModule("m", "", Tables.hash(1), 0, 0, range[0], range[1], 0, 1, 0));
        }
        tables.assertRefused(
                "hash is not SHA-256: bytes=31",
                () -> writer.registerModule("m", "", new byte[31], 0, 0, 0, 0, 0, 1, 0));
        tables.assertRefused(
                "not a module state: state=6",
                () -> writer.registerModule("m", "", Tables.hash(1), 0, 0, 0, 0, 0, 6, 0));
        tables.assertRefused(
                "not a group slot: owner=4096",
                () -> writer.registerModule("m", "", Tables.hash(1), 0, 0, 0, 0, 0, 1, 4096));
    }

    @Test
    void shouldSayWhenThereIsNoRoomForAnotherModule() {
        for (int i = 0; i < Tables.SMALL.modules(); i++) {
            tables.register("m" + i);
        }
        tables.assertFull("modules", 8, () -> tables.register("one more"));
        tables.commit();
        tables.begin();
        tables.assertFull("modules", 8, () -> tables.register("one more"));
        assertEquals(8, tables.file.findModule("m7"));
    }

    @Test
    void shouldSayWhenThereIsNoRoomForNames() {
        tables.register("m");
        final int left = Tables.SMALL.nameBytes() - overlay.nameBytesUsed();
        tables.assertFull("nameBytes", 1024, () -> writer.recordSymbol(1, "x".repeat(left + 1), 0));
        tables.assertFull("nameBytes", 1024, () -> writer.recordSymbol(1, "€".repeat(left / 3 + 1), 0));
        tables.assertFull("nameBytes", 1024, () -> writer.recordSymbol(1, "x".repeat(100_000), 0));
        tables.assertFull("nameBytes", 1024, () -> tables.register("x".repeat(left / 2)));
        writer.recordSymbol(1, "x".repeat(left), 5);
        assertEquals(1024, overlay.nameBytesUsed());
        assertEquals(5, overlay.findSymbol(1, "x".repeat(left)));
        writer.recordSymbol(1, "", 6);
        tables.assertFull("nameBytes", 1024, () -> writer.recordSymbol(1, "y", 0));
    }

    @Test
    void shouldSayWhenThereIsNoRoomForAnotherSymbol() {
        tables.register("m");
        for (int i = 0; i < Tables.SMALL.symbols(); i++) {
            writer.recordSymbol(1, "s" + i, i);
        }
        tables.assertFull("symbols", 12, () -> writer.recordSymbol(1, "one more", 0));
        writer.recordSymbol(1, "s3", 99);
        assertEquals(99, overlay.findSymbol(1, "s3"));
        assertEquals(-1, overlay.findSymbol(1, "one more"));
    }

    @Test
    void shouldRefuseSymbolsThatCannotBe() {
        tables.register("m");
        for (final int handle : new int[] {0, 2, -1}) {
            tables.assertRefused(
                    "no such module: handle=" + handle + " nextHandle=2", () -> writer.recordSymbol(handle, "f", 0));
        }
        for (final int index : new int[] {-1, 10_000_000}) {
            tables.assertRefused(
                    "not a slot of the function table: index=" + index + " limit=10000000",
                    () -> writer.recordSymbol(1, "f", index));
        }
    }

    @Test
    void shouldGrowTheTableUpToItsLimit() {
        assertEquals(0, writer.growTable(0));
        assertTrue(tables.transaction.isEmpty());
        assertEquals(0, writer.growTable(10));
        assertEquals(10, writer.growTable(5));
        assertEquals(15, overlay.tableLength());
        for (final int slots : new int[] {-1, 10_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            tables.assertRefused(
                    "function table would grow past its limit: slots=" + slots + " tableLength=15 limit=10000000",
                    () -> writer.growTable(slots));
        }
        tables.assertRefused(
                "not a length for the function table: slots=14, choose from 15 to 10000000",
                () -> writer.setTableLength(14));
        writer.setTableLength(10_000_000);
        assertEquals(10_000_000, overlay.tableLength());
    }

    @Test
    void shouldNeverLowerTheMemoryEnd() {
        writer.setMemoryEnd(100);
        writer.setMemoryEnd(100);
        tables.assertRefused(
                "not an end for linear memory: bytes=99, choose from 100 to 4294967296", () -> writer.setMemoryEnd(99));
        tables.assertRefused(
                "not an end for linear memory: bytes=4294967297, choose from 100 to 4294967296",
                () -> writer.setMemoryEnd(LinkerTables.MEMORY_LIMIT + 1));
        writer.setMemoryEnd(LinkerTables.MEMORY_LIMIT);
        assertEquals(LinkerTables.MEMORY_LIMIT, overlay.memoryEnd());
    }

    @Test
    void shouldRefuseToWriteWhenTheTransactionHasNotBegun() {
        tables.transaction.discard();
        assertThrows(IllegalStateException.class, () -> tables.register("m"));
        assertThrows(IllegalStateException.class, () -> writer.setMemoryEnd(9));
        assertThrows(IllegalStateException.class, () -> writer.allocateMemory(9, 1));
    }

    @Test
    void shouldFindSymbolsAsAMapDoes() {
        final Capacities capacities = new Capacities(1, 1, 4, 300, 1 << 14, 1, 1, 0, 1 << 12, 1 << 16, 1 << 12);
        Seeded.rounds(60, random -> {
            final Tables t = new Tables(capacities).begin();
            for (int i = 0; i < 4; i++) {
                t.register("m" + i);
            }
            final Map<List<Object>, Integer> model = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                if (random.nextInt(30) == 0) {
                    t.commit();
                    t.begin();
                }
                final int handle = 1 + random.nextInt(4);
                final String name = "f" + Integer.toString(random.nextInt(120), 2);
                if (random.nextBoolean()) {
                    final int index = random.nextInt(1000);
                    final List<Object> key = List.of(handle, name);
                    if (model.size() < 300 || model.containsKey(key)) {
                        t.writer.recordSymbol(handle, name, index);
                        model.put(key, index);
                    } else {
                        assertThrows(CapacityExceededException.class, () -> t.writer.recordSymbol(handle, name, index));
                    }
                }
                assertEquals(
                        model.getOrDefault(List.of(handle, name), -1),
                        t.writer.tables().findSymbol(handle, name));
                assertEquals(model.size(), t.writer.tables().symbolCount());
            }
            t.commit();
            for (int handle = 0; handle <= 5; handle++) {
                for (int i = 0; i < 130; i++) {
                    final String name = "f" + Integer.toString(i, 2);
                    assertEquals(model.getOrDefault(List.of(handle, name), -1), t.file.findSymbol(handle, name));
                }
            }
        });
    }

    @Test
    void shouldStageAllOrNothingWhenTheRedoAreaIsFull() {
        final Capacities capacities = new Capacities(1, 1, 300, 300, 1 << 16, 64, 64, 0, 1 << 12, 1 << 12, 1 << 12);
        Seeded.rounds(30, random -> {
            final Tables t = new Tables(capacities).begin();
            t.register("first");
            int refused = 0;
            while (refused < 30) {
                refused += refusals(t, random.nextInt(7), random.nextInt(1000), "n".repeat(random.nextInt(60)));
            }
            final byte[] staged = t.stagedBytes();
            t.commit();
            staged[0] = 1;
            assertArrayEquals(staged, t.tableBytes());
        });
    }

    @Test
    void shouldStageAllOrNothingHoweverLittleRoomIsLeft() {
        final Capacities capacities = new Capacities(1, 1, 4, 300, 1 << 14, 6, 6, 0, 1 << 12, 1 << 12, 1 << 12);
        final Tables prepared = new Tables(capacities).begin();
        prepared.writer.registerModule("m", "", Tables.hash(1), 40_000, 64, 0, 0, 0, ModuleStates.DATA, 2);
        prepared.writer.growTable(500);
        prepared.writer.addClosureBatch(0, 100);
        final long block = prepared.writer.allocateMemory(65536, 1);
        prepared.writer.freeMemory(block + 1, 300);
        prepared.writer.freeMemory(block + 1000, 100);
        prepared.writer.freeMemory(block + 1200, 100);
        prepared.commit();
        prepared.begin();
        for (final String ready : List.of("unloaded", "ready")) {
            final int slot = prepared.writer.growTable(6);
            final int handle =
                    prepared.writer.registerModule(ready, "", Tables.hash(1), 0, 0, slot, 5, 0, ModuleStates.DATA, 2);
            prepared.writer.recordSymbol(handle, ready, slot + 5);
            prepared.writer.recordSymbol(handle, "in its own", slot + 2);
        }
        prepared.commit();
        final ModuleStates states = new ModuleStates(prepared.buffer, prepared.layout);
        assertTrue(states.advance(1, ModuleStates.DATA, 2, ModuleStates.FAILED, ModuleStates.NOBODY));
        for (final int handle : new int[] {2, 3}) {
            assertTrue(states.advance(handle, ModuleStates.DATA, 2, ModuleStates.CTORS, 2));
            assertTrue(states.advance(handle, ModuleStates.CTORS, 2, ModuleStates.READY, ModuleStates.NOBODY));
        }
        prepared.begin();
        prepared.writer.unloadModule(2);
        prepared.writer.releaseTable(2, 500, 5);
        prepared.commit();
        final List<Consumer<TableWriter>> changes = List.of(
                w -> w.retireModule(1),
                w -> w.unloadModule(3),
                w -> w.retainModule(3),
                w -> w.allocateTable(1, 1),
                w -> w.allocateTable(3, 1),
                w -> w.allocateTable(9, 1),
                w -> w.recordSymbol(3, "of a name", 3),
                w -> w.registerModule("name", "path", Tables.hash(1), 0, 0, 0, 0, 0, ModuleStates.DATA, 0),
                w -> w.recordSymbol(1, "a symbol's name", 3),
                w -> w.growTable(1),
                w -> w.setMemoryEnd(1 << 20),
                w -> w.allocateMemory(50, 128),
                w -> w.allocateMemory(300, 1),
                w -> w.allocateMemory(50, 1),
                w -> w.allocateMemory(10, 1 << 20),
                w -> w.freeMemory(block + 1100, 100),
                w -> w.freeMemory(block + 1100, 50),
                w -> w.freeMemory(block + 5000, 50),
                TableWriter::popClosure,
                w -> w.addClosureBatch(200, 100));
        for (final Consumer<TableWriter> change : changes) {
            int succeeded = 0;
            for (int left = 0; left < 40; left++) {
                final Tables t = prepared.copy().begin();
                fillRedoArea(t, left);
                if (refusal(t, () -> change.accept(t.writer)) == 0) {
                    succeeded++;
                }
            }
            assertTrue(succeeded > 0 && succeeded < 40);
        }
    }

    /** Stages words that mean nothing, until so many words of the redo area are left. */
    private static void fillRedoArea(final Tables t, final int left) {
        int used = Tables.SMALL.redoBytes() / 2 / 8 - 2 - left;
        int offset = t.layout.tables() + TableDescriptor.symbolsOffset(t.layout.capacities());
        if (used % 2 != 0) {
            t.transaction.putLong(offset + 8, 0);
            t.transaction.putLong(offset + 16, 0);
            used -= 3;
        }
        for (; used > 0; used -= 2) {
            offset += TableDescriptor.SYMBOL_LENGTH;
            t.transaction.putLong(offset + 8, 0);
        }
    }

    private static int refusals(final Tables t, final int kind, final int value, final String text) {
        final TableWriter writer = t.writer;
        final LinkerTables view = writer.tables();
        switch (kind) {
            case 0 -> {
                final String name = text + view.nextHandle();
                return refusal(
                        t,
                        () -> writer.registerModule(name, text, Tables.hash(1), 0, 0, 0, 0, 0, ModuleStates.DATA, 0));
            }
            case 1 -> {
                return refusal(t, () -> writer.recordSymbol(1, text + value, value));
            }
            case 2 -> {
                return refusal(t, () -> writer.growTable(value % 10));
            }
            case 3 -> {
                final long[] address = new long[1];
                final int refused = refusal(t, () -> address[0] = writer.allocateMemory(value + 1L, 1L << value % 18));
                return refused == 0 && value % 2 == 0
                        ? refusal(t, () -> writer.freeMemory(address[0], value + 1L))
                        : refused;
            }
            case 4 -> {
                final int[] closure = new int[1];
                final int refused = refusal(t, () -> closure[0] = writer.popClosure());
                return refused == 0 && closure[0] >= 0 && value % 3 == 0
                        ? refusal(t, () -> writer.freeClosure(closure[0]))
                        : refused;
            }
            case 5 -> {
                final int size = 1 + value % 128;
                final int base = view.tableLength();
                final int refused = refusal(t, () -> writer.growTable(size));
                return refused == 0 && view.closureBatchCount() < 64
                        ? refusal(t, () -> writer.addClosureBatch(base, size))
                        : refused;
            }
            default -> {
                return refusal(t, () -> writer.setMemoryEnd(view.memoryEnd()));
            }
        }
    }

    private static int refusal(final Tables t, final Runnable change) {
        final byte[] staged = t.stagedBytes();
        try {
            change.run();
            return 0;
        } catch (final CapacityExceededException e) {
            assertEquals("redoBytes", e.capacity());
            assertArrayEquals(staged, t.stagedBytes());
            return 1;
        }
    }

    @Test
    void shouldHaveTheSameFingerprintHoweverTheContentsLie() {
        final List<Tables> twins = new ArrayList<>();
        for (int order = 0; order < 2; order++) {
            final Tables t = new Tables().begin();
            t.register("m");
            t.writer.setTableLength(300);
            t.writer.recordSymbol(1, order == 0 ? "a" : "bb", order == 0 ? 4 : 5);
            t.writer.recordSymbol(1, order == 0 ? "bb" : "a", order == 0 ? 5 : 4);
            t.writer.allocateMemory(1000, 1);
            t.writer.freeMemory(order == 0 ? 100 : 300, 50);
            t.writer.freeMemory(order == 0 ? 300 : 100, 50);
            t.writer.addClosureBatch(order * 100, 100);
            t.writer.addClosureBatch(100 - order * 100, 100);
            if (order == 1) {
                t.commit();
                t.begin();
            }
            t.commit();
            twins.add(t);
        }
        assertFalse(
                java.util.Arrays.equals(twins.get(0).tableBytes(), twins.get(1).tableBytes()));
        assertEquals(twins.get(0).file.fingerprint(), twins.get(1).file.fingerprint());
    }

    @Test
    void shouldHaveAnotherFingerprintAfterEveryChange() {
        final List<Runnable> changes = List.of(
                () -> tables.register("m"),
                () -> writer.growTable(200),
                () -> writer.setMemoryEnd(5),
                () -> writer.allocateMemory(10, 1),
                () -> writer.freeMemory(2, 1),
                () -> writer.recordSymbol(1, "f", 3),
                () -> writer.recordSymbol(1, "f", 4),
                () -> writer.addClosureBatch(0, 100),
                () -> writer.popClosure());
        final List<Long> seen = new ArrayList<>();
        seen.add(overlay.fingerprint());
        for (final Runnable change : changes) {
            change.run();
            final long fingerprint = overlay.fingerprint();
            assertFalse(seen.contains(fingerprint));
            seen.add(fingerprint);
        }
        assertNotEquals(tables.file.fingerprint(), overlay.fingerprint());
        tables.commit();
        assertEquals(overlay.fingerprint(), tables.file.fingerprint());
        assertEquals(seen.get(seen.size() - 1), tables.file.fingerprint());
    }
}
