package dev.lockstep.region;

import static org.agrona.BitUtil.align;

import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;

/**
 * Where each region of {@code linker.dat} begins, worked out from the capacities alone.
 *
 * <pre>
 *  +--------------------+ 0
 *  | header             |   HeaderDescriptor
 *  +--------------------+ processTable
 *  | process table      |   ProcessEntryDescriptor × processes
 *  +--------------------+ control
 *  | control            |   ControlDescriptor: control word, end cells, abort detail
 *  +--------------------+ stateLock
 *  | linker state lock  |   StateLockDescriptor: writer word, summary bits, a flag a group
 *  +--------------------+ leases
 *  | topology lease     |   LeaseDescriptor: lease word, waiters hint, tickets
 *  | mutex 0 …          |   LeaseDescriptor × mutexes
 *  +--------------------+ groupSlots
 *  | group slots        |   GroupSlotDescriptor × groups
 *  +--------------------+ redo
 *  | redo area          |   RedoDescriptor
 *  +--------------------+ ring
 *  | operation ring     |   Agrona broadcast buffer and its trailer
 *  +--------------------+ tables
 *  | linker state       |   TableDescriptor: header, modules, symbols, names, extents, closures
 *  +--------------------+ fileLength
 * </pre>
 *
 * Every region begins on a multiple of 4096 bytes. Immutable.
 */
public final class Layout {
    /** Alignment of each region, in bytes. */
    public static final int REGION_ALIGNMENT = 4096;

    /** Words written by different parties lie this many bytes apart: two cache lines, for the adjacent-line prefetch. */
    public static final int HOT_WORD_SPACING = 128;

    private final Capacities capacities;
    private final int processTable;
    private final int control;
    private final int stateLock;
    private final int leases;
    private final int groupSlots;
    private final int redo;
    private final int ring;
    private final int tables;
    private final int fileLength;

    /**
     * Lays out a universe.
     *
     * @param capacities to lay out.
     * @throws IllegalArgumentException if the file would grow past 2 GiB.
     */
    public Layout(final Capacities capacities) {
        this.capacities = capacities;
        long next = HeaderDescriptor.LENGTH;
        processTable = region(next);
        next = processTable + (long) capacities.processes() * ProcessEntryDescriptor.LENGTH;
        control = region(next);
        next = control + (long) ControlDescriptor.LENGTH;
        stateLock = region(next);
        next = (long) stateLock + StateLockDescriptor.length(capacities.groups());
        leases = region(next);
        next = leases + (1L + capacities.mutexes()) * LeaseDescriptor.length(capacities.groups());
        groupSlots = region(next);
        next = groupSlots + (long) capacities.groups() * GroupSlotDescriptor.LENGTH;
        redo = region(next);
        next = redo + (long) RedoDescriptor.HEADER_LENGTH + capacities.redoBytes();
        ring = region(next);
        next = ring + (long) capacities.ringBytes() + BroadcastBufferDescriptor.TRAILER_LENGTH;
        tables = region(next);
        next = (long) tables + TableDescriptor.length(capacities);
        fileLength = region(next);
    }

    private static int region(final long offset) {
        final long aligned = align(offset, REGION_ALIGNMENT);
        if (aligned > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "capacities need more than 2 GiB in linker.dat: choose smaller ones, bytes=" + aligned);
        }
        return (int) aligned;
    }

    /** {@return the capacities that were laid out} */
    public Capacities capacities() {
        return capacities;
    }

    /**
     * {@return offset of the process entry}
     *
     * @param index of the process.
     */
    public int processEntry(final int index) {
        return processTable + checked(index, capacities.processes(), "process") * ProcessEntryDescriptor.LENGTH;
    }

    /** {@return offset of the control region} */
    public int control() {
        return control;
    }

    /** {@return offset of the linker state lock} */
    public int stateLock() {
        return stateLock;
    }

    /** {@return offset of the topology lease} */
    public int topologyLease() {
        return leases;
    }

    /**
     * {@return offset of a mutex}
     *
     * @param index of the mutex.
     */
    public int mutex(final int index) {
        return leases
                + (1 + checked(index, capacities.mutexes(), "mutex")) * LeaseDescriptor.length(capacities.groups());
    }

    /**
     * {@return offset of a group's slot}
     *
     * @param slot of the group.
     */
    public int groupSlot(final int slot) {
        return groupSlots + checked(slot, capacities.groups(), "group") * GroupSlotDescriptor.LENGTH;
    }

    /** {@return offset of the redo area} */
    public int redo() {
        return redo;
    }

    /** {@return offset of the operation ring} */
    public int ring() {
        return ring;
    }

    /** {@return length of the operation ring, its trailer included} */
    public int ringLength() {
        return capacities.ringBytes() + BroadcastBufferDescriptor.TRAILER_LENGTH;
    }

    /** {@return offset of the linker-state tables} */
    public int tables() {
        return tables;
    }

    /** {@return length of {@code linker.dat}} */
    public int fileLength() {
        return fileLength;
    }

    private static int checked(final int index, final int count, final String what) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(what + " index out of range: index=" + index + " count=" + count);
        }
        return index;
    }
}
