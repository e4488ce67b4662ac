package dev.lockstep.lock;

import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import java.util.function.IntToLongFunction;

/**
 * A reader/writer lock between threads and JVMs with optimistic reads (a seqlock for those who can look again).
 *
 * <pre>
 *  writer word    version 48 | owner 16       odd version: held for writing by the owner slot, or ORPHAN
 *  summary bits   a bit a slot, sticky: "this slot's flag may be up"
 *  reader flag    one a slot: 1 = reads
 * </pre>
 *
 * <table>
 * <caption>Who touches which word, and why its ordering is enough</caption>
 * <tr><td>writer word</td><td>even → odd by CAS, a store-store fence before the first write; odd → even by the owner's
 * release store. An optimistic reader loads it with acquire, reads, and looks again behind an acquire fence.</td></tr>
 * <tr><td>reader flag</td><td>up: volatile store by the slot's own thread, which then looks at the writer word with a
 * volatile load; the writer has made its word odd (CAS) and looks at the flags with volatile loads: accesses of that mode
 * are in one order that all agree on, so one of the two sees the other (Dekker). Down: release store.</td></tr>
 * <tr><td>summary bit</td><td>set by CAS by the reader when it is not set; cleared by a writer that found the flag down:
 * clear, full fence, look at the flag again, and set the bit again if it is up. A writer may die in between: therefore the
 * reader looks at the bit after it has seen the writer word even, and at the word again if it had to set it; whoever
 * cleared the bit before that without seeing the flag is gone by then. So readers share no written line in steady
 * state and a writer looks at few slots.</td></tr>
 * </table>
 *
 * <p>Thread-safe; a slot is used by one thread at a time, for one read or one write at a time.
 */
public final class StateLock {
    /** What {@link #tryOptimisticRead} returns while somebody writes. */
    public static final long NO_STAMP = -1;

    /** Owner of a lock whose writer died in the middle of an operation that somebody must finish. */
    private static final int ORPHAN = 0xFFFF;

    private static final int VERSION_SHIFT = 16;
    private static final long ODD = 1L << VERSION_SHIFT;
    private static final long OWNER_MASK = 0xFFFF;

    private final SharedBuffer buffer;
    /** The writer word alone, for optimistic reads. */
    private final SharedBuffer writer;

    private final int writerOffset;
    private final int summaryOffset;
    private final int flagsOffset;
    private final int flagSpacing;
    private final int summaryWords;
    private final int slots;
    private final Waker waker;

    /**
     * A lock in shared memory; zeroed memory is a free lock.
     *
     * @param buffer that holds it.
     * @param offset of its region ({@link StateLockDescriptor}).
     * @param slots number of participants.
     * @param waker that is told when a lock becomes free.
     */
    public StateLock(final SharedBuffer buffer, final int offset, final int slots, final Waker waker) {
        this.buffer = buffer;
        this.slots = slots;
        this.waker = waker;
        writerOffset = offset + StateLockDescriptor.WRITER_OFFSET;
        writer = buffer.view(writerOffset, Long.BYTES);
        summaryOffset = offset + StateLockDescriptor.SUMMARY_OFFSET;
        flagsOffset = offset + StateLockDescriptor.flagOffset(0, slots);
        flagSpacing = StateLockDescriptor.flagOffset(1, slots) - StateLockDescriptor.flagOffset(0, slots);
        summaryWords = StateLockDescriptor.summaryWords(slots);
    }

    /**
     * Takes the lock for writing if nobody reads or writes.
     *
     * @param slot of the caller.
     * @return whether it was taken.
     */
    public boolean tryWrite(final int slot) {
        if (!tryBecomeWriter(slot)) {
            return false;
        }
        if (readersPresent()) {
            unlockWrite(slot);
            return false;
        }
        return true;
    }

    /**
     * Takes the lock for writing; new readers wait from the moment the version is odd.
     *
     * @param slot of the caller.
     * @param cooperation what to do meanwhile; when it throws, the lock is given back.
     * @throws IllegalMonitorStateException if the slot writes already; nothing is changed then.
     */
    public void write(final int slot, final Cooperation cooperation) {
        if (!tryBecomeWriter(slot)) {
            refuseOwn(slot);
            waitToBecomeWriter(slot, cooperation);
        }
        if (readersPresent()) {
            boolean alone = false;
            cooperation.begin();
            try {
                do {
                    dropOwnFlag(slot);
                    cooperation.pause();
                } while (readersPresent());
                alone = true;
            } finally {
                cooperation.end();
                if (!alone) {
                    unlockWrite(slot);
                }
            }
        }
    }

