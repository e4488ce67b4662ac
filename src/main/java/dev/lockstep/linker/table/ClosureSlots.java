package dev.lockstep.linker.table;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ClosureBatchDescriptor;
import dev.lockstep.region.TableDescriptor;

/** Gives out the slots of the function table that are set aside for closures. */
final class ClosureSlots {
    private final TableTransaction transaction;
    private final LinkerTables tables;

    ClosureSlots(final TableTransaction transaction, final LinkerTables tables) {
        this.transaction = transaction;
        this.tables = tables;
    }

    int pop() {
        for (int batch = 0, count = tables.closureBatchCount(); batch < count; batch++) {
            final int size = tables.closureSize(batch);
            for (int half = 0; half < ClosureBatchDescriptor.USED_WORDS; half++) {
                final long bits = tables.closureBits(batch, half);
                final long free = ~bits & LinkerTables.slotMask(size, half);
                if (free != 0) {
                    final int index = tables.closureBase(batch) + half * Long.SIZE + Long.numberOfTrailingZeros(free);
                    transaction.putLong(tables.closureBitsOffset(batch, half), bits | Long.lowestOneBit(free));
                    return index;
                }
            }
        }
        return -1;
    }

    void addBatch(final int base, final int size) {
        if (size < 1 || size > ClosureBatchDescriptor.MAX_SIZE) {
            throw new IllegalArgumentException("not a batch of closure slots: size=" + size + ", choose from 1 to "
                    + ClosureBatchDescriptor.MAX_SIZE);
        }
        final int length = tables.tableLength();
        if (base < 0 || base > length - size) {
            throw new IllegalArgumentException("not in the function table: base=" + base + " size=" + size
                    + " tableLength=" + length + ", grow the table first");
        }
        final int count = tables.closureBatchCount();
        for (int i = 0; i < count; i++) {
            final int other = tables.closureBase(i);
            if (base < other + tables.closureSize(i) && other < base + size) {
                throw new IllegalArgumentException(
                        "closure slots already: base=" + base + " size=" + size + " batch=" + other);
            }
        }
        if (count == tables.capacities().closureBatches()) {
            throw new CapacityExceededException("closureBatches", count);
        }
        transaction.reserve(2, 4);
        transaction.putLong(
                tables.closureBatchOffset(count) + ClosureBatchDescriptor.BASE_OFFSET, LinkerTables.pair(base, size));
        for (int half = 0; half < ClosureBatchDescriptor.USED_WORDS; half++) {
            transaction.putLong(tables.closureBitsOffset(count, half), 0);
        }
        transaction.putLong(tables.headOffset(TableDescriptor.CLOSURE_BATCH_COUNT_OFFSET), count + 1L);
    }

    void free(final int index) {
        final int batch = tables.closureBatchOf(index);
        if (batch < 0) {
            throw new IllegalArgumentException("not a closure slot: index=" + index);
        }
        final int bit = index - tables.closureBase(batch);
        if (!tables.isUsed(batch, bit)) {
            throw new IllegalArgumentException("free already: index=" + index);
        }
        final int half = bit / Long.SIZE;
        transaction.putLong(tables.closureBitsOffset(batch, half), tables.closureBits(batch, half) & ~(1L << bit));
    }
}
