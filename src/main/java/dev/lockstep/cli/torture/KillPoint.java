package dev.lockstep.cli.torture;

import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.StateLockDescriptor;
import java.util.Locale;

/** A step of the protocol at which a worker can be told to die: a kind of write to shared memory. */
enum KillPoint {
    /** Any write. */
    ANY,
    /** The control word: STOP. */
    CONTROL_STOP,
    /** The control word: COMMITTED1. */
    CONTROL_COMMITTED,
    /** The control word: APPLY. */
    CONTROL_APPLY,
    /** The control word: IDLE, after an operation or its withdrawal. */
    CONTROL_IDLE,
    /** The end of the journal. */
    END_CELL,
    /** Abort detail, bootstrap word. */
    CONTROL_OTHER,
    /** Bytes of an operation into the journal. */
    JOURNAL,
    /** Writer word of the linker state lock. */
    STATE_WRITER,
    /** Reader flag of the linker state lock. */
    STATE_READER,
    /** Word of the topology lease. */
    LEASE_WORD,
    /** Tickets of the topology lease. */
    LEASE_TICKET,
    /** Anything of a mutex. */
    MUTEX,
    /** State of the group's own slot. */
    SLOT_STATE,
    /** Arrival at a rendezvous. */
    ARRIVAL,
    /** An operation is applied. */
    APPLIED,
    /** A slot of another process, which is being reaped. */
    REAPED_SLOT,
    /** Redo area: made valid or invalid. */
    REDO_VALID,
    /** Redo area: an entry. */
    REDO_ENTRY,
    /** The operation ring. */
    RING,
    /** Tables of the linker state. */
    TABLES,
    /** An entry of the process table. */
    PROCESS;

    private static final int PHASE_SHIFT = 1;
    private static final int PHASE_MASK = 0xF;
    private static final KillPoint[] PHASES = {
        CONTROL_IDLE, CONTROL_STOP, CONTROL_COMMITTED, CONTROL_APPLY, CONTROL_COMMITTED, CONTROL_APPLY
    };

    /** {@return the name of its count in the JSON} */
    String member() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * {@return what a write is}
     *
     * @param layout of the universe.
     * @param offset that is written, in {@code linker.dat}.
     * @param value that is written, if it is a word.
     * @param process index of the writer's process.
     * @param before the word as it was.
     */
    static KillPoint of(final Layout layout, final int offset, final long value, final int process, final long before) {
        if (offset >= layout.tables()) {
            return TABLES;
        }
        if (offset >= layout.ring()) {
            return RING;
        }
        if (offset >= layout.redo()) {
            return offset < layout.redo() + RedoDescriptor.HEADER_LENGTH ? REDO_VALID : REDO_ENTRY;
        }
        if (offset >= layout.groupSlot(0)) {
            return slot((offset - layout.groupSlot(0)) % GroupSlotDescriptor.LENGTH, process, before);
        }
        if (offset >= layout.topologyLease()) {
            return lease(
                    offset - layout.topologyLease(),
                    LeaseDescriptor.length(layout.capacities().groups()));
        }
        if (offset >= layout.stateLock()) {
            return offset == layout.stateLock() + StateLockDescriptor.WRITER_OFFSET ? STATE_WRITER : STATE_READER;
        }
        return offset >= layout.control() ? control(offset - layout.control(), value) : PROCESS;
    }

    private static KillPoint slot(final int offset, final int process, final long before) {
        if (offset == GroupSlotDescriptor.STATE_OFFSET) {
            final boolean free = (before & 0xFF) == 0;
            return free || processOfSlot(before) == process ? SLOT_STATE : REAPED_SLOT;
        }
        if (offset == GroupSlotDescriptor.ARRIVAL_OFFSET) {
            return ARRIVAL;
        }
        return offset == GroupSlotDescriptor.APPLIED_OFFSET ? APPLIED : SLOT_STATE;
    }

    /** {@return process that a slot's state word names} */
    static int processOfSlot(final long state) {
        return (int) (state >>> 8 & 0xFFFF);
    }

    private static KillPoint lease(final int offset, final int length) {
        if (offset >= length) {
            return MUTEX;
        }
        return offset == LeaseDescriptor.WORD_OFFSET ? LEASE_WORD : LEASE_TICKET;
    }

    private static KillPoint control(final int offset, final long value) {
        if (offset == ControlDescriptor.WORD_OFFSET) {
            final int phase = (int) (value >>> PHASE_SHIFT) & PHASE_MASK;
            return phase < PHASES.length ? PHASES[phase] : CONTROL_OTHER;
        }
        return offset < ControlDescriptor.ABORT_DETAIL_OFFSET ? END_CELL : CONTROL_OTHER;
    }
}
