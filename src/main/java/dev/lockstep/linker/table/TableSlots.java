package dev.lockstep.linker.table;

import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.TableDescriptor;
import org.agrona.BitUtil;

/**
 * Gives out slots of the function table: the smallest stretch that fits of what modules which were taken out have left, else
 * at the end of the table, which grows.
 *
 * <p>What is left lies in two places. The slots of a module that was taken out, as far as they are empty in every replica,
 * are the table range of its entry; ranges that touch become one, in one of the two entries. The slot of a function that
 * was resolved from such a module is that of its symbol. A range is taken from at its beginning or its end, and slots that an
 * alignment leaves out are lost.
 *
 * <p>Each call stages all of its change or nothing.
 */
final class TableSlots {
    private static final int MOST_ALIGNMENT = 1 << 23;

    private final TableTransaction transaction;
    private final LinkerTables tables;
    private final LinkerTables committed;
    private final SymbolEntries symbols;

    /**
     * Gives out slots.
     *
     * @param tables as the transaction leaves them.
     * @param committed the tables in the file.
     */
    TableSlots(
            final TableTransaction transaction,
            final LinkerTables tables,
            final LinkerTables committed,
            final SymbolEntries symbols) {
        this.transaction = transaction;
        this.tables = tables;
        this.committed = committed;
        this.symbols = symbols;
    }

    int allocate(final int slots, final int alignment) {
        final int length = tables.tableLength();
        if (alignment < 1 || alignment > MOST_ALIGNMENT || !BitUtil.isPowerOfTwo(alignment)) {
            throw new IllegalArgumentException(
                    "not an alignment of slots: alignment=" + alignment + ", choose a power of two");
        }
        if (slots < 0 || slots > LinkerTables.TABLE_LIMIT) {
            throw new IllegalArgumentException(
                    "not a number of slots: slots=" + slots + " most=" + LinkerTables.TABLE_LIMIT);
        }
        if (slots == 0) {
            return length;
        }
        if (slots == 1) {
            final int index = findRetiredSymbol(alignment);
            if (index >= 0) {
                symbols.consume(index, 1, 0);
                return index;
            }
        }
        final int holder = bestFit(slots, alignment);
        return holder == 0 ? grow(length, slots, alignment) : carve(holder, slots, alignment);
    }

    private int bestFit(final int slots, final int alignment) {
        int best = 0;
        int bestLength = Integer.MAX_VALUE;
        for (int handle = 1, next = tables.nextHandle(); handle < next; handle++) {
            if (tables.isRetired(handle)) {
                final long range = tables.freeTableRange(handle);
                final int length = LinkerTables.high(range);
                if (length >= slots && length < bestLength && gapBefore(range, alignment) <= length - slots) {
                    best = handle;
                    bestLength = length;
                }
            }
        }
        return best;
    }

    private static int gapBefore(final long range, final int alignment) {
        return BitUtil.align(LinkerTables.low(range), alignment) - LinkerTables.low(range);
    }

    /** Takes from the beginning or the end of a range, where less is lost. */
    private int carve(final int holder, final int slots, final int alignment) {
        final long range = tables.freeTableRange(holder);
        final int base = LinkerTables.low(range);
        final int end = base + LinkerTables.high(range);
        final int first = BitUtil.align(base, alignment);
        final int last = end - slots & -alignment;
        if (first - base <= end - last - slots) {
            putRange(holder, first + slots, end - first - slots);
            return first;
        }
        putRange(holder, base, last - base);
        return last;
    }

    private int grow(final int length, final int slots, final int alignment) {
        final long base = BitUtil.align((long) length, alignment);
        if (base + slots > LinkerTables.TABLE_LIMIT) {
            throw new IllegalArgumentException("function table would grow past its limit: slots=" + slots
                    + " alignment=" + alignment + " tableLength=" + length + " limit=" + LinkerTables.TABLE_LIMIT);
        }
        transaction.putLong(tables.headOffset(TableDescriptor.TABLE_LENGTH_OFFSET), base + slots);
        return (int) base;
    }

    /**
     * The slot of a symbol whose module was taken out: one that is in nobody else's name, and in no range, whose slots are
     * given out as such.
     */
    private int findRetiredSymbol(final int alignment) {
        if (tables.retiredSymbolCount() == 0) {
            return -1;
        }
        final LeftSymbols left = symbols.left();
        for (int i = left.offeredCount() - 1; i >= 0; i--) {
            final int index = left.offered(i);
            if (!isLeft(left, index)) {
                left.withdraw(i);
            } else if ((index & alignment - 1) == 0) {
                left.withdraw(i);
                return index;
            }
        }
        return -1;
    }

