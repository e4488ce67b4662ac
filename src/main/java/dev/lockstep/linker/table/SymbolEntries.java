package dev.lockstep.linker.table;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.SymbolDescriptor;
import dev.lockstep.region.TableDescriptor;

/**
 * Puts symbols into their hash table, and takes those out that nobody looks up any more.
 *
 * <p>A symbol of a module that was taken out keeps its entry until its slot of the function table is given to somebody: then
 * the entry is <em>consumed</em>, and so are all others of that slot. For each one that is, the next symbol has an entry and
 * the bytes of a name: best of one that has the same name, also if that one is not consumed, since the two can change places.
 * An entry that goes leaves no mark: those behind it move up, as is usual with linear probing, so that lookups do not become
 * longer however often modules come and go.
 *
 * <p>Each call stages all of its change or nothing.
 */
final class SymbolEntries {
    private static final int ENTRY_WORDS = (SymbolDescriptor.FLAGS_OFFSET + Long.BYTES) / Long.BYTES;

    private final TableTransaction transaction;
    private final LinkerTables tables;
    private final int mask;
    private int spareSlot;
    private int exchangedSlot;

    SymbolEntries(final TableTransaction transaction, final LinkerTables tables) {
        this.transaction = transaction;
        this.tables = tables;
        mask = tables.symbolSlots() - 1;
    }

