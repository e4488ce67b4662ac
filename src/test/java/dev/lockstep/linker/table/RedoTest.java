package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.table.Redo.Resolution;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedoTest {
    private static final long OPERATION = 7;

    private final Tables tables = new Tables();
    private final int redo = tables.layout.redo();
    private final int entries = redo + RedoDescriptor.HEADER_LENGTH;
    private final int firstWritable = tables.layout.tables() + TableDescriptor.NEXT_HANDLE_OFFSET;
    private byte[] oldTables;
    private byte[] newTables;

    @BeforeEach
    void shouldHaveAnOldAndANewState() {
        tables.begin();
        change(tables.writer, 0);
        tables.commit();
        assertTrue(new ModuleStates(tables.buffer, tables.layout)
                .advance(1, ModuleStates.DATA, 1, ModuleStates.FAILED, ModuleStates.NOBODY));
        oldTables = tables.tableBytes();
        final Tables twin = tables.copy().begin();
        change(twin.writer, 1);
        twin.commit();
        newTables = twin.tableBytes();
        assertFalse(Arrays.equals(oldTables, newTables));
    }

    private static void change(final TableWriter writer, final int step) {
        if (step == 1) {
            assertTrue(writer.retireModule(1));
        }
        final int handle = writer.registerModule(
                "module-" + step, "/lib/m", Tables.hash(step), 0, 100, 0, 5, 0, ModuleStates.DATA, 1);
        final int base = writer.growTable(100);
        writer.addClosureBatch(base, 100);
        writer.popClosure();
        writer.recordSymbol(handle, "tree_sitter", base);
        writer.allocateMemory(100 + step, 16);
    }

    private Tables staged() {
        final Tables twin = tables.copy().begin();
        change(twin.writer, 1);
        return twin;
    }

    private Tables published(final long operation) {
        final Tables twin = staged();
        twin.transaction.publish(operation);
        return twin;
    }

    private static Resolution resolve(final Tables t, final long committed) {
        return Redo.resolve(t.buffer, t.layout, committed);
    }

    @Test
    void shouldDoNothingWhenNothingIsPublished() {
        final byte[] before = tables.bytes();
        assertEquals(Resolution.NOTHING, resolve(tables, 0));
        assertFalse(Redo.apply(tables.buffer, tables.layout));
        assertFalse(Redo.isValid(tables.buffer, tables.layout));
        assertArrayEquals(before, tables.bytes());
    }

    @Test
    void shouldWithdrawWhenTheOperationIsNotCommitted() {
        final Tables t = published(OPERATION);
        assertTrue(Redo.isValid(t.buffer, t.layout));
        assertEquals(Resolution.WITHDRAWN, resolve(t, OPERATION - 1));
        assertArrayEquals(oldTables, t.tableBytes());
        assertEquals(Resolution.NOTHING, resolve(t, OPERATION));
        assertArrayEquals(oldTables, t.tableBytes());
    }

    @Test
    void shouldApplyWhenTheOperationIsCommitted() {
        for (final long committed : new long[] {OPERATION, OPERATION + 3}) {
            final Tables t = published(OPERATION);
            assertEquals(Resolution.APPLIED, resolve(t, committed));
            assertArrayEquals(newTables, t.tableBytes());
            assertEquals(Resolution.NOTHING, resolve(t, committed));
        }
    }

    @Test
    void shouldApplyWhenTheTransactionBelongsToNoOperation() {
        final Tables t = published(0);
        assertEquals(Resolution.APPLIED, resolve(t, 0));
        assertArrayEquals(newTables, t.tableBytes());
    }

    @Test
    void shouldHaveOldStateWhenTheWriterDiesBeforeItHasPublished() {
        int stores = 0;
        for (; ; stores++) {
            final Tables t = tables.copy();
            final DyingBuffer dying = new DyingBuffer(t.buffer, stores);
            final TableTransaction transaction = new TableTransaction(dying.buffer(), t.layout);
            transaction.begin();
            change(new TableWriter(transaction), 1);
            if (lives(() -> transaction.publish(OPERATION))) {
                assertEquals(Resolution.APPLIED, resolve(t, OPERATION));
                assertArrayEquals(newTables, t.tableBytes());
                break;
            }
            assertEquals(Resolution.NOTHING, resolve(t, OPERATION));
            assertArrayEquals(oldTables, t.tableBytes());
        }
        assertTrue(stores > 30, "stores=" + stores);
    }

    @Test
    void shouldHaveNewStateWhereverTheWriterDiesWhileApplying() {
        int stores = 0;
        for (; ; stores++) {
            final Tables t = published(OPERATION);
            final SharedBuffer dying = new DyingBuffer(t.buffer, stores).buffer();
            final boolean lived = lives(() -> {
                Redo.apply(dying, t.layout);
                Redo.invalidate(dying, t.layout);
            });
            assertEquals(lived ? Resolution.NOTHING : Resolution.APPLIED, resolve(t, OPERATION));
            assertArrayEquals(newTables, t.tableBytes());
            if (lived) {
                break;
            }
        }
        assertTrue(stores > 30, "stores=" + stores);
    }

    @Test
    void shouldHaveOneOfTheStatesWhereverTheResolverDies() {
        for (final long committed : new long[] {OPERATION - 1, OPERATION}) {
            final byte[] expected = committed < OPERATION ? oldTables : newTables;
            boolean lived = false;
            for (int stores = 0; !lived; stores++) {
                final Tables t = published(OPERATION);
                final SharedBuffer dying = new DyingBuffer(t.buffer, stores).buffer();
                lived = lives(() -> Redo.resolve(dying, t.layout, committed));
                final SharedBuffer second = new DyingBuffer(t.buffer, stores / 2).buffer();
                lives(() -> Redo.resolve(second, t.layout, committed));
                resolve(t, committed);
                assertArrayEquals(expected, t.tableBytes());
                assertFalse(Redo.isValid(t.buffer, t.layout));
            }
        }
    }

    @Test
    void shouldBeIdempotentWhenAppliedAgain() {
        final Tables t = published(0);
        t.transaction.apply();
        assertArrayEquals(newTables, t.tableBytes());
        t.transaction.apply();
        assertArrayEquals(newTables, t.tableBytes());
        assertEquals(Resolution.APPLIED, resolve(t, 0));
        assertArrayEquals(newTables, t.tableBytes());
    }

    @Test
    void shouldRefuseWhatLeavesTheTables() {
        final int end = tables.layout.tables() + tables.tablesLength();
        for (final int offset : new int[] {
            0,
            tables.layout.control(),
            redo,
            tables.layout.tables() - 8,
            tables.layout.tables(),
            end,
            end + 8,
            -8,
            Integer.MIN_VALUE,
            Integer.MAX_VALUE - 7,
            firstWritable + 4,
            firstWritable + 1
        }) {
            assertCorrupt("entry offset", t -> t.buffer.putInt(entries, offset));
        }
        for (final int length : new int[] {0, -8, 4, 12, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertCorrupt("entry length", t -> t.buffer.putInt(entries + 4, length));
        }
        assertCorrupt("entry length", t -> t.buffer.putInt(entries, end - 8));
        for (final int beyond : new int[] {8, 16, 24, 2048}) {
            assertCorrupt("entry length", t -> {
                final int beforeSequence = (int) t.buffer.getLong(redo) - 1 - 16;
                t.buffer.putInt(entries + 4, beforeSequence - 8 + beyond);
            });
        }
    }

    @Test
    void shouldRefuseAHeadThatCannotBe() {
        final long most = Tables.SMALL.redoBytes();
        for (final long valid : new long[] {1, 2, 9, 16, 18, -1, most + 9, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertCorrupt("valid", t -> t.buffer.putLong(redo + RedoDescriptor.VALID_OFFSET, valid));
        }
        final Tables t = published(OPERATION);
        t.buffer.putLong(redo + RedoDescriptor.OPERATION_OFFSET, -1);
        final byte[] before = t.bytes();
        final TableCorruptException e = assertThrows(TableCorruptException.class, () -> resolve(t, OPERATION));
        assertEquals("operation", e.word());
        assertArrayEquals(before, t.bytes());
    }

    @Test
    void shouldRefuseARedoAreaOfAnotherTime() {
        final Tables t = published(OPERATION);
        final int last = entries + (int) t.buffer.getLong(redo) - 1 - 16;
        for (final long sequence : new long[] {0, 3, -1}) {
            assertCorrupt("sequence", x -> x.buffer.putLong(last + 8, sequence));
        }
        assertCorrupt("sequence entry", x -> x.buffer.putInt(last, firstWritable));
        assertCorrupt("sequence entry", x -> x.buffer.putInt(last + 4, 16));
    }

    @Test
    void shouldNameRegionAndWord() {
        final Tables t = published(OPERATION);
        t.buffer.putInt(entries + 4, 12);
        final TableCorruptException e = assertThrows(TableCorruptException.class, () -> Redo.apply(t.buffer, t.layout));
        assertEquals("redo", e.region());
        assertEquals(
                "linker.dat is damaged: region=redo word=entry length value=12 offset=" + entries
                        + ", end the processes that use the universe and create it anew",
                e.getMessage());
    }

    @Test
    void shouldWriteNothingOutsideTheTablesWhateverTheRedoAreaHolds() {
        Seeded.rounds(3_000, random -> {
            final Tables t = published(random.nextInt(3));
            final int length = (int) t.buffer.getLong(redo) - 1;
            final int hits = 1 + random.nextInt(3);
            for (int i = 0; i < hits; i++) {
                final int at = random.nextInt(4) == 0 ? redo : entries + random.nextInt(length / 4) * 4;
                final int kind = random.nextInt(4);
                t.buffer.putInt(
                        at,
                        kind == 0
                                ? random.nextInt()
                                : kind == 1
                                        ? random.nextInt(1 << 14)
                                        : kind == 2 ? random.nextInt(t.layout.fileLength()) & ~7 : -random.nextInt(64));
            }
            final byte[] before = t.bytes();
            final byte[] others = t.otherBytes();
            try {
                resolve(t, random.nextInt(3));
                t.buffer.putLong(redo, 0);
                Arrays.fill(others, redo, redo + 8, (byte) 0);
                assertArrayEquals(others, t.otherBytes());
            } catch (final TableCorruptException e) {
                assertArrayEquals(before, t.bytes());
            }
        });
    }

    private interface Damage {
        void to(Tables t);
    }

    private void assertCorrupt(final String word, final Damage damage) {
        final Tables t = published(OPERATION);
        damage.to(t);
        final byte[] before = t.bytes();
        assertEquals(
                word,
                assertThrows(TableCorruptException.class, () -> Redo.apply(t.buffer, t.layout))
                        .word());
        assertEquals(
                word,
                assertThrows(TableCorruptException.class, () -> resolve(t, OPERATION))
                        .word());
        assertEquals(
                word,
                assertThrows(TableCorruptException.class, () -> resolve(t, OPERATION - 1))
                        .word());
        assertArrayEquals(before, t.bytes());
    }

    private static boolean lives(final Runnable step) {
        try {
            step.run();
            return true;
        } catch (final DyingBuffer.Death e) {
            return false;
        }
    }
}