    private void refuseOwn(final int slot) {
        if (isWriter(slot)) {
            throw new IllegalMonitorStateException(
                    "linker state is held for writing already by this slot: slot=" + slot + ", it is not reentrant");
        }
    }

    /** Who waits does not read. A flag that is up all the same is damage, and a writer that we wait for waits for it. */
    private void dropOwnFlag(final int slot) {
        if (buffer.getLongVolatile(flagOffset(slot)) != 0) {
            buffer.putLongRelease(flagOffset(slot), 0);
        }
    }

    private void waitToBecomeWriter(final int slot, final Cooperation cooperation) {
        cooperation.begin();
        try {
            do {
                dropOwnFlag(slot);
                cooperation.pause();
            } while (!tryBecomeWriter(slot));
        } finally {
            cooperation.end();
        }
    }

    private boolean tryBecomeWriter(final int slot) {
        final long word = buffer.getLongVolatile(writerOffset);
        if ((word & ODD) != 0 || !buffer.compareAndSetLong(writerOffset, word, owned(word + ODD, slot))) {
            return false;
        }
        buffer.storeStoreFence();
        return true;
    }

    /** After the CAS that made the word odd, which these volatile loads come after. */
    private boolean readersPresent() {
        boolean present = false;
        for (int i = 0; i < summaryWords; i++) {
            final int offset = summaryOffset + i * Long.BYTES;
            long bits = buffer.getLongVolatile(offset);
            while (bits != 0) {
                final int bit = Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                present |= isReading(offset, i * Long.SIZE + bit, 1L << bit);
            }
        }
        return present;
    }

    private boolean isReading(final int summary, final int slot, final long bit) {
        if (slot >= slots) {
            return false;
        }
        if (buffer.getLongVolatile(flagOffset(slot)) != 0) {
            return true;
        }
        changeBit(summary, bit, false);
        buffer.fullFence();
        if (buffer.getLongVolatile(flagOffset(slot)) != 0) {
            changeBit(summary, bit, true);
            return true;
        }
        return false;
    }

    private void changeBit(final int summary, final long bit, final boolean set) {
        while (true) {
            final long bits = buffer.getLongVolatile(summary);
            final long changed = set ? bits | bit : bits & ~bit;
            if (bits == changed || buffer.compareAndSetLong(summary, bits, changed)) {
                return;
            }
        }
    }

    /**
     * Gives the lock back after writing; the version advances.
     *
     * @param slot of the owner.
     * @throws IllegalMonitorStateException if the slot does not write.
     */
    public void unlockWrite(final int slot) {
        final long word = buffer.getLongAcquire(writerOffset);
        if (!isOwned(word, slot)) {
            throw notWriter(slot, word);
        }
        buffer.putLongRelease(writerOffset, (word & ~OWNER_MASK) + ODD);
        waker.wakeAll();
    }

    /**
     * Takes the lock for reading if nobody writes.
     *
     * @param slot of the caller.
     * @return whether it was taken.
     */
    public boolean tryRead(final int slot) {
        final int summary = summaryOffset + (slot / Long.SIZE) * Long.BYTES;
        final long bit = 1L << (slot % Long.SIZE);
        buffer.putLongVolatile(flagOffset(slot), 1);
        while (!isWriting()) {
            // After the writer word: a bit that is set now is cleared by nobody who has not seen the flag.
            if ((buffer.getLongVolatile(summary) & bit) != 0) {
                return true;
            }
            changeBit(summary, bit, true);
        }
        unlockRead(slot);
        return false;
    }

    /**
     * Takes the lock for reading.
     *
     * @param slot of the caller.
     * @param cooperation what to do meanwhile; when it throws, nothing is held.
     * @throws IllegalMonitorStateException if the slot writes; nothing is changed then.
     */
    public void read(final int slot, final Cooperation cooperation) {
        if (!tryRead(slot)) {
            refuseOwn(slot);
            cooperation.begin();
            try {
                do {
                    dropOwnFlag(slot);
                    cooperation.pause();
                } while (isWriting() || !tryRead(slot));
            } finally {
                cooperation.end();
            }
        }
    }

    /**
     * Gives the lock back after reading.
     *
     * @param slot of the reader.
     */
    public void unlockRead(final int slot) {
        buffer.putLongRelease(flagOffset(slot), 0);
        if (isWriting()) {
            waker.wakeAll();
        }
    }

    private boolean isWriting() {
        return (buffer.getLongVolatile(writerOffset) & ODD) != 0;
    }

    /**
     * Begins an optimistic read.
     *
     * @return a stamp for {@link #validate}, or {@link #NO_STAMP} while somebody writes.
     */
    public long tryOptimisticRead() {
        final long word = writer.getLongAcquire(0);
        return (word & ODD) == 0 ? word : NO_STAMP;
    }

