package dev.lockstep.broadcast;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The bytes of the journal: a fixed stretch that is written once from front to back and read at any place.
 *
 * <p>A seam: in production a {@link ChronicleJournal}, in tests memory that a scheduler watches. It knows nothing of
 * frames and gives no ordering of its own: what is written is published by a release store of the same thread to a word
 * elsewhere, and read after an acquire load of that word ({@link OperationLog} does both). Bytes that are not published
 * that way may change while they are read.
 *
 * <p>Any thread may read; one at a time writes. After {@link #close} nothing may be called; whoever closes has made
 * sure that nobody is inside.
 */
public interface Journal extends AutoCloseable {
    /** {@return how many bytes fit} */
    int capacity();

    /**
     * Gets ready to be read and written, so that neither has to load anything while others wait. Slow the first time, then
     * nothing.
     */
    default void prepare() {}

    /**
     * Writes bytes; allocates nothing.
     *
     * @param position of the first byte in the journal.
     * @param source private memory to write from.
     * @param offset of the first byte in the source.
     * @param length in bytes.
     * @throws IndexOutOfBoundsException if either stretch is not wholly within its bounds; nothing was written.
     * @throws IllegalStateException if the journal is closed.
     */
    void write(int position, DirectBuffer source, int offset, int length);

    /**
     * Reads bytes; allocates nothing.
     *
     * @param position of the first byte in the journal.
     * @param into private memory to read into.
     * @param offset where the first byte goes.
     * @param length in bytes.
     * @throws IndexOutOfBoundsException if either stretch is not wholly within its bounds; nothing was read.
     * @throws IllegalStateException if the journal is closed.
     */
    void read(int position, MutableDirectBuffer into, int offset, int length);

    /** {@return what errors call the journal: a path if it has one} */
    default String name() {
        return "operations.journal";
    }

    /** Lets go of the journal's memory; closing again does nothing. */
    @Override
    void close();
}
