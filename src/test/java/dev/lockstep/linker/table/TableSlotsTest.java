package dev.lockstep.linker.table;

import static dev.lockstep.linker.table.ModuleStates.CTORS;
import static dev.lockstep.linker.table.ModuleStates.DATA;
import static dev.lockstep.linker.table.ModuleStates.NOBODY;
import static dev.lockstep.linker.table.ModuleStates.READY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Slots of the function table that modules leave are given to others: each to one at a time. */
class TableSlotsTest {
    private static final Capacities CAPACITIES =
            new Capacities(1, 1, 64, 24, 1 << 11, 64, 3, 0, 1 << 13, 1 << 13, 1 << 12);

    private final Tables tables = new Tables(CAPACITIES);
    private final TableWriter writer = tables.writer;
    private final LinkerTables overlay = writer.tables();

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    private static int load(final Tables t, final String name, final int slot, final int slots) {
        return t.writer.registerModule(name, "", Tables.hash(1), 0, 0, slot, slots, 0, DATA, 0);
    }

    private static void makeReady(final Tables t, final int handle) {
        final ModuleStates states = new ModuleStates(t.buffer, t.layout);
        assertTrue(states.advance(handle, DATA, 0, CTORS, 0));
        assertTrue(states.advance(handle, CTORS, 0, READY, NOBODY));
    }

    private int ready(final String name, final int slots) {
        final int handle = load(tables, name, writer.allocateTable(slots, 1), slots);
        commit();
        makeReady(tables, handle);
        return handle;
    }

    private void commit() {
        tables.commit();
        tables.begin();
    }

    /** Takes a module out and gives all of its slots back. */
    private void unload(final int handle) {
        final ModuleEntry entry = new ModuleEntry();
        assertTrue(overlay.module(handle, entry));
        writer.unloadModule(handle);
        writer.releaseTable(handle, entry.tableBase(), entry.tableSize());
    }

    private long range(final int handle) {
        return overlay.moduleTableRange(handle);
    }

    @Test
    void shouldGrowWhileNothingIsLeft() {
        assertEquals(0, writer.allocateTable(0, 1));
        assertEquals(0, writer.allocateTable(3, 1));
        assertEquals(3, overlay.tableLength());
        assertEquals(8, writer.allocateTable(2, 8));
        assertEquals(10, overlay.tableLength());
        assertEquals(10, writer.allocateTable(0, 8));
        assertEquals(10, overlay.tableLength());
        assertEquals(10, writer.allocateTable(1, 1));
    }

    @Test
    void shouldRefuseWhatIsNoStretch() {
        writer.growTable(10);
        for (final int alignment : new int[] {0, -1, 3, Integer.MIN_VALUE, 1 << 24}) {
            tables.assertRefused(
                    "not an alignment of slots: alignment=" + alignment + ", choose a power of two",
                    () -> writer.allocateTable(1, alignment));
        }
        for (final int slots : new int[] {-1, Integer.MIN_VALUE, 10_000_001, Integer.MAX_VALUE}) {
            tables.assertRefused(
                    "not a number of slots: slots=" + slots + " most=10000000", () -> writer.allocateTable(slots, 1));
        }
        tables.assertRefused(
                "function table would grow past its limit: slots=9999991 alignment=1 tableLength=10 limit=10000000",
                () -> writer.allocateTable(9_999_991, 1));
        tables.assertRefused(
                "function table would grow past its limit: slots=1611393 alignment=8388608 tableLength=10"
                        + " limit=10000000",
                () -> writer.allocateTable(10_000_000 - (1 << 23) + 1, 1 << 23));
        assertEquals(10, writer.allocateTable(9_999_990, 1));
    }

    @Test
    void shouldGiveTheSmallestStretchThatFits() {
        final int large = ready("large", 9);
        ready("between", 1);
        final int small = ready("small", 4);
        ready("behind", 1);
        unload(large);
        unload(small);
        commit();
        assertEquals(13, overlay.freeSlots());
        assertEquals(10, writer.allocateTable(3, 1));
        assertEquals(LinkerTables.pair(13, 1), range(small));
        assertEquals(0, writer.allocateTable(5, 1));
        assertEquals(LinkerTables.pair(5, 4), range(large));
        assertEquals(13, writer.allocateTable(1, 1));
        assertEquals(15, writer.allocateTable(5, 1), "nothing is large enough");
        assertEquals(5, writer.allocateTable(4, 1));
        assertEquals(0, overlay.freeSlots());
    }

