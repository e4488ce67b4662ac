package dev.lockstep.linker.table;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.SymbolDescriptor;
import dev.lockstep.region.TableDescriptor;

/**
 * Puts symbols into their hash table, and takes those out that nobody looks up any more.
 *
 * <p>A symbol of a module that was taken out keeps its entry until its slot of the function table is given to somebody: then
 * the entry is <em>consumed</em>, and so are all others of that slot. For each one that is, the next symbol has an entry and
 * the bytes of a name: of one that has the same name, also if that one is not consumed, since the two can change places; of
 * another one only when there is no room for more.
 * An entry that goes leaves no mark: those behind it move up, as is usual with linear probing, so that lookups do not become
 * longer however often modules come and go.
 *
 * <p>Each call stages all of its change or nothing.
 */
final class SymbolEntries {
    private static final int ENTRY_WORDS = (SymbolDescriptor.FLAGS_OFFSET + Long.BYTES) / Long.BYTES;

    private final TableTransaction transaction;
    private final LinkerTables tables;
    private final LeftSymbols left;
    private final int mask;
    private int spare;
    private int exchanged;

    SymbolEntries(final TableTransaction transaction, final LinkerTables tables) {
        this.transaction = transaction;
        this.tables = tables;
        left = new LeftSymbols(tables);
        mask = tables.symbolSlots() - 1;
    }

    /** {@return what symbols have left, as this transaction leaves them} */
    LeftSymbols left() {
        return left.of(transaction.ordinal());
    }

    /** A module was taken out: its symbols are left. */
    void retired() {
        left.forget();
    }

    void record(final int resolvedFrom, final EncodedName name, final int index) {
        final int found = tables.symbolEntry(resolvedFrom, name);
        final long place = LinkerTables.pair(resolvedFrom, index);
        if (found > 0) {
            transaction.putLong(found + SymbolDescriptor.RESOLVED_FROM_OFFSET, place);
            left.recorded(index);
            return;
        }
        final int count = tables.symbolCount();
        final int consumed = tables.consumedSymbolCount();
        final int used = tables.nameBytesUsed();
        final boolean isFull = count == tables.capacities().symbols()
                || used + (long) name.length() > tables.capacities().nameBytes();
        final boolean isSpared = consumed > 0 && findSpare(name, isFull);
        if (!isSpared && count == tables.capacities().symbols()) {
            throw new CapacityExceededException("symbols", count);
        }
        final int nameAt;
        if (isSpared && words(spare) == name.wordCount()) {
            nameAt = LinkerTables.low(tables.symbolName(tables.symbolOffset(spare)));
        } else {
            nameAt = used;
            requireNameBytes((long) nameAt + name.length());
        }
        final int moves = isSpared ? remove(spare, false) : 0;
        transaction.reserve(moves + 8, moves * ENTRY_WORDS + ENTRY_WORDS + name.wordCount() + 6);

        int entry = -found;
        if (isSpared) {
            if (exchanged >= 0) {
                exchange(spare, exchanged);
            }
            left.removed(spare);
            remove(spare, true);
            putHead(TableDescriptor.CONSUMED_SYMBOL_COUNT_OFFSET, consumed - 1L);
            entry = -tables.symbolEntry(resolvedFrom, name);
        } else {
            putHead(TableDescriptor.SYMBOL_COUNT_OFFSET, count + 1L);
        }
        transaction.putLong(entry + SymbolDescriptor.HASH_OFFSET, name.symbolHash(resolvedFrom));
        transaction.putLong(entry + SymbolDescriptor.RESOLVED_FROM_OFFSET, place);
        transaction.putLong(entry + SymbolDescriptor.NAME_OFFSET, LinkerTables.pair(nameAt, name.length()));
        transaction.putLong(
                entry + SymbolDescriptor.FLAGS_OFFSET,
                LinkerTables.pair(SymbolDescriptor.FLAG_OCCUPIED, SymbolDescriptor.KIND_FUNCTION));
        for (int i = 0, words = name.wordCount(); i < words; i++) {
            transaction.putLong(tables.nameOffset(nameAt) + i * Long.BYTES, name.word(i));
        }
        if (nameAt == used) {
            putHead(TableDescriptor.NAME_BYTES_USED_OFFSET, used + (long) name.wordCount() * Long.BYTES);
        }
        left.recorded(index);
    }

    /**
     * Looks for an entry that makes room: one of the same name; if there would be no room otherwise, a consumed one, best one
     * whose name takes as many words. One that is not consumed is exchanged for one that is.
     *
     * @return whether there is one.
     */
    private boolean findSpare(final EncodedName name, final boolean isFull) {
        int same = -1;
        for (int handle = tables.nextHandle() - 1; handle >= 1 && same < 0; handle--) {
            if (tables.isRetired(handle)) {
                final int entry = tables.symbolEntry(handle, name);
                if (entry > 0) {
                    tables.symbolIndex(entry); // refused here if it is none, and not when half is staged
                    same = tables.symbolPlace(entry);
                }
            }
        }
        if (same >= 0 && isConsumed(same)) {
            return spare(same, -1);
        }
        final int consumed = left().anyConsumed();
        if (consumed < 0 || !isConsumed(consumed)) {
            return false;
        }
        if (same >= 0) {
            return spare(same, consumed);
        }
        return isFull && findFitting(name, consumed);
    }