    void record(final int resolvedFrom, final EncodedName name, final int index) {
        final int found = tables.symbolEntry(resolvedFrom, name);
        final long place = LinkerTables.pair(resolvedFrom, index);
        if (found > 0) {
            transaction.putLong(found + SymbolDescriptor.RESOLVED_FROM_OFFSET, place);
            return;
        }
        final int count = tables.symbolCount();
        final int consumed = tables.consumedSymbolCount();
        final boolean isFull = count == tables.capacities().symbols();
        final boolean isSpared = consumed > 0 && findSpare(name, isFull);
        final int spare = isSpared ? spareSlot : -1;
        if (spare < 0 && isFull) {
            throw new CapacityExceededException("symbols", count);
        }
        final int used = tables.nameBytesUsed();
        final int nameAt;
        if (spare >= 0 && spareWords(spare) == name.wordCount()) {
            nameAt = LinkerTables.low(tables.symbolName(tables.symbolOffset(spare)));
        } else {
            nameAt = used;
            requireNameBytes((long) nameAt + name.length());
        }
        final int moves = spare < 0 ? 0 : remove(spare, false);
        transaction.reserve(moves + 8, moves * ENTRY_WORDS + ENTRY_WORDS + name.wordCount() + 6);

        int entry = -found;
        if (spare >= 0) {
            if (exchangedSlot >= 0) {
                exchange(tables.symbolOffset(spare), tables.symbolOffset(exchangedSlot));
            }
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
    }

    /**
     * Looks for an entry that makes room: one of the same name, else one whose name takes as many words, else, if nothing
     * else helps, any consumed one, whose name's bytes are lost. One that is not consumed is exchanged for one that is.
     *
     * @return whether there is one.
     */
    private boolean findSpare(final EncodedName name, final boolean isFull) {
        int consumed = -1;
        int same = -1;
        int fitting = -1;
        int keptFitting = -1;
        for (int slot = 0; slot <= mask; slot++) {
            final int entry = tables.symbolOffset(slot);
            final boolean isConsumed = tables.isOccupied(entry) && tables.isConsumed(entry);
            if (isConsumed && tables.isSymbolName(entry, name)) {
                return spare(slot, -1);
            }
            if (isConsumed || tables.isRetiredSymbol(entry)) {
                tables.symbolIndex(entry); // not later, when half is staged
                final boolean isFitting = spareWords(slot) == name.wordCount();
                if (isConsumed) {
                    consumed = slot;
                    fitting = isFitting ? slot : fitting;
                } else if (isFitting) {
                    keptFitting = slot;
                    same = tables.isSymbolName(entry, name) ? slot : same;
                }
            }
        }
        if (consumed < 0) {
            return false;
        }
        if (same >= 0) {
            return spare(same, consumed);
        }
        if (fitting >= 0) {
            return spare(fitting, -1);
        }
        return keptFitting >= 0 ? spare(keptFitting, consumed) : isFull && spare(consumed, -1);
    }

    private boolean spare(final int slot, final int exchangedFor) {
        spareSlot = slot;
        exchangedSlot = exchangedFor;
        return true;
    }

    /** The slot that a symbol has kept for others goes to an entry that is consumed. */
    private void exchange(final int kept, final int consumed) {
        transaction.putLong(
                consumed + SymbolDescriptor.RESOLVED_FROM_OFFSET,
                LinkerTables.pair(tables.symbolModule(consumed), tables.symbolIndex(kept)));
        transaction.putLong(
                consumed + SymbolDescriptor.FLAGS_OFFSET,
                LinkerTables.pair(SymbolDescriptor.FLAG_OCCUPIED, SymbolDescriptor.KIND_FUNCTION));
    }

    private int spareWords(final int slot) {
        return LinkerTables.high(tables.symbolName(tables.symbolOffset(slot))) + Long.BYTES - 1 >>> 3;
    }

    /**
     * Takes an entry out: each one behind it that would not be found across the gap moves into it and leaves the next gap.
     *
     * @param slot of the entry.
     * @param isStaged whether to do it; else nothing is changed.
     * @return how many entries move.
     */
    private int remove(final int slot, final boolean isStaged) {
        int gap = slot;
        int moves = 0;
        for (int probes = 1; probes <= mask; probes++) {
            final int next = slot + probes & mask;
            final int entry = tables.symbolOffset(next);
            if (!tables.isOccupied(entry)) {
                if (isStaged) {
                    transaction.putLong(tables.symbolOffset(gap) + SymbolDescriptor.FLAGS_OFFSET, 0);
                }
                return moves;
            }
            final int home = (int) transaction.getLong(entry + SymbolDescriptor.HASH_OFFSET) & mask;
            if ((next - home & mask) >= (next - gap & mask)) {
                if (isStaged) {
                    for (int i = 0; i < ENTRY_WORDS; i++) {
                        transaction.putLong(
                                tables.symbolOffset(gap) + i * Long.BYTES, transaction.getLong(entry + i * Long.BYTES));
                    }
                }
                gap = next;
                moves++;
            }
        }
        throw tables.noSymbolEntryIsFree();
    }

    /**
     * Consumes the symbols of modules that were taken out whose slots of the function table are in a range.
     *
     * @param first slot.
     * @param slots number of them.
     * @param isStaged whether to do it; else nothing is changed.
     * @return how many they are.
     */
    int consume(final int first, final int slots, final boolean isStaged) {
        final int retired = tables.retiredSymbolCount();
        if (retired == 0) {
            return 0;
        }
        final int before = tables.consumedSymbolCount();
        int consumed = 0;
        for (int slot = 0; slot <= mask; slot++) {
            final int entry = tables.symbolOffset(slot);
            if (tables.isRetiredSymbol(entry)) {
                final int index = tables.symbolIndex(entry);
                if (index >= first && index - first < slots) {
                    consumed++;
                    if (isStaged) {
                        final int flags = SymbolDescriptor.FLAG_OCCUPIED | SymbolDescriptor.FLAG_CONSUMED;
                        transaction.putLong(
                                entry + SymbolDescriptor.FLAGS_OFFSET,
                                LinkerTables.pair(flags, SymbolDescriptor.KIND_FUNCTION));
                    }
                }
            }
        }
        if (isStaged && consumed > 0) {
            final int most = tables.capacities().symbols();
            putHead(TableDescriptor.RETIRED_SYMBOL_COUNT_OFFSET, Math.max(0, retired - (long) consumed));
            putHead(TableDescriptor.CONSUMED_SYMBOL_COUNT_OFFSET, Math.min(most, before + (long) consumed));
        }
        return consumed;
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