    @Test
    void shouldTakeFromWhereTheAlignmentLosesLess() {
        writer.growTable(3);
        final int handle = ready("m", 9); // 3 to 11
        unload(handle);
        assertEquals(8, writer.allocateTable(4, 8), "at the end");
        assertEquals(LinkerTables.pair(3, 5), range(handle));
        assertEquals(4, writer.allocateTable(2, 4), "at the beginning, and 3 is lost");
        assertEquals(LinkerTables.pair(6, 2), range(handle));
        assertEquals(16, writer.allocateTable(2, 8));
    }

    @Test
    void shouldJoinStretchesThatTouch() {
        final int first = ready("a", 2);
        final int second = ready("b", 3);
        final int third = ready("c", 4);
        unload(first);
        unload(third);
        commit();
        assertEquals(9, writer.allocateTable(5, 1));
        unload(second);
        assertEquals(LinkerTables.pair(0, 9), range(second));
        assertEquals(9, overlay.freeSlots());
        commit();
        assertEquals(0, writer.allocateTable(9, 1));
        assertEquals(14, overlay.tableLength());
    }

    @Test
    void shouldGiveNothingThatWasNotGivenBack() {
        final int handle = ready("m", 5);
        writer.unloadModule(handle);
        assertEquals(0, overlay.freeSlots());
        writer.releaseTable(handle, 1, 0);
        assertEquals(0, overlay.freeSlots());
        writer.releaseTable(handle, 1, 3);
        assertEquals(LinkerTables.pair(1, 3), range(handle));
        assertEquals(1, writer.allocateTable(3, 1));
        assertEquals(5, writer.allocateTable(1, 1));
    }

    @Test
    void shouldTakeBackSlotsOnlyWithTheirModule() {
        final int handle = ready("m", 5);
        tables.assertRefused(
                "module is not taken out in this transaction: handle=1, its slots can be given back only with it",
                () -> writer.releaseTable(handle, 0, 5));
        writer.unloadModule(handle);
        for (final int[] none : new int[][] {{-1, 5}, {0, 6}, {5, 1}, {1, 5}, {0, -1}, {0, Integer.MAX_VALUE}}) {
            tables.assertRefused(
                    "not slots of the module: handle=1 first=" + none[0] + " slots=" + none[1]
                            + " tableBase=0 tableSize=5 tableLength=5",
                    () -> writer.releaseTable(handle, none[0], none[1]));
        }
        writer.releaseTable(handle, 0, 2);
        tables.assertRefused(
                "module has given other slots back: handle=1 first=3 slots=2 before=0, choose one stretch",
                () -> writer.releaseTable(handle, 3, 2));
        tables.assertRefused(
                "slots are given back already, or another module's: handle=1 first=1 slots=2 other=1",
                () -> writer.releaseTable(handle, 1, 2));
        writer.releaseTable(handle, 2, 3);
        assertEquals(LinkerTables.pair(0, 5), range(handle));
        commit();
        for (final int none : new int[] {handle, 0, 2, -1, Integer.MAX_VALUE}) {
            tables.assertRefused(
                    "module is not taken out in this transaction: handle=" + none
                            + ", its slots can be given back only with it",
                    () -> writer.releaseTable(none, 0, 1));
        }
    }

    @Test
    void shouldTakeBackNothingThatIsSomebodyElses() {
        final int handle = ready("m", 5);
        writer.addClosureBatch(0, 2);
        final int other = ready("n", 0);
        writer.recordSymbol(other, "f", 3);
        writer.unloadModule(handle);
        tables.assertRefused(
                "slots are set aside for closures: handle=1 first=1 slots=1 batch=0",
                () -> writer.releaseTable(handle, 1, 1));
        tables.assertRefused(
                "a slot is a symbol's of another module: handle=1 index=3 other=2, take that one out before",
                () -> writer.releaseTable(handle, 2, 3));
        writer.unloadModule(other);
        writer.releaseTable(handle, 2, 3);
        assertEquals(1, overlay.consumedSymbolCount());
        assertEquals(0, overlay.retiredSymbolCount());
        assertEquals(2, writer.allocateTable(1, 1), "the symbol's slot is not given a second time");
        assertEquals(3, writer.allocateTable(2, 1));
        assertEquals(5, writer.allocateTable(1, 1));
    }