    private boolean isLeft(final LeftSymbols left, final int index) {
        final int place = left.placeOf(index);
        return place != LeftSymbols.NONE
                && (place == LeftSymbols.SEVERAL || isSymbolOf(place, index))
                && index < tables.tableLength()
                && !left.isInUse(index)
                && moduleIn(index, 1) == 0
                && tables.closureBatchOf(index) < 0;
    }

    private boolean isSymbolOf(final int place, final int index) {
        final int entry = tables.symbolOffset(place);
        return tables.isRetiredSymbol(entry) && tables.symbolIndex(entry) == index;
    }

    /** {@return a module, taken out or not, that has some of these slots; 0 if none has} */
    private int moduleIn(final int first, final int slots) {
        for (int handle = 1, next = tables.nextHandle(); handle < next; handle++) {
            final long range = tables.moduleTableRange(handle);
            if (LinkerTables.low(range) < first + slots
                    && first < LinkerTables.low(range) + LinkerTables.high(range)
                    && LinkerTables.high(range) > 0) {
                return handle;
            }
        }
        return 0;
    }

    void release(final int handle, final int first, final int slots) {
        if (!tables.isRetired(handle) || handle >= committed.nextHandle() || committed.isRetired(handle)) {
            throw new IllegalArgumentException("module is not taken out in this transaction: handle=" + handle
                    + ", its slots can be given back only with it");
        }
        final long own = committed.moduleTableRange(handle);
        final int length = tables.tableLength();
        if (slots < 0
                || first < LinkerTables.low(own)
                || first - LinkerTables.low(own) > LinkerTables.high(own) - slots
                || first > length - slots) {
            throw new IllegalArgumentException("not slots of the module: handle=" + handle + " first=" + first
                    + " slots=" + slots + " tableBase=" + LinkerTables.low(own) + " tableSize="
                    + LinkerTables.high(own) + " tableLength=" + length);
        }
        if (slots == 0) {
            return;
        }
        requireNobodys(handle, first, slots);
        int before = 0;
        int after = 0;
        for (int other = 1, next = tables.nextHandle(); other < next; other++) {
            if (tables.isRetired(other) && LinkerTables.high(tables.freeTableRange(other)) > 0) {
                final long range = tables.freeTableRange(other);
                if (LinkerTables.low(range) + LinkerTables.high(range) == first) {
                    before = other;
                } else if (LinkerTables.low(range) == first + slots) {
                    after = other;
                }
            }
        }
        final long kept = tables.freeTableRange(handle);
        if (LinkerTables.high(kept) > 0 && before != handle && after != handle) {
            throw new IllegalArgumentException("module has given other slots back: handle=" + handle + " first=" + first
                    + " slots=" + slots + " before=" + LinkerTables.low(kept) + ", choose one stretch");
        }
        symbols.consume(first, slots, 3);
        int base = first;
        int size = slots;
        if (before != 0) {
            final long range = tables.freeTableRange(before);
            base = LinkerTables.low(range);
            size += LinkerTables.high(range);
            putRange(before, base, 0);
        }
        if (after != 0) {
            final long range = tables.freeTableRange(after);
            size += LinkerTables.high(range);
            putRange(after, LinkerTables.low(range), 0);
        }
        putRange(handle, base, size);
    }

    private void requireNobodys(final int handle, final int first, final int slots) {
        final int owner = moduleIn(first, slots);
        if (owner != 0) {
            throw new IllegalArgumentException("slots are given back already, or another module's: handle=" + handle
                    + " first=" + first + " slots=" + slots + " other=" + owner);
        }
        for (int batch = 0, count = tables.closureBatchCount(); batch < count; batch++) {
            if (tables.closureBase(batch) < first + slots
                    && first < tables.closureBase(batch) + tables.closureSize(batch)) {
                throw new IllegalArgumentException("slots are set aside for closures: handle=" + handle + " first="
                        + first + " slots=" + slots + " batch=" + tables.closureBase(batch));
            }
        }
        for (int slot = 0; slot < tables.symbolSlots(); slot++) {
            final int entry = tables.symbolOffset(slot);
            if (tables.isOccupied(entry)
                    && !tables.isRetired(tables.symbolModule(entry))
                    && tables.symbolIndex(entry) >= first
                    && tables.symbolIndex(entry) - first < slots) {
                throw new IllegalArgumentException("a slot is a symbol's of another module: handle=" + handle
                        + " index=" + tables.symbolIndex(entry) + " other=" + tables.symbolModule(entry)
                        + ", take that one out before");
            }
        }
    }

    private void putRange(final int handle, final int base, final int size) {
        transaction.putLong(
                tables.moduleOffset(handle) + ModuleDescriptor.TABLE_BASE_OFFSET, LinkerTables.pair(base, size));
    }
}
