package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.TableDescriptor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TableTransactionTest {
    private final Tables tables = new Tables();
    private final TableTransaction transaction = tables.transaction;
    private final int base = tables.layout.tables();
    private final int first = base + TableDescriptor.NEXT_HANDLE_OFFSET;
    private final int end = base + tables.tablesLength();

    @Test
    void shouldSeeStagedWordsBeforeTheFileChanges() {
        transaction.begin();
        transaction.putLong(first, 5);
        assertEquals(5, transaction.getLong(first));
        assertEquals(0, tables.buffer.getLong(first));
        tables.commit();
        assertEquals(5, tables.buffer.getLong(first));
        assertEquals(1, tables.file.sequence());
    }

    @Test
    void shouldTouchNothingSharedWhenStagingAndDiscarding() {
        final byte[] before = tables.bytes();
        transaction.begin();
        transaction.putLong(end - 8, -1);
        transaction.putInt(first + 4, 3);
        transaction.putBytes(first + 21, new byte[] {1, 2, 3}, 0, 3);
        assertFalse(transaction.isEmpty());
        transaction.discard();
        assertTrue(transaction.isEmpty());
        assertArrayEquals(before, tables.bytes());
        assertEquals(0, transaction.getLong(end - 8));
    }

    @Test
    void shouldReplaceInPlaceWhenAWordIsWrittenAgain() {
        transaction.begin();
        for (int i = 0; i < 100_000; i++) {
            transaction.putLong(first, i);
        }
        transaction.publish(0);
        assertEquals(1 + 16 + 16, tables.buffer.getLong(tables.layout.redo() + RedoDescriptor.VALID_OFFSET));
    }

    @Test
    void shouldJoinNeighboursIntoOneEntry() {
        transaction.begin();
        transaction.putLong(first, 1);
        transaction.putLong(first + 8, 2);
        transaction.putLong(first + 16, 3);
        transaction.publish(0);
        final int entries = tables.layout.redo() + RedoDescriptor.HEADER_LENGTH;
        assertEquals(first, tables.buffer.getInt(entries));
        assertEquals(24, tables.buffer.getInt(entries + 4));
        assertEquals(3, tables.buffer.getLong(entries + 8 + 16));
        assertEquals(base, tables.buffer.getInt(entries + 32));
        assertEquals(8, tables.buffer.getInt(entries + 36));
        assertEquals(1, tables.buffer.getLong(entries + 40));
    }

    @Test
    void shouldKeepTheOtherHalfWhenAnIntIsWritten() {
        tables.buffer.putLong(first, 0x1111_1111_2222_2222L);
        transaction.begin();
        transaction.putInt(first, -1);
        assertEquals(0x1111_1111_FFFF_FFFFL, transaction.getLong(first));
        transaction.putInt(first + 4, 0x3333_3333);
        assertEquals(-1, transaction.getInt(first));
        assertEquals(0x3333_3333, transaction.getInt(first + 4));
        tables.commit();
        assertEquals(-1, tables.buffer.getInt(first));
        assertEquals(0x3333_3333, tables.buffer.getInt(first + 4));
    }

    @Test
    void shouldBehaveLikeAnArrayOfBytesWhateverIsWritten() {
        Seeded.rounds(200, random -> {
            final Tables t = new Tables();
            final byte[] model = new byte[t.tablesLength()];
            random.nextBytes(model);
            Arrays.fill(model, 0, 8, (byte) 0);
            t.buffer.putBytes(base, model);
            for (int round = 1; round <= 3; round++) {
                t.transaction.begin();
                final byte[] before = model.clone();
                for (int i = 0; i < 40; i++) {
                    final byte[] source = new byte[random.nextInt(70)];
                    random.nextBytes(source);
                    final int at = 8 + random.nextInt(random.nextBoolean() ? 64 : model.length - 80);
                    t.transaction.putBytes(base + at, source, 0, source.length);
                    System.arraycopy(source, 0, model, at, source.length);
                }
                assertArrayEquals(model, t.stagedBytes());
                assertArrayEquals(before, t.tableBytes());
                t.commit();
                model[0] = (byte) round;
                assertArrayEquals(model, t.tableBytes());
            }
        });
    }

    @Test
    void shouldStageAllBytesOrNoneWhenTheyDoNotFit() {
        final Tables t = new Tables(new Capacities(1, 1, 200, 12, 1 << 10, 6, 3, 0, 1 << 12, 1 << 12, 1 << 12));
        t.begin();
        final byte[] source = new byte[4096 - 16 - 8 - 8];
        Arrays.fill(source, (byte) 7);
        t.transaction.putLong(first, 9);
        t.assertFull("redoBytes", 4096, () -> t.transaction.putBytes(first + 16, source, 0, source.length));
        t.transaction.putBytes(first + 16, source, 0, source.length - 8);
        t.assertFull("redoBytes", 4096, () -> t.transaction.putLong(first + 8 * 600, 1));
        t.commit();
        assertEquals(9, t.buffer.getLong(first));
        assertEquals(0x0707_0707_0707_0707L, t.buffer.getLong(first + 16));
    }

    @Test
    void shouldFillTheRedoAreaToTheLastWord() {
        transaction.begin();
        final int words = Tables.SMALL.redoBytes() / 8 - 2 - 1;
        int offset = base + TableDescriptor.MODULES_OFFSET;
        final int module = offset;
        final int room = (end - module) / 8;
        assertTrue(room > 200);
        int used = 0;
        for (; used + 2 <= words + 1 && offset < end; offset += 16, used += 2) {
            transaction.putLong(offset, offset);
        }
        if (offset < end) {
            final int full = offset;
            assertThrows(CapacityExceededException.class, () -> transaction.putLong(full, 1));
        }
        tables.commit();
        assertEquals(module, tables.buffer.getLong(module));
        assertEquals(offset - 16, tables.buffer.getLong(offset - 16));
    }

    @Test
    void shouldRefuseWhatIsNotInTheTables() {
        transaction.begin();
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putLong(base, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putLong(base - 8, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putLong(end, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putLong(0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putLong(Integer.MIN_VALUE, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putBytes(end - 4, new byte[8], 0, 8));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.putBytes(first, new byte[8], 4, 8));
        assertThrows(IndexOutOfBoundsException.class, () -> transaction.getLong(end));
        assertThrows(IllegalArgumentException.class, () -> transaction.putLong(first + 4, 1));
        assertThrows(IllegalArgumentException.class, () -> transaction.putInt(first + 2, 1));
        assertTrue(transaction.isEmpty());
    }

    @Test
    void shouldRefuseStepsOutOfOrder() {
        assertThrows(IllegalStateException.class, () -> transaction.putLong(first, 1));
        assertThrows(IllegalStateException.class, () -> transaction.publish(0));
        assertThrows(IllegalStateException.class, transaction::apply);
        transaction.discard();
        transaction.invalidate();
        transaction.begin();
        assertThrows(IllegalStateException.class, transaction::begin);
        assertThrows(IllegalStateException.class, transaction::apply);
        assertThrows(IllegalStateException.class, transaction::invalidate);
        assertThrows(IllegalArgumentException.class, () -> transaction.publish(-1));
        transaction.putLong(first, 1);
        transaction.publish(4);
        transaction.publish(4);
        assertThrows(IllegalStateException.class, () -> transaction.publish(5));
        assertThrows(IllegalStateException.class, () -> transaction.putLong(first, 1));
        assertThrows(IllegalStateException.class, transaction::discard);
        assertThrows(IllegalStateException.class, transaction::begin);
        transaction.invalidate();
        assertFalse(transaction.isOpen());
        assertEquals(0, tables.buffer.getLong(first));
    }

    @Test
    void shouldRefuseToPublishOverAnotherTransaction() {
        transaction.begin();
        transaction.putLong(first, 1);
        transaction.publish(1);
        final byte[] before = tables.bytes();
        final TableTransaction other = new TableTransaction(tables.buffer, tables.layout);
        other.begin();
        other.putLong(first, 2);
        assertThrows(IllegalStateException.class, () -> other.publish(1));
        assertArrayEquals(before, tables.bytes());
        other.discard();
    }

    @Test
    void shouldCountAnEmptyTransactionToo() {
        transaction.begin();
        tables.commit();
        assertEquals(1, tables.file.sequence());
    }
}
