package dev.lockstep.broadcast;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * All operations in order: the one place that puts journal, end cells and ring together.
 *
 * <p>For the lease owner, in the order of the protocol, with k the committed sequence and n operations in the batch:
 * <ol>
 *   <li>{@link #checkRoom} before anything is changed;
 *   <li>{@link #append}: the frames into the journal, then the end cell;
 *   <li>{@link #transmit}: the frames into the ring, in the name of a round; or after the commit. Whoever adopts a committed operation has not the
 *       frames at hand and calls {@link #retransmit}, which takes them from the journal;
 *   <li>the commit, k to k+n in the control word, by the caller.
 * </ol>
 * Each step may be run again, by who began it or by an adopter, and then leaves what it left the first time; a batch
 * that was appended and not committed is overwritten by the next.
 *
 * <p>For every group a {@link LogCursor}, and {@link #end} for who wants to know.
 *
 * <p>The lease orders the owners' calls one after another, also those of different threads and JVMs. Reading is
 * thread-safe. Every {@code committedSequence} comes from an acquire or volatile load of the control word.
 *
 * <p>Ordering: the journal's bytes are plain stores, published by the end cell's release stores (see
 * {@link JournalEnds}) and by the commit after them; readers acquire one or both before they read.
 */
public final class OperationLog {
    /** Answer of {@link #end} and of {@link LogCursor#read}: operations have been committed since, look again. */
    public static final int MOVED_ON = -1;

    /** In place of a round: do not look into the ring. */
    public static final long NO_ROUND = -1;

    private static final String LINKER_FILE = "linker.dat";

    private final Journal journal;
    private final JournalEnds ends;
    private final OperationRing ring;
    private final FrameCodec ownersCodec = new FrameCodec();
    private final int control;

    /**
     * Puts the log together.
     *
     * @param linker memory of the whole of {@code linker.dat}.
     * @param layout of it.
     * @param journal that belongs to it; not closed by this class.
     */
    public OperationLog(final SharedBuffer linker, final Layout layout, final Journal journal) {
        this.journal = journal;
        control = layout.control();
        ends = new JournalEnds(linker.view(control, ControlDescriptor.LENGTH));
        ring = new OperationRing(linker.view(layout.ring(), layout.ringLength()));
    }

    /** {@return bytes of the longest frame, and what a buffer that is read into must hold} */
    public int maxFrameLength() {
        return ring.maxFrameLength();
    }

    /** {@return bytes of the journal} */
    public int capacity() {
        return journal.capacity();
    }

    /**
     * Where the journal ends.
     *
     * @param committedSequence from the control word.
     * @return bytes of all frames up to that sequence, with their padding; {@link #MOVED_ON} if the control word says
     *     more by now.
     * @throws JournalCorruptException if the end cell names no place in the journal.
     */
    public int end(final long committedSequence) {
        final long end = ends.end(committedSequence);
        return end == JournalEnds.NOT_HELD ? MOVED_ON : checkedEnd(end, 0);
    }

    private int checkedEnd(final long end, final int least) {
        if (end < least || end > journal.capacity() || (end & (Frame.ALIGNMENT - 1)) != 0) {
            throw corruptCells("end", end);
        }
        return (int) end;
    }

    private JournalCorruptException corruptCells(final String word, final long found) {
        return new JournalCorruptException(
                LINKER_FILE,
                control + (long) ControlDescriptor.END_CELL_OFFSET,
                "control region, end cells, " + word,
                found == JournalEnds.INVALID ? "no position" : Long.toString(found));
    }

    private int ownersEnd(final long committedSequence) {
        final int end = end(committedSequence);
        if (end == MOVED_ON) {
            throw cellsLost(committedSequence);
        }
        return end;
    }

    /** The cells hold something else than the sequence which is committed for certain. */
    JournalCorruptException cellsLost(final long committedSequence) {
        return corruptCells("sequence", committedSequence);
    }

    /**
     * How much the journal still takes. For the lease owner.
     *
     * @param committedSequence from the control word.
     * @return bytes, padding included.
     * @throws JournalCorruptException if the end cells are damaged.
     */
    public int capacityLeft(final long committedSequence) {
        return journal.capacity() - ownersEnd(committedSequence);
    }

    /** Gets the journal ready to be written: slow the first time, then nothing. From any thread, whoever owns the lease. */
    public void prepare() {
        journal.prepare();
    }

    /**
     * Checks that one more operation fits, and that the journal is ready. For the lease owner, before anything is changed.
     *
     * @param committedSequence from the control word.
     * @param frameLength bytes of its frame, without padding.
     * @throws CapacityExceededException naming {@code ringBytes} (too long for a message) or {@code journalBytes}.
     * @throws JournalCorruptException if the end cells are damaged.
     */
    public void checkRoom(final long committedSequence, final int frameLength) {
        checkRoom(committedSequence, frameLength, Frame.paddedLength(frameLength));
    }

    /**
     * Checks that a batch fits. For the lease owner, before anything is changed.
     *
     * @param committedSequence from the control word.
     * @param longestFrame bytes of the longest frame, without padding.
     * @param allFrames bytes of all frames, each with its padding.
     * @throws CapacityExceededException naming {@code ringBytes} (too long for a message) or {@code journalBytes}.
     * @throws JournalCorruptException if the end cells are damaged.
     */
    public void checkRoom(final long committedSequence, final int longestFrame, final int allFrames) {
        journal.prepare();
        if (longestFrame > ring.maxFrameLength()) {
            throw new CapacityExceededException("ringBytes", ring.capacity());
        }
        if (allFrames > capacityLeft(committedSequence)) {
            throw new CapacityExceededException("journalBytes", journal.capacity());
        }
    }

    /**
     * Records a batch: its frames into the journal, then where the journal ends with them. For the lease owner, before
     * the commit; idempotent as long as it is not committed.
     *
     * @param committedSequence from the control word.
     * @param newSequence that the commit will set: the sequence of the last frame.
     * @param frames private memory with the frames of sequences {@code committedSequence + 1} to {@code newSequence},
     *     one after another, each encoded by {@link FrameCodec#encode} and with its padding.
     * @param offset of the first frame.
     * @param length of all of them, padding included, in bytes.
     * @return where the journal ends once they are committed.
     * @throws IllegalArgumentException if the frames are not those; nothing was written.
     * @throws CapacityExceededException as {@link #checkRoom(long, int)}; nothing was written.
     * @throws JournalCorruptException if the end cells are damaged; nothing was written.
     */
    public int append(
            final long committedSequence,
            final long newSequence,
            final DirectBuffer frames,
            final int offset,
            final int length) {
        final int longest = longestFrame(frames, offset, length, committedSequence + 1, newSequence);
        checkRoom(committedSequence, longest, length);
        final int position = ownersEnd(committedSequence);
        journal.write(position, frames, offset, length);
        final int end = position + length;
        if (!ends.record(committedSequence, newSequence, end)) {
            throw cellsLost(committedSequence);
        }
        return end;
    }

    private static int longestFrame(
            final DirectBuffer frames, final int offset, final int length, final long first, final long last) {
        frames.boundsCheck(offset, length);
        int longest = 0;
        int done = 0;
        long sequence = first;
        while (length - done >= Frame.HEADER_LENGTH && sequence <= last) {
            final int frameLength = Frame.length(frames, offset + done);
            if (frameLength < Frame.HEADER_LENGTH
                    || frameLength > length - done
                    || Frame.sequence(frames, offset + done) != sequence) {
                break;
            }
            longest = Math.max(longest, frameLength);
            done += Frame.paddedLength(frameLength);
            sequence++;
        }
        if (done != length || sequence != last + 1 || last < first) {
            throw new IllegalArgumentException("not the frames of a batch: first=" + first + " last=" + last + " bytes="
                    + length + " wrong from sequence=" + sequence + " byte=" + done);
        }
        return longest;
    }

    /**
     * Puts the frames of a batch into the ring: before its commit if its round is nobody else's from now on, whether or not
     * there is a commit; else after. For the lease owner; doing it again does no harm.
     *
     * @param round of the operation: frames that are never committed are told by it from those that are.
     * @param frames as given to {@link #append}.
     * @param offset of the first frame.
     * @param length of all of them, padding included, in bytes.
     */
    public void transmit(final long round, final DirectBuffer frames, final int offset, final int length) {
        frames.boundsCheck(offset, length);
        int done = 0;
        while (done < length) {
            final int frameLength = Frame.length(frames, offset + done);
            if (frameLength < Frame.HEADER_LENGTH || frameLength > length - done) {
                throw new IllegalArgumentException("not a frame: length=" + frameLength + " byte=" + done);
            }
            ring.transmit(round, frames, offset + done, frameLength);
            done += Frame.paddedLength(frameLength);
        }
    }

    /**
     * Puts the frames of the newest committed batch into the ring, taken from the journal: what an adopter does first.
     * For the lease owner, after the commit and before the next {@link #append}.
     *
     * @param round from the control word.
     * @param committedSequence from the control word; not 0.
     * @param scratch holds at least {@link #maxFrameLength()}.
     * @param transmitted is shown each frame, in order, as it lies at the beginning of the scratch.
     * @return how many frames.
     * @throws JournalCorruptException if the end cells or the frames are damaged.
     */
    public int retransmit(
            final long round,
            final long committedSequence,
            final MutableDirectBuffer scratch,
            final Consumer<? super DirectBuffer> transmitted) {
        checkRoomFor(scratch);
        final int end = ownersEnd(committedSequence);
        int position = checkedEnd(ends.previousEnd(committedSequence), 0);
        if (position >= end) {
            throw corruptCells("end", position);
        }
        int count = 0;
        long sequence = 0;
        while (position < end) {
            final int length = readFrame(ownersCodec, position, end, scratch);
            final long found = Frame.sequence(scratch, 0);
            if (found > committedSequence || (sequence != 0 && found != sequence + 1)) {
                throw corrupt(position, "sequence", found);
            }
            sequence = found;
            ring.transmit(round, scratch, 0, length);
            transmitted.accept(scratch);
            position += Frame.paddedLength(length);
            count++;
        }
        if (sequence != committedSequence) {
            throw corrupt(position, "sequence", sequence);
        }
        return count;
    }

    /** {@return a place at the very beginning: nothing read, everything to come} */
    public LogCursor cursor() {
        return new LogCursor(this, ring.reader());
    }

    /** Copies the frame at a position and checks all but its sequence. The end was checked by {@link #checkedEnd}. */
    int readFrame(final FrameCodec codec, final int position, final int end, final MutableDirectBuffer into) {
        if (end - position < Frame.HEADER_LENGTH) {
            throw corruptCells("end", end);
        }
        journal.read(position, into, 0, Frame.HEADER_LENGTH);
        final int length = Frame.length(into, 0);
        if (length < Frame.HEADER_LENGTH || length > ring.maxFrameLength() || length > end - position) {
            throw corrupt(position, "length", length);
        }
        journal.read(position + Frame.HEADER_LENGTH, into, Frame.HEADER_LENGTH, length - Frame.HEADER_LENGTH);
        if (!codec.isIntact(into, 0, length)) {
            throw corrupt(position, "crc", into.getInt(Frame.CRC_OFFSET));
        }
        return length;
    }

    JournalCorruptException corrupt(final int position, final String word, final long found) {
        return new JournalCorruptException(journal.name(), position, word, Long.toString(found));
    }

    void checkRoomFor(final MutableDirectBuffer into) {
        if (into.capacity() < ring.maxFrameLength()) {
            throw new IllegalArgumentException(
                    "buffer is too small for a frame: bytes=" + into.capacity() + " needed=" + ring.maxFrameLength());
        }
    }
}