    @Test
    void shouldGiveTheSlotOfASymbolOnce() {
        final int handle = ready("m", 0);
        final int slot = writer.allocateTable(1, 1);
        writer.recordSymbol(handle, "f", slot);
        writer.recordSymbol(handle, "the same one by another name", slot);
        commit();
        assertEquals(1, writer.allocateTable(1, 1));
        writer.unloadModule(handle);
        assertEquals(2, overlay.retiredSymbolCount());
        assertEquals(-1, overlay.findSymbol(handle, "f"));
        assertEquals(slot, writer.allocateTable(1, 1));
        assertEquals(0, overlay.retiredSymbolCount());
        assertEquals(2, overlay.consumedSymbolCount());
        assertEquals(2, writer.allocateTable(1, 1));
        assertEquals(3, overlay.tableLength());
    }

    @Test
    void shouldNotGiveTheSlotOfASymbolThatAnotherModuleHasToo() {
        final int handle = ready("m", 0);
        final int other = ready("n", 0);
        writer.recordSymbol(handle, "f", writer.allocateTable(1, 1));
        writer.recordSymbol(other, "f", 0);
        writer.unloadModule(handle);
        assertEquals(1, writer.allocateTable(1, 1));
        writer.unloadModule(other);
        assertEquals(0, writer.allocateTable(1, 1));
        assertEquals(2, writer.allocateTable(1, 1));
    }

    @Test
    void shouldGiveTheSlotOfASymbolOnlyIfItIsAligned() {
        final int handle = ready("m", 0);
        writer.growTable(3);
        writer.recordSymbol(handle, "f", writer.allocateTable(1, 1));
        writer.unloadModule(handle);
        assertEquals(4, writer.allocateTable(1, 2));
        assertEquals(3, writer.allocateTable(1, 1));
    }

    @Test
    void shouldFindEverySymbolHoweverManyHaveGone() {
        final int symbols = CAPACITIES.symbols();
        Seeded.rounds(40, random -> {
            final Tables t = new Tables(CAPACITIES).begin();
            final int kept = load(t, "kept", 0, 0);
            for (int i = 0; i < symbols / 2; i++) {
                t.writer.recordSymbol(kept, "k" + i, t.writer.allocateTable(1, 1));
            }
            int names = 0;
            for (int round = 0; round < 40; round++) {
                final int handle = load(t, "m", 0, 0);
                t.commit();
                t.begin();
                makeReady(t, handle);
                final List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
                java.util.Collections.shuffle(order, random);
                final Map<String, Integer> slots = new HashMap<>();
                for (final int i : order) {
                    final String name = "f".repeat(1 + i) + random.nextInt(1 + i % 2);
                    final int slot = t.writer.allocateTable(1, 1);
                    t.writer.recordSymbol(handle, name, slot);
                    slots.put(name, slot);
                }
                slots.forEach(
                        (name, slot) -> assertEquals(slot, t.writer.tables().findSymbol(handle, name)));
                for (int i = 0; i < symbols / 2; i++) {
                    assertEquals(i, t.writer.tables().findSymbol(kept, "k" + i));
                }
                assertEquals(symbols, t.writer.tables().symbolCount());
                assertEquals(symbols, t.writer.tables().tableLength());
                if (round == 2) {
                    names = t.writer.tables().nameBytesUsed();
                }
                t.writer.unloadModule(handle);
            }
            assertEquals(names, t.writer.tables().nameBytesUsed(), "names of as many words");
        });
    }

    /** What a sequence of changes has made of the slots. */
    private static final class Model {
        final BitSet taken = new BitSet();
        final BitSet left = new BitSet();
        final BitSet leftBySymbols = new BitSet();
        final Map<Integer, int[]> modules = new HashMap<>();
        final Map<Integer, Map<String, Integer>> symbols = new HashMap<>();

        Model copy() {
            final Model copy = new Model();
            copy.taken.or(taken);
            copy.left.or(left);
            copy.leftBySymbols.or(leftBySymbols);
            copy.modules.putAll(modules);
            symbols.forEach((module, names) -> copy.symbols.put(module, new HashMap<>(names)));
            return copy;
        }

        boolean isLeft(final int slots) {
            if (slots == 1 && !leftBySymbols.isEmpty()) {
                return true;
            }
            for (int from = left.nextSetBit(0); from >= 0; from = left.nextSetBit(left.nextClearBit(from))) {
                if (left.nextClearBit(from) - from >= slots) {
                    return true;
                }
            }
            return false;
        }

        void take(final int first, final int slots) {
            assertTrue(taken.get(first, first + slots).isEmpty(), "given twice: first=" + first + " slots=" + slots);
            taken.set(first, first + slots);
            left.clear(first, first + slots);
            leftBySymbols.clear(first, first + slots);
        }
    }