    /**
     * Whether nobody has written since the stamp was taken. Until this has answered true, what was read may be torn.
     *
     * @param stamp from {@link #tryOptimisticRead}.
     * @return whether what was read in between belongs together.
     */
    public boolean validate(final long stamp) {
        writer.acquireFence();
        return stamp == writer.getLong(0);
    }

    /** {@return the version; odd while somebody writes} */
    public long version() {
        return buffer.getLongVolatile(writerOffset) >>> VERSION_SHIFT;
    }

    /**
     * {@return whether the slot holds the lock for writing}
     *
     * @param slot asked for.
     */
    public boolean isWriter(final int slot) {
        return isOwned(buffer.getLongVolatile(writerOffset), slot);
    }

    /**
     * {@return whether the slot's reader flag is up: it reads, or is about to find out that it may not}
     *
     * @param slot asked for.
     */
    public boolean isReader(final int slot) {
        return buffer.getLongVolatile(flagOffset(slot)) != 0;
    }

    /** {@return the slot that holds the lock for writing, or −1: nobody, or whoever will finish its operation} */
    public int writer() {
        final long word = buffer.getLongVolatile(writerOffset);
        final int owner = (int) (word & OWNER_MASK);
        return (word & ODD) == 0 || owner == ORPHAN ? -1 : owner;
    }

    /** {@return whether the lock waits for an adopter} */
    public boolean isOrphaned() {
        return isOwned(buffer.getLongVolatile(writerOffset), ORPHAN);
    }

    /**
     * Leaves a dead writer's lock odd for whoever finishes its operation.
     *
     * @param slot of the dead writer.
     */
    public void orphan(final int slot) {
        final long word = buffer.getLongVolatile(writerOffset);
        if (isOwned(word, slot)) {
            buffer.compareAndSetLong(writerOffset, word, owned(word, ORPHAN));
        }
    }

    /**
     * Takes an orphaned lock over.
     *
     * @param slot of the adopter.
     * @return whether the adopter holds the lock now, or held it already.
     */
    public boolean takeOver(final int slot) {
        final long word = buffer.getLongVolatile(writerOffset);
        return isOwned(word, slot)
                || (isOwned(word, ORPHAN) && buffer.compareAndSetLong(writerOffset, word, owned(word, slot)));
    }

    /**
     * Advances the version on behalf of a dead writer, whose changes have been completed or dropped.
     *
     * @param slot of the dead writer.
     */
    public void reapWriter(final int slot) {
        final long word = buffer.getLongVolatile(writerOffset);
        if (isOwned(word, slot) && buffer.compareAndSetLong(writerOffset, word, (word & ~OWNER_MASK) + ODD)) {
            waker.wakeAll();
        }
    }

    /**
     * Looks for a writer or a reader flag of a slot that nobody has: before a slot is given up its locks are, so there is
     * none unless the memory is damaged, and nobody would ever give back what it names.
     *
     * @param vacancy a slot's stamp while nobody has it, another one each time; −1 while somebody has.
     * @return which word it is and what it holds, or null.
     */
    public String findStray(final IntToLongFunction vacancy) {
        final long word = buffer.getLongVolatile(writerOffset);
        final int owner = (int) (word & OWNER_MASK);
        if ((word & ODD) != 0
                && owner != ORPHAN
                && (owner >= slots || vacancy.applyAsLong(owner) >= 0)
                && buffer.getLongVolatile(writerOffset) == word) {
            return "word=writer word owner=" + owner + " value=0x" + Long.toHexString(word) + " offset=" + writerOffset;
        }
        for (int slot = 0; slot < slots; slot++) {
            final long stamp = vacancy.applyAsLong(slot);
            if (stamp >= 0) {
                final long flag = buffer.getLongVolatile(flagOffset(slot));
                if (flag != 0 && vacancy.applyAsLong(slot) == stamp) {
                    return "word=reader flag slot=" + slot + " value=" + flag + " offset=" + flagOffset(slot);
                }
            }
        }
        return null;
    }

    private static long owned(final long word, final int owner) {
        return (word & ~OWNER_MASK) | owner;
    }

    private static boolean isOwned(final long word, final int owner) {
        return (word & ODD) != 0 && (word & OWNER_MASK) == owner;
    }

    private static IllegalMonitorStateException notWriter(final int slot, final long word) {
        return new IllegalMonitorStateException("linker state is not held for writing by this slot: slot=" + slot
                + " owner=" + (word & OWNER_MASK) + " version=" + (word >>> VERSION_SHIFT)
                + ", release once and only what you hold");
    }

    private int flagOffset(final int slot) {
        return flagsOffset + slot * flagSpacing;
    }
}
