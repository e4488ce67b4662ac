package dev.lockstep.linker.table;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ExtentDescriptor;
import dev.lockstep.region.TableDescriptor;
import org.agrona.BitUtil;

/**
 * Gives out linear memory, as the origin does: the smallest leftover that fits, else whole pages from the memory end.
 * What an allocation does not need of a leftover or of its pages, before it (for the alignment) and behind, is a
 * leftover.
 *
 * <p>Leftovers never touch each other: whatever is added is merged with its neighbours. Each call stages all of its
 * change or nothing.
 */
final class MemoryAllocator {
    /** Bytes of a WebAssembly page. */
    static final long PAGE = 64L << 10;

    private final TableTransaction transaction;
    private final LinkerTables tables;
    private final int capacity;

    MemoryAllocator(final TableTransaction transaction, final LinkerTables tables) {
        this.transaction = transaction;
        this.tables = tables;
        capacity = tables.capacities().freeExtents();
    }

    long allocate(final long size, final long alignment) {
        if (size < 0 || size > LinkerTables.MEMORY_LIMIT) {
            throw new IllegalArgumentException(
                    "not a size of linear memory: size=" + size + " most=" + LinkerTables.MEMORY_LIMIT);
        }
        if (alignment < 1 || alignment > LinkerTables.MEMORY_LIMIT || !BitUtil.isPowerOfTwo(alignment)) {
            throw new IllegalArgumentException("not an alignment: alignment=" + alignment + ", choose a power of two");
        }
        if (size == 0) {
            return 0;
        }
        final int fit = bestFit(size, alignment);
        return fit < 0 ? allocatePages(size, alignment) : carve(fit, size, alignment);
    }

    private int bestFit(final long size, final long alignment) {
        final int count = tables.extentCount();
        int best = -1;
        long bestLength = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            final long address = tables.extentAddress(i);
            final long length = tables.extentLength(i);
            final long head = BitUtil.align(address, alignment) - address;
            final long tail = length - head - size;
            final boolean fits = tail >= 0 && (head == 0 || tail == 0 || count < capacity);
            if (fits && length < bestLength) {
                best = i;
                bestLength = length;
            }
        }
        return best;
    }

    private long carve(final int index, final long size, final long alignment) {
        transaction.reserve(3, 5);
        final long address = tables.extentAddress(index);
        final long base = BitUtil.align(address, alignment);
        final long head = base - address;
        final long tail = tables.extentLength(index) - head - size;
        if (head > 0) {
            put(index, address, head);
            if (tail > 0) {
                append(base + size, tail);
            }
        } else if (tail > 0) {
            put(index, base + size, tail);
        } else {
            remove(index);
        }
        return base;
    }

    private long allocatePages(final long size, final long alignment) {
        final long end = tables.memoryEnd();
        final long base = BitUtil.align(end, alignment);
        final long newEnd = BitUtil.align(base + size, PAGE);
        if (newEnd > LinkerTables.MEMORY_LIMIT) {
            throw new IllegalArgumentException("linear memory would end past its limit: size=" + size + " alignment="
                    + alignment + " memoryEnd=" + end + " limit=" + LinkerTables.MEMORY_LIMIT);
        }
        final long head = base - end;
        final long tail = newEnd - base - size;
        final int before = endingAt(end);
        final int added = (head > 0 && before < 0 ? 1 : 0) + (tail > 0 ? 1 : 0);
        requireExtents(added);
        transaction.reserve(4, 6);
        if (head > 0 && before >= 0) {
            put(before, tables.extentAddress(before), tables.extentLength(before) + head);
        } else if (head > 0) {
            append(end, head);
        }
        if (tail > 0) {
            append(base + size, tail);
        }
        transaction.putLong(tables.headOffset(TableDescriptor.MEMORY_END_OFFSET), newEnd);
        return base;
    }

    void free(final long address, final long size) {
        final long memoryEnd = tables.memoryEnd();
        if (address < 0 || size < 0 || address > memoryEnd || size > memoryEnd - address) {
            throw new IllegalArgumentException(
                    "not below the memory end: address=" + address + " size=" + size + " memoryEnd=" + memoryEnd);
        }
        if (size == 0) {
            return;
        }
        int before = -1;
        int after = -1;
        for (int i = 0, count = tables.extentCount(); i < count; i++) {
            final long start = tables.extentAddress(i);
            final long end = start + tables.extentLength(i);
            if (start < address + size && address < end) {
                throw new IllegalArgumentException("free already: address=" + address + " size=" + size + " leftover="
                        + start + " length=" + (end - start));
            }
            if (end == address) {
                before = i;
            } else if (start == address + size) {
                after = i;
            }
        }
        requireExtents(before < 0 && after < 0 ? 1 : 0);
        transaction.reserve(3, 5);
        if (before >= 0) {
            final long behind = after >= 0 ? tables.extentLength(after) : 0;
            put(before, tables.extentAddress(before), tables.extentLength(before) + size + behind);
            if (after >= 0) {
                remove(after);
            }
        } else if (after >= 0) {
            put(after, address, size + tables.extentLength(after));
        } else {
            append(address, size);
        }
    }

    /** {@return whether {@link #free} has room for what it would add} */
    boolean canFree(final long address, final long size) {
        final int count = tables.extentCount();
        boolean fits = size == 0 || count < capacity;
        for (int i = 0; i < count && !fits; i++) {
            final long start = tables.extentAddress(i);
            fits = start == address + size || start + tables.extentLength(i) == address;
        }
        return fits;
    }

    private int endingAt(final long address) {
        for (int i = 0, count = tables.extentCount(); i < count; i++) {
            if (tables.extentAddress(i) + tables.extentLength(i) == address) {
                return i;
            }
        }
        return -1;
    }

    private void requireExtents(final int added) {
        if (added > capacity - tables.extentCount()) {
            throw new CapacityExceededException("freeExtents", capacity);
        }
    }

    private void append(final long address, final long length) {
        final int count = tables.extentCount();
        put(count, address, length);
        count(count + 1);
    }

    /** The last one takes the place of the one that goes. */
    private void remove(final int index) {
        final int last = tables.extentCount() - 1;
        if (index != last) {
            put(index, tables.extentAddress(last), tables.extentLength(last));
        }
        count(last);
    }

    private void put(final int index, final long address, final long length) {
        final int offset = tables.extentOffset(index);
        transaction.putLong(offset + ExtentDescriptor.ADDRESS_OFFSET, address);
        transaction.putLong(offset + ExtentDescriptor.LENGTH_OFFSET, length);
    }

    private void count(final int extents) {
        transaction.putLong(tables.headOffset(TableDescriptor.EXTENT_COUNT_OFFSET), extents);
    }
}
