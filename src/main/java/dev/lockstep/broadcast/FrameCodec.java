package dev.lockstep.broadcast;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Makes a payload into a {@link Frame} and tells an intact frame from a torn one.
 *
 * <p>Holds a checksum and the scratch for it, so it belongs to one thread at a time. Allocates nothing after it is
 * made.
 */
public final class FrameCodec {
    private static final int SCRATCH_LENGTH = 2048;

    private final CRC32C crc = new CRC32C();
    private final byte[] scratch = new byte[SCRATCH_LENGTH];

    /** Makes a codec. */
    public FrameCodec() {}

    /**
     * Puts the header before a payload and the padding behind it, in place.
     *
     * @param buffer that holds the payload at {@code offset + } {@link Frame#HEADER_LENGTH} and has room for the
     * padding.
     * @param offset where the frame begins; a multiple of {@link Frame#ALIGNMENT} if frames are to lie one after
     * another.
     * @param sequence of the operation, from 1.
     * @param payloadLength bytes of the payload.
     * @return bytes of the frame, without padding.
     * @throws IllegalArgumentException if the sequence or the length cannot be one; nothing was written.
     */
    public int encode(
            final MutableDirectBuffer buffer, final int offset, final long sequence, final int payloadLength) {
        if (sequence < 1) {
            throw new IllegalArgumentException("sequences begin with 1: sequence=" + sequence);
        }
        if (payloadLength < 0 || payloadLength > Integer.MAX_VALUE - Frame.HEADER_LENGTH - Frame.ALIGNMENT) {
            throw new IllegalArgumentException("not the length of a payload: length=" + payloadLength);
        }
        final int length = Frame.frameLength(payloadLength);
        final int padded = Frame.paddedLength(length);
        buffer.boundsCheck(offset, padded);
        buffer.setMemory(offset + length, padded - length, (byte) 0);
        buffer.putLong(offset + Frame.SEQUENCE_OFFSET, sequence, LITTLE_ENDIAN);
        buffer.putInt(offset + Frame.LENGTH_OFFSET, length, LITTLE_ENDIAN);
        buffer.putInt(offset + Frame.CRC_OFFSET, checksum(buffer, offset, length), LITTLE_ENDIAN);
        return length;
    }

    /**
     * Whether a frame lies here, whole and with the checksum that it was given.
     *
     * @param buffer a private copy: what is checked here must not change afterwards.
     * @param offset where the frame begins.
     * @param available bytes that it may take at most; they lie within the buffer.
     * @return false if it is shorter than a header, longer than what is available, or torn.
     */
    public boolean isIntact(final DirectBuffer buffer, final int offset, final int available) {
        if (available < Frame.HEADER_LENGTH) {
            return false;
        }
        buffer.boundsCheck(offset, available);
        final int length = Frame.length(buffer, offset);
        return length >= Frame.HEADER_LENGTH
                && length <= available
                && buffer.getInt(offset + Frame.CRC_OFFSET, LITTLE_ENDIAN) == checksum(buffer, offset, length);
    }

    private int checksum(final DirectBuffer buffer, final int offset, final int length) {
        final int begin = offset + Frame.SEQUENCE_OFFSET;
        final int bytes = length - Frame.SEQUENCE_OFFSET;
        final byte[] array = buffer.byteArray();
        crc.reset();
        if (array != null) {
            crc.update(array, buffer.wrapAdjustment() + begin, bytes);
        } else {
            for (int done = 0; done < bytes; done += SCRATCH_LENGTH) {
                final int chunk = Math.min(SCRATCH_LENGTH, bytes - done);
                buffer.getBytes(begin + done, scratch, 0, chunk);
                crc.update(scratch, 0, chunk);
            }
        }
        return (int) crc.getValue();
    }
}
