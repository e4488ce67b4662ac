package dev.lockstep.linker.table;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.Layout;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import java.util.Arrays;
import java.util.Objects;
import org.agrona.collections.Int2IntHashMap;

/**
 * A change of the tables: staged privately, then made as one. Its steps, in order:
 *
 * <pre>
 *   begin      ─ put… ─┬─ discard                                    nothing shared was touched
 *                      └─ publish ─┬─ takeBack                       withdrawn, can be published again
 *                                  └─ commit CAS ─ apply ─ invalidate
 * </pre>
 *
 * <p>An operation's changes are published <em>before</em> its commit, under its sequence: they take effect if and
 * only if the control word's committed sequence reaches it. A change that belongs to no operation is published under
 * 0 and takes effect at once.
 *
 * <p>Staged is what the redo area shall hold: absolute words, neighbours together in one entry; a later write to the
 * same word replaces it in place. Reads through the transaction see staged words first. Words are 8 bytes,
 * little-endian. The tables' sequence is not the caller's to write: publishing does.
 *
 * <p>Not thread-safe: one a group, reusable; allocates only while it holds more than ever before. From {@link
 * #publish} to {@link #invalidate} the caller holds the linker state lock for writing, and before that if what he
 * reads is to stay true.
 */
public final class TableTransaction implements TableView {
    private static final int CLOSED = 0;
    private static final int OPEN = 1;
    private static final int PUBLISHED = 2;

    private static final int NOT_STAGED = -1;
    private static final int SEQUENCE_ENTRY_WORDS = 2;
    private static final int ALIGNMENT_MASK = Long.BYTES - 1;

    private final SharedBuffer buffer;
    private final Layout layout;
    private final int tables;
    private final int firstWritable;
    private final int tablesEnd;
    private final int capacityWords;
    private final Int2IntHashMap positions = new Int2IntHashMap(NOT_STAGED);
    private long[] staged = new long[64];
    private int used;
    private int lastEntry;
    private int nextOffset;
    private int state = CLOSED;
    private long operation;
    private long ordinal;

    /**
     * Makes a transaction that is to be begun before use.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     */
    public TableTransaction(final SharedBuffer buffer, final Layout layout) {
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        this.layout = layout;
        tables = layout.tables();
        firstWritable = tables + TableDescriptor.NEXT_HANDLE_OFFSET;
        tablesEnd = tables + TableDescriptor.length(layout.capacities());
        capacityWords = layout.capacities().redoBytes() / Long.BYTES - SEQUENCE_ENTRY_WORDS;
    }

    /** {@return the tables as they are in the file, without what is staged} */
    LinkerTables committed() {
        return new LinkerTables(buffer, layout);
    }

    /** {@return layout of the file that the transaction changes} */
    public Layout layout() {
        return layout;
    }

    /**
     * Begins, with nothing staged.
     *
     * @throws IllegalStateException if the transaction has begun already.
     */
    public void begin() {
        if (state != CLOSED) {
            throw new IllegalStateException("transaction has begun already: discard or invalidate it first");
        }
        state = OPEN;
        ordinal++;
    }

    /** {@return how often the transaction has begun: what was found out about the tables since holds until the next time} */
    long ordinal() {
        return ordinal;
    }

    /** {@return whether the transaction has begun, and was neither discarded nor invalidated} */
    public boolean isOpen() {
        return state != CLOSED;
    }

    /** {@return whether nothing is staged} */
    public boolean isEmpty() {
        return used == 0;
    }

    /**
     * Stages a word.
     *
     * @param offset of the word in {@code linker.dat}, a multiple of 8 within the tables.
     * @param value that it shall have.
     * @throws CapacityExceededException if the change is larger than the redo area; what was staged before stays
     *     staged.
     */
    public void putLong(final int offset, final long value) {
        requireOpen();
        checkRange(firstWritable, offset, Long.BYTES, ALIGNMENT_MASK);
        stage(offset, value);
    }

    /**
     * Stages half a word; the other half keeps its value.
     *
     * @param offset of the int in {@code linker.dat}, a multiple of 4 within the tables.
     * @param value that it shall have.
     * @throws CapacityExceededException if the change is larger than the redo area; what was staged before stays
     *     staged.
     */
    public void putInt(final int offset, final int value) {
        requireOpen();
        checkRange(firstWritable, offset, Integer.BYTES, Integer.BYTES - 1);
        final int word = offset & ~ALIGNMENT_MASK;
        final int shift = (offset & ALIGNMENT_MASK) * Byte.SIZE;
        final long others = getLong(word) & ~(0xFFFF_FFFFL << shift);
        stage(word, others | (value & 0xFFFF_FFFFL) << shift);
    }