    @Test
    void shouldGiveEverySlotToOneAtATime() {
        Seeded.rounds(300, random -> play(random, 1 + random.nextInt(2)));
    }

    private static void play(final Random random, final int mostAlignment) {
        final Tables t = new Tables(CAPACITIES).begin();
        final LinkerTables view = t.writer.tables();
        Model model = new Model();
        Model committed = model.copy();
        try {
            for (int step = 0; step < 300; step++) {
                final List<Integer> modules = new ArrayList<>(model.modules.keySet());
                final int any = modules.isEmpty() ? 0 : modules.get(random.nextInt(modules.size()));
                switch (random.nextInt(8)) {
                    case 0, 1 -> {
                        final int slots = random.nextInt(6);
                        final int first = allocate(t, model, slots, random, mostAlignment);
                        final int handle = load(t, "m" + view.nextHandle() % 5 + step, first, slots);
                        model.modules.put(handle, new int[] {first, slots});
                        model.symbols.put(handle, new HashMap<>());
                    }
                    case 2, 3, 4 -> {
                        final String name = "f".repeat(1 + random.nextInt(3)) + random.nextInt(3);
                        if (any != 0 && !model.symbols.get(any).containsKey(name)) {
                            final int[] range = model.modules.get(any);
                            final int slot = range[1] > 0 && random.nextInt(3) == 0
                                    ? range[0] + random.nextInt(range[1])
                                    : allocate(t, model, 1, random, mostAlignment);
                            t.writer.recordSymbol(any, name, slot);
                            model.symbols.get(any).put(name, slot);
                        }
                    }
                    case 5 -> {
                        if (any != 0 && committed.modules.containsKey(any)) {
                            unload(t, model, any, random);
                        }
                    }
                    case 6 -> {
                        t.commit();
                        committed = model.copy();
                        t.begin();
                        assertEquals(t.file.fingerprint(), view.fingerprint());
                    }
                    default -> {
                        if (random.nextInt(4) == 0) {
                            t.transaction.discard();
                            t.begin();
                            model = committed.copy();
                        }
                    }
                }
                check(view, model);
            }
        } catch (final dev.lockstep.region.CapacityExceededException full) {
            check(view, model);
        }
    }

    private static int allocate(
            final Tables t, final Model model, final int slots, final Random random, final int mostAlignment) {
        final int alignment = mostAlignment == 1 ? 1 : 1 << random.nextInt(3);
        final int length = t.writer.tables().tableLength();
        final int first = t.writer.allocateTable(slots, alignment);
        if (slots > 0) {
            assertEquals(0, first % alignment);
            assertTrue(first + slots <= t.writer.tables().tableLength());
            if (mostAlignment == 1) {
                assertEquals(model.isLeft(slots), t.writer.tables().tableLength() == length, "slots=" + slots);
            }
            model.take(first, slots);
        }
        return first;
    }

    private static void unload(final Tables t, final Model model, final int handle, final Random random) {
        final ModuleStates states = new ModuleStates(t.buffer, t.layout);
        if (states.state(handle) == DATA) {
            makeReady(t, handle);
            if (t.transaction.getLong(t.writer.tables().moduleOffset(handle)) != 3L + ((long) NOBODY << 8)) {
                return; // registered in this transaction again
            }
        }
        t.writer.unloadModule(handle);
        final int[] range = model.modules.remove(handle);
        final Map<String, Integer> symbols = model.symbols.remove(handle);
        for (final int slot : symbols.values()) {
            model.taken.clear(slot);
            model.leftBySymbols.set(slot);
        }
        if (range[1] > 0 && random.nextInt(4) > 0) {
            final int from = random.nextInt(3) == 0 ? random.nextInt(range[1]) : 0;
            final int slots = range[1] - from - (random.nextInt(3) == 0 ? random.nextInt(range[1] - from) : 0);
            t.writer.releaseTable(handle, range[0] + from, slots);
            model.taken.clear(range[0] + from, range[0] + from + slots);
            model.left.set(range[0] + from, range[0] + from + slots);
            model.leftBySymbols.clear(range[0] + from, range[0] + from + slots);
        }
    }

    private static void check(final LinkerTables view, final Model model) {
        model.symbols.forEach((module, names) -> {
            assertFalse(view.isRetired(module));
            names.forEach((name, slot) -> assertEquals(slot, view.findSymbol(module, name)));
        });
    }
}
