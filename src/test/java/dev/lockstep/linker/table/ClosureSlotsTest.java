package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClosureSlotsTest {
    private final Tables tables = new Tables();
    private final TableWriter writer = tables.writer;

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    @Test
    void shouldHaveNoneWhenThereIsNoBatch() {
        assertEquals(-1, writer.popClosure());
        assertFalse(writer.tables().isClosure(0));
        assertFalse(writer.tables().isClosure(-1));
    }

    @Test
    void shouldGiveOutEverySlotOnce() {
        for (final int size : new int[] {1, 63, 64, 65, 100, 128}) {
            final Tables t = new Tables().begin();
            t.writer.setTableLength(1000);
            t.writer.addClosureBatch(10, size);
            for (int i = 0; i < size; i++) {
                assertFalse(t.writer.tables().isClosure(10 + i));
                assertEquals(10 + i, t.writer.popClosure());
                assertTrue(t.writer.tables().isClosure(10 + i));
            }
            assertEquals(-1, t.writer.popClosure());
            assertFalse(t.writer.tables().isClosure(9));
            assertFalse(t.writer.tables().isClosure(10 + size));
        }
    }

    @Test
    void shouldRefuseToFreeTwice() {
        writer.addClosureBatch(writer.growTable(100), 100);
        final int index = writer.popClosure();
        writer.freeClosure(index);
        tables.assertRefused("free already: index=0", () -> writer.freeClosure(index));
        tables.assertRefused("not a closure slot: index=100", () -> writer.freeClosure(100));
        tables.assertRefused("not a closure slot: index=-1", () -> writer.freeClosure(-1));
    }

    @Test
    void shouldRefuseABatchThatCannotBe() {
        writer.setTableLength(200);
        writer.addClosureBatch(50, 100);
        for (final int size : new int[] {0, 129, -1, Integer.MIN_VALUE}) {
            tables.assertRefused(
                    "not a batch of closure slots: size=" + size + ", choose from 1 to 128",
                    () -> writer.addClosureBatch(0, size));
        }
        for (final int base : new int[] {101, -1, Integer.MAX_VALUE}) {
            tables.assertRefused(
                    "not in the function table: base=" + base + " size=100 tableLength=200, grow the table first",
                    () -> writer.addClosureBatch(base, 100));
        }
        tables.assertRefused("closure slots already: base=149 size=1 batch=50", () -> writer.addClosureBatch(149, 1));
        tables.assertRefused("closure slots already: base=0 size=51 batch=50", () -> writer.addClosureBatch(0, 51));
        writer.addClosureBatch(150, 50);
        writer.addClosureBatch(0, 50);
        assertEquals(3, writer.tables().closureBatchCount());
    }

    @Test
    void shouldSayWhenThereIsNoRoomForAnotherBatch() {
        writer.setTableLength(200);
        for (int i = 0; i < Tables.SMALL.closureBatches(); i++) {
            writer.addClosureBatch(i * 10, 10);
        }
        tables.assertFull("closureBatches", 3, () -> writer.addClosureBatch(100, 10));
    }

    @Test
    void shouldAgreeWithABitSet() {
        Seeded.rounds(100, random -> {
            final Tables t = new Tables().begin();
            final BitSet reserved = new BitSet();
            final BitSet used = new BitSet();
            for (int i = 0; i < 500; i++) {
                if (random.nextInt(20) == 0) {
                    t.commit();
                    t.begin();
                }
                final int kind = random.nextInt(100);
                if (kind < 2 && t.writer.tables().closureBatchCount() < Tables.SMALL.closureBatches()) {
                    t.writer.growTable(random.nextInt(20));
                    final int size = 1 + random.nextInt(128);
                    final int base = t.writer.growTable(size);
                    t.writer.addClosureBatch(base, size);
                    reserved.set(base, base + size);
                } else if (kind < 60) {
                    final BitSet free = (BitSet) reserved.clone();
                    free.andNot(used);
                    final int index = t.writer.popClosure();
                    assertEquals(free.nextSetBit(0), index);
                    if (index >= 0) {
                        used.set(index);
                    }
                } else if (!used.isEmpty()) {
                    final int index = used.nextSetBit(random.nextInt(used.length()));
                    t.writer.freeClosure(index);
                    used.clear(index);
                }
                for (int index = 0; index <= reserved.length(); index++) {
                    assertEquals(used.get(index), t.writer.tables().isClosure(index));
                }
            }
        });
    }
}
