package dev.lockstep.broadcast;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

/**
 * Layout of a frame: one operation as it lies in the journal and in the ring.
 *
 * <pre>
 *    0  int   length      of the frame in bytes, this header included, the padding not
 *    4  int   crc         CRC-32C of the bytes from 8 to length
 *    8  long  sequence    place of the operation in the order of all operations, from 1
 *   16  payload
 *    …  zeros, to the next multiple of 8
 * </pre>
 *
 * <p>Little-endian. A frame of zeros is no frame, since a length is at least {@link #HEADER_LENGTH}. The length lies
 * outside of the checksum but not out of its reach: another length is the checksum of other bytes.
 *
 * <p>The accessors look at memory as it is and check nothing. They are for a private copy that a {@link FrameCodec} has
 * found intact, never for shared memory.
 */
public final class Frame {
    /** Offset of the length. */
    public static final int LENGTH_OFFSET = 0;

    /** Offset of the checksum. */
    public static final int CRC_OFFSET = 4;

    /** Offset of the sequence, and of the first byte that the checksum covers. */
    public static final int SEQUENCE_OFFSET = 8;

    /** Offset of the payload; bytes before it. */
    public static final int HEADER_LENGTH = 16;

    /** Frames begin on multiples of this, in bytes. */
    public static final int ALIGNMENT = 8;

    private Frame() {}

    /**
     * {@return bytes of the frame, without padding}
     *
     * @param payloadLength bytes of its payload.
     */
    public static int frameLength(final int payloadLength) {
        return HEADER_LENGTH + payloadLength;
    }

    /**
     * {@return bytes from the beginning of a frame to the next}
     *
     * @param frameLength bytes of the frame.
     */
    public static int paddedLength(final int frameLength) {
        return BitUtil.align(frameLength, ALIGNMENT);
    }

    /**
     * {@return bytes of a frame, without padding}
     *
     * @param buffer that holds it.
     * @param offset of the frame.
     */
    public static int length(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * {@return sequence of a frame}
     *
     * @param buffer that holds it.
     * @param offset of the frame.
     */
    public static long sequence(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SEQUENCE_OFFSET, LITTLE_ENDIAN);
    }

    /**
     * {@return bytes of a frame's payload}
     *
     * @param buffer that holds it.
     * @param offset of the frame.
     */
    public static int payloadLength(final DirectBuffer buffer, final int offset) {
        return length(buffer, offset) - HEADER_LENGTH;
    }
}
