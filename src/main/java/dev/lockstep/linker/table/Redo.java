package dev.lockstep.linker.table;

import dev.lockstep.region.Layout;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;

/**
 * What a published transaction does to the tables: the steps that its writer, a reaper or an adopter can run, each as
 * often as they like.
 *
 * <p>The redo area belongs to the linker state lock: while it is valid, the lock is held by the writer or orphaned, and
 * only its holder (or who cleans up after him) may call these. The entries are absolute values, so running them twice,
 * or after somebody died half-way, gives what running them once gives. They take effect if they belong to no operation,
 * or if the operation that they belong to is committed: the control word alone decides.
 *
 * <p>Nothing that is read from the redo area is trusted: all of it is checked before the first byte is written.
 * Stateless, no allocation.
 */
public final class Redo {
    /** What {@link #resolve} did. */
    public enum Resolution {
        /** There was nothing to redo. */
        NOTHING,
        /** The tables have the published writes. */
        APPLIED,
        /** The operation was not committed: the published writes are forgotten, the tables as before. */
        WITHDRAWN
    }

    private static final String REGION = "redo";
    private static final int SEQUENCE_ENTRY_LENGTH = RedoDescriptor.ENTRY_HEADER_LENGTH + Long.BYTES;

    private Redo() {}

    /**
     * {@return whether there is something to redo (acquire)}
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     */
    public static boolean isValid(final SharedBuffer buffer, final Layout layout) {
        return buffer.getLongAcquire(layout.redo() + RedoDescriptor.VALID_OFFSET) != 0;
    }

    /**
     * Step: copies the published writes into the tables, the tables' sequence among them. A death here leaves the
     * redo area valid and the tables half new: whoever cleans up applies again, from the start.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     * @return false if there was nothing to redo.
     * @throws TableCorruptException if the redo area is damaged or not of these tables; nothing has been written.
     */
    public static boolean apply(final SharedBuffer buffer, final Layout layout) {
        final int length = checkedLength(buffer, layout);
        if (length == 0) {
            return false;
        }
        walk(buffer, layout, length, false);
        walk(buffer, layout, length, true);
        return true;
    }

    /**
     * Step: forgets what was published, applied or not. A death before leaves the redo area valid, a death after
     * leaves nothing to do.
     *
     * <p>A release store, so that what was applied is in the tables before the redo area says that it is done with;
     * then a store-store fence, so that no entry of the next transaction is there before.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     */
    public static void invalidate(final SharedBuffer buffer, final Layout layout) {
        buffer.putLongRelease(layout.redo() + RedoDescriptor.VALID_OFFSET, 0);
        buffer.storeStoreFence();
    }

    /**
     * Finishes what a dead writer left: applies what takes effect, and invalidates. May be run again by the next one if
     * its caller dies too.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     * @param committedSequence from the control word, loaded after the writer can no longer commit.
     * @return what it did.
     * @throws TableCorruptException if the redo area is damaged or not of these tables; nothing has been written.
     */
    public static Resolution resolve(final SharedBuffer buffer, final Layout layout, final long committedSequence) {
        final int length = checkedLength(buffer, layout);
        if (length == 0) {
            return Resolution.NOTHING;
        }
        walk(buffer, layout, length, false);
        final int operationOffset = layout.redo() + RedoDescriptor.OPERATION_OFFSET;
        final long operation = buffer.getLong(operationOffset);
        if (operation < 0) {
            throw new TableCorruptException(REGION, "operation", operation, operationOffset);
        }
        if (operation > committedSequence) {
            invalidate(buffer, layout);
            return Resolution.WITHDRAWN;
        }
        walk(buffer, layout, length, true);
        invalidate(buffer, layout);
        return Resolution.APPLIED;
    }

    private static int checkedLength(final SharedBuffer buffer, final Layout layout) {
        final int offset = layout.redo() + RedoDescriptor.VALID_OFFSET;
        final long valid = buffer.getLongAcquire(offset);
        if (valid == 0) {
            return 0;
        }
        final long length = valid - 1;
        if (length < SEQUENCE_ENTRY_LENGTH
                || length > layout.capacities().redoBytes()
                || (length & Long.BYTES - 1) != 0) {
            throw new TableCorruptException(REGION, "valid", valid, offset);
        }
        return (int) length;
    }

    /** Checks every entry, and copies it if asked to; checks again while it copies, so as to leave the tables never. */
    private static void walk(final SharedBuffer buffer, final Layout layout, final int length, final boolean copy) {
        final int entries = layout.redo() + RedoDescriptor.HEADER_LENGTH;
        final int sequenceEntry = length - SEQUENCE_ENTRY_LENGTH;
        final long firstWritable = layout.tables() + (long) TableDescriptor.NEXT_HANDLE_OFFSET;
        final long tablesEnd = layout.tables() + (long) TableDescriptor.length(layout.capacities());
        int position = 0;
        while (position < sequenceEntry) {
            final long header = buffer.getLong(entries + position);
            final int target = (int) header;
            final int bytes = (int) (header >>> Integer.SIZE);
            final int payload = position + RedoDescriptor.ENTRY_HEADER_LENGTH;
            if (target < firstWritable || target >= tablesEnd || (target & Long.BYTES - 1) != 0) {
                throw new TableCorruptException(REGION, "entry offset", target, entries + position);
            }
            if (bytes <= 0
                    || (bytes & Long.BYTES - 1) != 0
                    || bytes > sequenceEntry - payload
                    || bytes > tablesEnd - target) {
                throw new TableCorruptException(REGION, "entry length", bytes, entries + position);
            }
            if (copy) {
                for (int i = 0; i < bytes; i += Long.BYTES) {
                    buffer.putLong(target + i, buffer.getLong(entries + payload + i));
                }
            }
            position = payload + bytes;
        }
        sequence(buffer, layout, entries + sequenceEntry, copy);
    }

    /** The last entry says to which state of the tables the others belong: a redo area of another time is refused. */
    private static void sequence(final SharedBuffer buffer, final Layout layout, final int entry, final boolean copy) {
        final int target = layout.tables() + TableDescriptor.SEQUENCE_OFFSET;
        final long header = buffer.getLong(entry);
        if (header != entryHeader(target, Long.BYTES)) {
            throw new TableCorruptException(REGION, "sequence entry", header, entry);
        }
        final long sequence = buffer.getLong(entry + RedoDescriptor.ENTRY_HEADER_LENGTH);
        final long current = buffer.getLong(target);
        if (sequence != current && sequence != current + 1) {
            throw new TableCorruptException(
                    REGION, "sequence", sequence, entry + (long) RedoDescriptor.ENTRY_HEADER_LENGTH);
        }
        if (copy) {
            buffer.putLong(target, sequence);
        }
    }

    /** {@return the head of an entry as a word} */
    static long entryHeader(final int offset, final int length) {
        return (long) length << Integer.SIZE | offset;
    }
}