    private boolean findFitting(final EncodedName name, final int consumed) {
        int kept = -1;
        for (int place = 0; place <= mask; place++) {
            final int entry = tables.symbolOffset(place);
            if ((isConsumed(place) || tables.isRetiredSymbol(entry)) && words(place) == name.wordCount()) {
                if (isConsumed(place)) {
                    return spare(place, -1);
                }
                tables.symbolIndex(entry);
                kept = place;
            }
        }
        return kept >= 0 ? spare(kept, consumed) : spare(consumed, -1);
    }

    private boolean spare(final int place, final int exchangedFor) {
        spare = place;
        exchanged = exchangedFor;
        return true;
    }

    private boolean isConsumed(final int place) {
        final int entry = tables.symbolOffset(place);
        return tables.isOccupied(entry) && tables.isConsumed(entry);
    }

    private int words(final int place) {
        return LinkerTables.high(tables.symbolName(tables.symbolOffset(place))) + Long.BYTES - 1 >>> 3;
    }

    /** The slot that a symbol has kept for others goes to an entry that is consumed. */
    private void exchange(final int kept, final int consumed) {
        final int index = tables.symbolIndex(tables.symbolOffset(kept));
        final int entry = tables.symbolOffset(consumed);
        transaction.putLong(
                entry + SymbolDescriptor.RESOLVED_FROM_OFFSET, LinkerTables.pair(tables.symbolModule(entry), index));
        transaction.putLong(
                entry + SymbolDescriptor.FLAGS_OFFSET,
                LinkerTables.pair(SymbolDescriptor.FLAG_OCCUPIED, SymbolDescriptor.KIND_FUNCTION));
        left.exchanged(index, kept, consumed);
    }

    /**
     * Takes an entry out: each one behind it that would not be found across the gap moves into it and leaves the next gap.
     *
     * @param place of the entry.
     * @param isStaged whether to do it; else nothing is changed.
     * @return how many entries move.
     */
    private int remove(final int place, final boolean isStaged) {
        int gap = place;
        int moves = 0;
        for (int probes = 1; probes <= mask; probes++) {
            final int next = place + probes & mask;
            final int entry = tables.symbolOffset(next);
            if (!tables.isOccupied(entry)) {
                if (isStaged) {
                    transaction.putLong(tables.symbolOffset(gap) + SymbolDescriptor.FLAGS_OFFSET, 0);
                }
                return moves;
            }
            final int home = (int) transaction.getLong(entry + SymbolDescriptor.HASH_OFFSET) & mask;
            if ((next - home & mask) >= (next - gap & mask)) {
                final int index = tables.symbolIndex(entry);
                if (isStaged) {
                    for (int i = 0; i < ENTRY_WORDS; i++) {
                        transaction.putLong(
                                tables.symbolOffset(gap) + i * Long.BYTES, transaction.getLong(entry + i * Long.BYTES));
                    }
                    left.moved(next, gap, index);
                }
                gap = next;
                moves++;
            }
        }
        throw tables.noSymbolEntryIsFree();
    }

    /**
     * Consumes the symbols of modules that were taken out whose slots of the function table are in a range, and leaves room
     * in the transaction for what the caller stages then.
     *
     * @param first slot.
     * @param slots number of them.
     * @param moreWords that the caller will stage.
     */
    void consume(final int first, final int slots, final int moreWords) {
        final int retired = tables.retiredSymbolCount();
        final int consumed = tables.consumedSymbolCount();
        final int place = slots == 1 && retired > 0 ? left().placeOf(first) : LeftSymbols.SEVERAL;
        final int count;
        if (retired == 0) {
            count = 0;
        } else if (place == LeftSymbols.SEVERAL) {
            count = consumeAll(first, slots, false);
        } else {
            count = place == LeftSymbols.NONE ? 0 : 1;
        }
        transaction.reserve(count + 2 + moreWords, count + 2 + moreWords);
        if (count == 0) {
            return;
        }
        if (place == LeftSymbols.SEVERAL) {
            consumeAll(first, slots, true);
            left.forget();
        } else {
            putConsumed(place);
            left.consumed(first, place);
        }
        putHead(TableDescriptor.RETIRED_SYMBOL_COUNT_OFFSET, Math.max(0, retired - (long) count));
        putHead(
                TableDescriptor.CONSUMED_SYMBOL_COUNT_OFFSET,
                Math.min(tables.capacities().symbols(), consumed + (long) count));
    }

    private int consumeAll(final int first, final int slots, final boolean isStaged) {
        int count = 0;
        for (int place = 0; place <= mask; place++) {
            final int entry = tables.symbolOffset(place);
            if (tables.isRetiredSymbol(entry)) {
                final int index = tables.symbolIndex(entry);
                if (index >= first && index - first < slots) {
                    count++;
                    if (isStaged) {
                        putConsumed(place);
                    }
                }
            }
        }
        return count;
    }

    private void putConsumed(final int place) {
        transaction.putLong(
                tables.symbolOffset(place) + SymbolDescriptor.FLAGS_OFFSET,
                LinkerTables.pair(
                        SymbolDescriptor.FLAG_OCCUPIED | SymbolDescriptor.FLAG_CONSUMED,
                        SymbolDescriptor.KIND_FUNCTION));
    }

    private void requireNameBytes(final long end) {
        final int most = tables.capacities().nameBytes();
        if (end > most) {
            throw new CapacityExceededException("nameBytes", most);
        }
    }

    private void putHead(final int offset, final long value) {
        transaction.putLong(tables.headOffset(offset), value);
    }
}
