package dev.lockstep.broadcast;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.Layout;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A log over memory, a committed sequence, and payloads that tell which operation they belong to. */
final class LogFixture {
    static final int RING_BYTES = 4096;
    static final int MAX_FRAME = RING_BYTES / 8;

    final Layout layout;
    final DyingBuffer linker;
    final Journal journal;
    final OperationLog log;
    final FrameCodec codec = new FrameCodec();
    final UnsafeBuffer into = new UnsafeBuffer(new byte[MAX_FRAME]);
    private final ExpandableArrayBuffer frames = new ExpandableArrayBuffer();

    LogFixture(final int journalBytes) {
        this(new MemoryJournal(journalBytes));
    }

    LogFixture(final Journal journal) {
        this.journal = journal;
        layout = new Layout(
                new Capacities(1, 4, 4, 4, 1024, 4, 1, 0, RING_BYTES, 4096, Math.max(4096, journal.capacity())));
        linker = new DyingBuffer(layout.fileLength());
        log = new OperationLog(linker, layout, journal);
    }

    /** The fixture's stand-in for the control word: the sequence alone. */
    long committed() {
        return linker.getLongVolatile(layout.control() + ControlDescriptor.WORD_OFFSET);
    }

    void commit(final long sequence) {
        linker.putLongVolatile(layout.control() + ControlDescriptor.WORD_OFFSET, sequence);
    }

    /** Bytes of the payload that the operation of a sequence has: 0 to 200, then up to the longest. */
    static int payloadLength(final long sequence) {
        final int mixed = (int) ((sequence * 0x9E3779B97F4A7C15L) >>> 33);
        return sequence % 16 == 0 ? MAX_FRAME - Frame.HEADER_LENGTH : mixed % 200;
    }

    /**
     * Encodes the frames of a batch into {@link #frames()}.
     *
     * @return bytes of all of them.
     */
    int encode(final long first, final int count) {
        int length = 0;
        for (long sequence = first; sequence < first + count; sequence++) {
            length += Frame.paddedLength(encodeAt(length, sequence, payloadLength(sequence)));
        }
        return length;
    }

    int encodeAt(final int offset, final long sequence, final int payload) {
        for (int i = 0; i < payload; i++) {
            frames.putByte(offset + Frame.HEADER_LENGTH + i, payloadByte(sequence, i));
        }
        frames.setMemory(offset + Frame.HEADER_LENGTH + payload, Long.BYTES, (byte) 0); // room for the padding
        return codec.encode(frames, offset, sequence, payload);
    }

    ExpandableArrayBuffer frames() {
        return frames;
    }

    static byte payloadByte(final long sequence, final int index) {
        return (byte) (sequence * 31 + index);
    }

    /** Runs an operation from beginning to end. */
    void broadcast(final int count) {
        final long committed = committed();
        final int length = encode(committed + 1, count);
        log.append(committed, committed + count, frames, 0, length);
        commit(committed + count);
        log.transmit(0, frames, 0, length);
    }

    static boolean isOperation(final DirectBuffer frame, final long sequence) {
        boolean same = Frame.sequence(frame, 0) == sequence && Frame.payloadLength(frame, 0) == payloadLength(sequence);
        for (int i = 0; same && i < payloadLength(sequence); i++) {
            same = frame.getByte(Frame.HEADER_LENGTH + i) == payloadByte(sequence, i);
        }
        return same;
    }
}