    /**
     * Stages bytes, all or none; what shares a word with them keeps its value.
     *
     * @param offset of the first byte in {@code linker.dat}, within the tables.
     * @param source of the bytes.
     * @param sourceOffset of the first one.
     * @param length in bytes.
     * @throws CapacityExceededException if the change is larger than the redo area; what was staged before stays
     *     staged.
     */
    public void putBytes(final int offset, final byte[] source, final int sourceOffset, final int length) {
        requireOpen();
        checkRange(firstWritable, offset, length, 0);
        Objects.checkFromIndexSize(sourceOffset, length, source.length);
        if (length == 0) {
            return;
        }
        final int end = offset + length;
        final int first = offset & ~ALIGNMENT_MASK;
        reserve(1, (end - first + ALIGNMENT_MASK) / Long.BYTES);
        for (int word = first; word < end; word += Long.BYTES) {
            final int from = Math.max(offset, word);
            final int to = Math.min(end, word + Long.BYTES);
            long value = to - from == Long.BYTES ? 0 : getLong(word);
            for (int i = from; i < to; i++) {
                final int shift = (i - word) * Byte.SIZE;
                value = value & ~(0xFFL << shift) | (source[sourceOffset + i - offset] & 0xFFL) << shift;
            }
            stage(word, value);
        }
    }

    /**
     * Reads a word as it will be: staged, or else what the file holds (plain).
     *
     * @param offset of the word in {@code linker.dat}, a multiple of 8 within the tables.
     * @return the word.
     */
    @Override
    public long getLong(final int offset) {
        checkRange(tables, offset, Long.BYTES, ALIGNMENT_MASK);
        if (used != 0) {
            final int position = positions.get(offset);
            if (position != NOT_STAGED) {
                return staged[position];
            }
        }
        return buffer.getLong(offset);
    }

    /**
     * {@return an int as it will be}
     *
     * @param offset of the int, a multiple of 4 within the tables.
     */
    public int getInt(final int offset) {
        checkRange(tables, offset, Integer.BYTES, Integer.BYTES - 1);
        return (int) (getLong(offset & ~ALIGNMENT_MASK) >>> (offset & ALIGNMENT_MASK) * Byte.SIZE);
    }

    /**
     * Reads bytes as they will be.
     *
     * @param offset of the first byte in {@code linker.dat}, within the tables.
     * @param into where they go.
     * @param intoOffset of the first one.
     * @param length in bytes.
     */
    public void getBytes(final int offset, final byte[] into, final int intoOffset, final int length) {
        checkRange(tables, offset, length, 0);
        Objects.checkFromIndexSize(intoOffset, length, into.length);
        final int end = offset + length;
        int at = offset;
        while (at < end) {
            final int word = at & ~ALIGNMENT_MASK;
            final int to = Math.min(end, word + Long.BYTES);
            final long value = getLong(word);
            for (; at < to; at++) {
                into[intoOffset + at - offset] = (byte) (value >>> (at - word) * Byte.SIZE);
            }
        }
    }

    /**
     * Makes sure that so much can be staged without a {@link CapacityExceededException} half-way.
     *
     * @param runs stretches of neighbouring words.
     * @param words of all stretches together.
     */
    void reserve(final int runs, final int words) {
        requireOpen();
        // A word that is staged already splits a run at most: it saves a word and costs a head. So this suffices.
        requireRoom((long) runs + words);
    }

    /**
     * Step: copies what is staged, and the next number of the tables' sequence, into the redo area, then makes it valid
     * with one release store. A death before that store leaves nothing; a death after it leaves the writes to
     * {@link Redo#resolve}. Publishing again under the same sequence does nothing.
     *
     * @param operationSequence of the operation whose commit gives effect to the writes; 0 = effective at once.
     * @throws IllegalStateException if the transaction has not begun, or the redo area holds another one.
     */
    public void publish(final long operationSequence) {
        if (operationSequence < 0) {
            throw new IllegalArgumentException("not a sequence: operation=" + operationSequence);
        }
        if (state == PUBLISHED && operation == operationSequence) {
            return;
        }
        requireOpen();
        final int redo = layout.redo();
        final long valid = buffer.getLong(redo + RedoDescriptor.VALID_OFFSET);
        if (valid != 0) {
            throw new IllegalStateException(
                    "redo area holds another transaction: valid=" + valid + ", resolve it before publishing");
        }
        final int entries = redo + RedoDescriptor.HEADER_LENGTH;
        for (int i = 0; i < used; i++) {
            buffer.putLong(entries + i * Long.BYTES, staged[i]);
        }
        final int last = entries + used * Long.BYTES;
        final int sequence = tables + TableDescriptor.SEQUENCE_OFFSET;
        buffer.putLong(last, Redo.entryHeader(sequence, Long.BYTES));
        buffer.putLong(last + RedoDescriptor.ENTRY_HEADER_LENGTH, buffer.getLong(sequence) + 1);
        buffer.putLong(redo + RedoDescriptor.OPERATION_OFFSET, operationSequence);
        operation = operationSequence;
        state = PUBLISHED;
        final long length = (used + SEQUENCE_ENTRY_WORDS) * (long) Long.BYTES;
        buffer.putLongRelease(redo + RedoDescriptor.VALID_OFFSET, 1 + length);
    }

