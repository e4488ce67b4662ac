package dev.lockstep.linker.table;

import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.IntHashSet;

/**
 * Where the symbols of modules that were taken out lie: an index on the heap, so that the symbol table is looked through once
 * a transaction and not for each slot that is asked for.
 *
 * <p>It holds for as long as nothing but {@link SymbolEntries} changes symbols, which keeps it up to date; whoever uses it
 * looks at the entry again. Not thread-safe; allocates only while it holds more than ever before.
 */
final class LeftSymbols {
    /** No such symbol. */
    static final int NONE = -1;

    /** Several symbols have the slot. */
    static final int SEVERAL = -2;

    private static final long NEVER = -1;

    private final LinkerTables tables;
    private final Int2IntHashMap places = new Int2IntHashMap(NONE);
    private final IntHashSet consumed = new IntHashSet();
    private final IntHashSet inUse = new IntHashSet();
    private final IntArrayList offered = new IntArrayList();
    private long transaction = NEVER;

    LeftSymbols(final LinkerTables tables) {
        this.tables = tables;
    }

    /** Looks through the symbol table, unless it did in this transaction. */
    LeftSymbols of(final long ordinal) {
        if (transaction == ordinal) {
            return this;
        }
        transaction = NEVER;
        places.clear();
        consumed.clear();
        inUse.clear();
        offered.clear();
        for (int place = 0; place < tables.symbolSlots(); place++) {
            final int entry = tables.symbolOffset(place);
            if (tables.isOccupied(entry)) {
                final int index = tables.symbolIndex(entry);
                if (tables.isConsumed(entry)) {
                    consumed.add(place);
                } else if (!tables.isRetired(tables.symbolModule(entry))) {
                    inUse.add(index);
                } else if (places.get(index) == NONE) {
                    places.put(index, place);
                    offered.addInt(index);
                } else {
                    places.put(index, SEVERAL);
                }
            }
        }
        transaction = ordinal;
        return this;
    }

    /** Something has changed that is not followed here. */
    void forget() {
        transaction = NEVER;
    }

    /** {@return how many slots there are to {@linkplain #offered(int) look at}} */
    int offeredCount() {
        return offered.size();
    }

    /** {@return a slot of the function table that a symbol may have left} */
    int offered(final int i) {
        return offered.getInt(i);
    }

    /** No more is such a slot to be looked at; the last one takes its place. */
    void withdraw(final int i) {
        offered.fastUnorderedRemove(i);
    }

    /** {@return whether a symbol of a module that is there has a slot} */
    boolean isInUse(final int index) {
        return inUse.contains(index);
    }

    /** {@return where the symbol is that has left a slot; {@link #NONE}, or {@link #SEVERAL}} */
    int placeOf(final int index) {
        return places.get(index);
    }

    /** {@return where a consumed symbol is, or {@link #NONE}} */
    int anyConsumed() {
        return consumed.isEmpty() ? NONE : consumed.iterator().nextValue();
    }

    void recorded(final int index) {
        inUse.add(index);
    }

    void consumed(final int index, final int place) {
        places.remove(index);
        consumed.add(place);
    }

    void exchanged(final int index, final int from, final int to) {
        if (places.get(index) == from) {
            places.put(index, to);
        }
        consumed.remove(to);
    }

    void removed(final int place) {
        consumed.remove(place);
    }

    void moved(final int from, final int to, final int index) {
        if (consumed.remove(from)) {
            consumed.add(to);
        } else if (places.get(index) == from) {
            places.put(index, to);
        }
    }
}
