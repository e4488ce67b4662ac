package dev.lockstep.cli.torture;

import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import java.util.concurrent.locks.LockSupport;

/**
 * Brings about the faults that are words in shared memory: waits for somebody of another process to hold something and
 * takes it from him, some times.
 */
final class Saboteur implements Runnable {
    private static final long WARM_UP_NANOS = 100_000_000;
    private static final int TIMES = 40;
    private static final long PAUSE_NANOS = 50_000;
    private static final long AFTER_NANOS = 20_000_000;
    private static final int LEASE_FLAG_MASK = 3;
    private static final int LEASE_HELD = 1;
    private static final int LEASE_SLOT_SHIFT = 2;
    private static final int LEASE_SLOT_MASK = 0xFFF;
    private static final int LOCK_OWNER_BITS = 16;
    private static final long LOCK_OWNER_MASK = 0xFFFF;
    private static final int SLOT_STATE_MASK = 0xFF;
    private static final int SLOT_RUNNING = 3;

    private final Fault fault;
    private final Instrument instrument;
    private final Layout layout;
    private final int process;
    private final Board board;
    private final Thread thread = new Thread(this, "saboteur");
    private volatile boolean stopping;

    Saboteur(
            final Fault fault, final Instrument instrument, final Layout layout, final int process, final Board board) {
        this.fault = fault;
        this.board = board;
        this.instrument = instrument;
        this.layout = layout;
        this.process = process;
    }

    /** Begins, if there is anything to do. */
    void start() {
        switch (fault) {
            case STUCK, DOUBLE_GRANTS, FALSE_DEATHS, STALE_WRITES -> {
                thread.setDaemon(true);
                thread.start();
            }
            default -> {
                // none, or the journal's
            }
        }
    }

    /** Ends it: the memory is about to go. */
    void stop() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join();
    }

    @Override
    public void run() {
        while (!board.hasBegun() && !stopping) {
            LockSupport.parkNanos(AFTER_NANOS);
        }
        LockSupport.parkNanos(WARM_UP_NANOS);
        int done = 0;
        while (done < TIMES && !stopping) {
            if (strike()) {
                done++;
                LockSupport.parkNanos(AFTER_NANOS);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean strike() {
        return switch (fault) {
            case STUCK -> {
                instrument.swallowArrival();
                yield true;
            }
            case DOUBLE_GRANTS -> freeLease();
            case FALSE_DEATHS -> freeSlot();
            default -> unlockState();
        };
    }

    private boolean isOfAnother(final int slot) {
        if (slot >= layout.capacities().groups()) {
            return false;
        }
        final long state = instrument.raw().getLongVolatile(layout.groupSlot(slot) + GroupSlotDescriptor.STATE_OFFSET);
        return (state & SLOT_STATE_MASK) == SLOT_RUNNING && KillPoint.processOfSlot(state) != process;
    }

    private boolean freeLease() {
        final SharedBuffer raw = instrument.raw();
        final int offset = layout.topologyLease() + LeaseDescriptor.WORD_OFFSET;
        final long word = raw.getLongVolatile(offset);
        return board.ledger(0).owner() != 0
                && (word & LEASE_FLAG_MASK) == LEASE_HELD
                && isOfAnother((int) (word >>> LEASE_SLOT_SHIFT) & LEASE_SLOT_MASK)
                && raw.compareAndSetLong(offset, word, word & ~LEASE_FLAG_MASK);
    }

    private boolean freeSlot() {
        final SharedBuffer raw = instrument.raw();
        for (int slot = 0; slot < layout.capacities().groups(); slot++) {
            final int offset = layout.groupSlot(slot) + GroupSlotDescriptor.STATE_OFFSET;
            final long word = raw.getLongVolatile(offset);
            if (isOfAnother(slot) && raw.compareAndSetLong(offset, word, word & ~SLOT_STATE_MASK)) {
                return true;
            }
        }
        return false;
    }

    private boolean unlockState() {
        final SharedBuffer raw = instrument.raw();
        final int offset = layout.stateLock() + StateLockDescriptor.WRITER_OFFSET;
        final long word = raw.getLongVolatile(offset);
        final long version = word >>> LOCK_OWNER_BITS;
        return board.stateLedger().owner() != 0
                && (version & 1) == 1
                && isOfAnother((int) (word & LOCK_OWNER_MASK))
                && raw.compareAndSetLong(offset, word, version + 1 << LOCK_OWNER_BITS);
    }
}
