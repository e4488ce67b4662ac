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
    private boolean takesAway;
    private int lengthBefore;
    private int longestBefore;
    private int tableLengthBefore;
    private boolean takesAwayBefore;

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
     * @param isTakingAway whether it takes something away.
     */
    void add(final long sequence, final int payloadLength, final int tableLengthAfter, final boolean isTakingAway) {
        final int frameLength = codec.encode(frames, length, sequence, payloadLength);
        lengthBefore = length;
        longestBefore = longest;
        tableLengthBefore = tableLength;
        takesAwayBefore = takesAway;
        longest = Math.max(longest, frameLength);
        length += Frame.paddedLength(frameLength);
        count++;
        tableLength = tableLengthAfter;
        takesAway |= isTakingAway;
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
        takesAway = takesAwayBefore;
        count--;
        wrapPayload();
    }

    void clear() {
        length = 0;
        longest = 0;
        count = 0;
        takesAway = false;
        wrapPayload();
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

    boolean isTakingAway() {
        return takesAway;
    }
}
