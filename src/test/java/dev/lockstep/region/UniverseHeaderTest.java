package dev.lockstep.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.UniverseException.Reason;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UniverseHeaderTest {
    private static final Path FILE = Path.of("/somewhere/linker.dat");
    private static final UniverseHeader HEADER = new UniverseHeader(
            new UUID(1, 2),
            new BootId(3, 4),
            5,
            6,
            7,
            8,
            ConstructorPolicy.CONTINUE,
            new Capacities(3, 5, 7, 11, 1 << 11, 13, 17, 19, 1 << 13, 1 << 14, 1 << 15));

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[HeaderDescriptor.LENGTH]);

    @BeforeEach
    void encode() {
        HEADER.encode(buffer);
    }

    @Test
    void shouldReadWhatWasWritten() throws UniverseException {
        assertEquals(HEADER, UniverseHeader.decode(buffer, FILE));
    }

    @Test
    void shouldBeginWithName() {
        assertEquals("LOCKSTEP", buffer.getStringWithoutLengthAscii(0, 8));
    }

    @Test
    void shouldNameFileAndReasonWhenMagicIsWrong() {
        buffer.putByte(0, (byte) 'l');
        final UniverseException refusal = refusal();
        assertEquals(Reason.NO_MAGIC, refusal.reason());
        assertEquals(FILE, refusal.file());
        assertTrue(refusal.getMessage().contains("file=" + FILE), refusal.getMessage());
    }

    @Test
    void shouldRefuseWhenAnyBitUpToTheChecksumIsFlipped() {
        for (int bit = 0; bit < (HeaderDescriptor.CHECKSUM_OFFSET + Long.BYTES) * Byte.SIZE; bit++) {
            final int index = bit / Byte.SIZE;
            final byte before = buffer.getByte(index);
            buffer.putByte(index, (byte) (before ^ 1 << bit % Byte.SIZE));
            final Reason expected = index < Long.BYTES ? Reason.NO_MAGIC : Reason.DAMAGED_HEADER;
            assertEquals(expected, refusal().reason(), "bit=" + bit);
            buffer.putByte(index, before);
        }
    }

    @Test
    void shouldRefuseWhenMajorVersionIsAnotherOne() {
        buffer.putLong(HeaderDescriptor.VERSION_OFFSET, HeaderDescriptor.MAJOR + 1, ByteOrder.LITTLE_ENDIAN);
        sign();
        assertEquals(Reason.OTHER_LAYOUT, refusal().reason());
    }

    @Test
    void shouldAcceptWhenOnlyMinorVersionIsAnotherOne() throws UniverseException {
        buffer.putLong(HeaderDescriptor.VERSION_OFFSET, HeaderDescriptor.MAJOR | 9L << 16, ByteOrder.LITTLE_ENDIAN);
        sign();
        assertEquals(HEADER, UniverseHeader.decode(buffer, FILE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void shouldRefuseWhenCapacityIsOutOfRange(final int capacity) {
        buffer.putInt(HeaderDescriptor.CAPACITIES_OFFSET + capacity * Integer.BYTES, -1, ByteOrder.LITTLE_ENDIAN);
        sign();
        assertEquals(Reason.BAD_CAPACITIES, refusal().reason());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 4096, 1L << 40})
    void shouldRefuseWhenLengthDoesNotFollowFromCapacities(final long length) {
        buffer.putLong(HeaderDescriptor.FILE_LENGTH_OFFSET, length, ByteOrder.LITTLE_ENDIAN);
        sign();
        assertEquals(Reason.WRONG_LENGTH, refusal().reason());
    }

    private void sign() {
        final CRC32C crc = new CRC32C();
        crc.update(buffer.byteArray(), 0, HeaderDescriptor.CHECKSUM_OFFSET);
        buffer.putLong(HeaderDescriptor.CHECKSUM_OFFSET, crc.getValue(), ByteOrder.LITTLE_ENDIAN);
    }

    private UniverseException refusal() {
        return assertThrows(UniverseException.class, () -> UniverseHeader.decode(buffer, FILE));
    }
}
