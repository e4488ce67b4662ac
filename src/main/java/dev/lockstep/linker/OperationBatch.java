package dev.lockstep.linker;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.broadcast.FrameCodec;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The operations that are broadcast with one commit: their frames, one after another, in private memory. Allocates only
 * while it holds more than ever before.
 *
 * <p>Confined to its group's thread.
 */
final class OperationBatch {
    private final FrameCodec codec = new FrameCodec();
    private final int longestPadded;
    private final UnsafeBuffer frames;
    private final UnsafeBuffer payload;
    private int length;
    private int longest;
    private int count;
    private int tableLength;
    private int kinds;
    private int lengthBefore;
    private int longestBefore;
    private int tableLengthBefore;
    private int kindsBefore;

    OperationBatch(final int maxFrameLength) {
        longestPadded = Frame.paddedLength(maxFrameLength);
        frames = new UnsafeBuffer(new byte[longestPadded]);
        payload = new UnsafeBuffer(frames, Frame.HEADER_LENGTH, longestPadded - Frame.HEADER_LENGTH);
    }

    /** Where the next operation is encoded, before {@link #add}. */
    MutableDirectBuffer payload() {
        return payload;
    }

    /**
     * Takes what was encoded in {@link #payload} as the next operation.
     *
     * @param sequence that it will have.
     * @param payloadLength of it.
     * @param tableLengthAfter of every function table after it.
     * @param kind of it.
     */
    void add(final long sequence, final int payloadLength, final int tableLengthAfter, final int kind) {
        final int frameLength = codec.encode(frames, length, sequence, payloadLength);
        lengthBefore = length;
        longestBefore = longest;
        tableLengthBefore = tableLength;
        kindsBefore = kinds;
        longest = Math.max(longest, frameLength);
        length += Frame.paddedLength(frameLength);
        count++;
        tableLength = tableLengthAfter;
        kinds |= 1 << kind;
        if (frames.capacity() - length < longestPadded) {
            final byte[] larger = new byte[2 * length + longestPadded];
            frames.getBytes(0, larger, 0, length);
            frames.wrap(larger);
        }
        wrapPayload();
    }

    /** Takes the operation back that was added last; once. */
    void removeLast() {
        length = lengthBefore;
        longest = longestBefore;
        tableLength = tableLengthBefore;
        kinds = kindsBefore;
        count--;
        wrapPayload();
    }

    void clear() {
        if (count != 0) {
            length = 0;
            longest = 0;
            count = 0;
            kinds = 0;
            wrapPayload();
        }
    }

    private void wrapPayload() {
        payload.wrap(frames, length + Frame.HEADER_LENGTH, longestPadded - Frame.HEADER_LENGTH);
    }

    DirectBuffer frames() {
        return frames;
    }

    /** Bytes of all frames, padding included. */
    int length() {
        return length;
    }

    /** Bytes of the longest frame, without padding. */
    int longest() {
        return longest;
    }

    int count() {
        return count;
    }

    /** Length of every function table after the operations; only if there are any. */
    int tableLength() {
        return tableLength;
    }

    /** Whether a module is taken out, or a slot's function replaced: what a group must not go on without. */
    boolean isTakingAway() {
        return (kinds & (1 << OperationFlyweight.RETIRE_MODULE | 1 << OperationFlyweight.PREPARE_CLOSURE)) != 0;
    }

    /** Whether modules are registered. */
    boolean isRegistering() {
        return (kinds & 1 << OperationFlyweight.LOAD_MODULES) != 0;
    }
}