    /**
     * Step: {@link Redo#apply}. Only after the commit of the operation that the writes were published under.
     *
     * @throws IllegalStateException if the transaction is not published.
     */
    public void apply() {
        requirePublished();
        Redo.apply(buffer, layout);
    }

    /**
     * Step: {@link Redo#invalidate}, and forgets what was staged. After {@link #apply} it ends a change. When the
     * transaction has ended already it does nothing.
     *
     * @throws IllegalStateException if the transaction has begun and is not published.
     */
    public void invalidate() {
        if (state == CLOSED) {
            return;
        }
        requirePublished();
        Redo.invalidate(buffer, layout);
        close();
    }

    /** After somebody has made the redo area invalid before the commit: what is staged is as before {@link #publish}. */
    public void takeBack() {
        if (state == PUBLISHED) {
            state = OPEN;
        }
    }

    /**
     * Forgets what was staged. Nothing shared was touched, so a death here leaves nothing. When the transaction has
     * ended already it does nothing.
     *
     * @throws IllegalStateException if the transaction is published.
     */
    public void discard() {
        if (state == PUBLISHED) {
            throw new IllegalStateException("transaction is published: apply it if committed, and invalidate it");
        }
        close();
    }

    /** {@return whether the transaction is published and was not invalidated} */
    public boolean isPublished() {
        return state == PUBLISHED;
    }

    /**
     * Ends a transaction that is published and stays so, since it cannot be applied: the universe has been aborted, and
     * nobody will ask for the redo area any more.
     */
    public void forget() {
        close();
    }

    private void close() {
        if (used == 0) {
            state = CLOSED;
            return;
        }
        int position = 0;
        while (position < used) {
            final long header = staged[position];
            final int offset = (int) header;
            final int bytes = (int) (header >>> Integer.SIZE);
            for (int i = 0; i < bytes; i += Long.BYTES) {
                positions.remove(offset + i);
            }
            position += 1 + bytes / Long.BYTES;
        }
        used = 0;
        nextOffset = 0;
        state = CLOSED;
    }

    private void stage(final int offset, final long value) {
        final int position = positions.get(offset);
        if (position != NOT_STAGED) {
            staged[position] = value;
            return;
        }
        if (offset == nextOffset) {
            requireRoom(1);
            staged[lastEntry] += 1L * Long.BYTES << Integer.SIZE;
        } else {
            requireRoom(2);
            lastEntry = used;
            staged[used++] = Redo.entryHeader(offset, Long.BYTES);
        }
        positions.put(offset, used);
        staged[used++] = value;
        nextOffset = offset + Long.BYTES;
    }

    private void requireRoom(final long words) {
        final long needed = used + words;
        if (needed > capacityWords) {
            throw new CapacityExceededException("redoBytes", layout.capacities().redoBytes());
        }
        if (needed > staged.length) {
            staged = Arrays.copyOf(staged, (int) Math.min(capacityWords, Math.max(needed, 2L * staged.length)));
        }
    }

    private void requireOpen() {
        if (state != OPEN) {
            throw new IllegalStateException(
                    state == CLOSED ? "transaction has not begun" : "transaction is published: nothing can be added");
        }
    }

    private void requirePublished() {
        if (state != PUBLISHED) {
            throw new IllegalStateException("transaction is not published");
        }
    }

    private void checkRange(final int first, final int offset, final int length, final int alignmentMask) {
        if ((offset & alignmentMask) != 0) {
            throw new IllegalArgumentException("misaligned: offset=" + offset);
        }
        if (length < 0 || offset < first || offset > tablesEnd - length) {
            throw new IndexOutOfBoundsException("outside the tables: offset=" + offset + " length=" + length + " first="
                    + first + " end=" + tablesEnd);
        }
    }
}
