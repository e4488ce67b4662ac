package dev.lockstep.cli.torture;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;

/**
 * What stands between the library and its memory in a worker: sets traps, announces roles that only the library knows, and
 * swallows a store if that is the fault of the run.
 *
 * <p>Thread-safe.
 */
final class Instrument {
    private static final int ORPHAN = 0xFFFF;
    private static final long OWNER_MASK = 0xFFFF;
    private static final long UNKNOWN_PROCESS = -2;

    private volatile Trap trap;
    private volatile Layout layout;
    private volatile SharedBuffer raw;
    private volatile long process = UNKNOWN_PROCESS;
    private volatile int arrivalsToSwallow;

    SharedBuffer buffer(final SharedBuffer mapped) {
        raw = mapped;
        return new InstrumentedBuffer(this, mapped, 0, mapped.capacity());
    }

    Journal journal(final Journal mapped, final Fault fault) {
        return new InstrumentedJournal(this, mapped, fault);
    }

    /** {@return the memory without this between} */
    SharedBuffer raw() {
        return raw;
    }

    /** Says what the words of the memory are; before that nothing is known of a write. */
    void know(final Layout known, final int ownProcess) {
        process = ownProcess;
        layout = known;
    }

    /** Sets a trap, in place of the one before. */
    void set(final Trap next) {
        trap = next;
    }

    /** Swallows the next arrival. */
    void swallowArrival() {
        arrivalsToSwallow = 1;
    }

    /** Called before each write of a word; whether it is to be made. */
    boolean before(final int offset, final long value) {
        final Layout known = layout;
        if (known == null) {
            return true;
        }
        final long old = raw.getLongVolatile(offset & ~7);
        final KillPoint write = KillPoint.of(known, offset, value, (int) process, old);
        announce(write, old);
        final Trap set = trap;
        if (set != null && !set.isAfterTheWrite() && set.isCaughtBy(write)) {
            set.shut();
        }
        if (write == KillPoint.ARRIVAL && value != 0 && arrivalsToSwallow > 0) {
            arrivalsToSwallow = 0;
            return false;
        }
        return true;
    }

    /** Called after each write of a word. */
    void after(final int offset, final long value) {
        final Trap set = trap;
        if (set != null && set.isAfterTheWrite() && layout != null) {
            // what was there before is gone: the writer's own slot is told by the trap's group
            final KillPoint write = KillPoint.of(layout, offset, value, (int) process, 0);
            if (set.isCaughtBy(write)) {
                set.shut();
            }
        }
    }

    /** Called before and after each write to the journal. */
    void journalWrite(final boolean after) {
        final Trap set = trap;
        if (set != null && set.isAfterTheWrite() == after && set.isCaughtBy(KillPoint.JOURNAL)) {
            set.shut();
        }
    }

    private static void announce(final KillPoint write, final long old) {
        switch (write) {
            case ARRIVAL -> GroupThread.announce(Role.FOLLOWER);
            case REAPED_SLOT -> GroupThread.announce(Role.REAPER);
            case STATE_WRITER -> {
                if ((old & OWNER_MASK) == ORPHAN) {
                    GroupThread.announce(Role.ADOPTER);
                }
            }
            default -> {
                // as the group itself has announced
            }
        }
    }
}
