package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FrameCodecTest {
    private final FrameCodec codec = new FrameCodec();

    @Test
    void shouldLayOutFrameAsDocumented() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
        buffer.setMemory(0, 64, (byte) 0x55);
        buffer.putByte(8 + 16, (byte) 1);
        buffer.putByte(8 + 17, (byte) 2);
        buffer.putByte(8 + 18, (byte) 3);

        assertEquals(19, codec.encode(buffer, 8, 0x0102030405L, 3));

        final ByteBuffer expected = ByteBuffer.allocate(24).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        expected.putLong(8, 0x0102030405L).put(16, (byte) 1).put(17, (byte) 2).put(18, (byte) 3);
        final CRC32C crc = new CRC32C();
        crc.update(expected.array(), 8, 11);
        expected.putInt(0, 19).putInt(4, (int) crc.getValue());
        final byte[] actual = new byte[24];
        buffer.getBytes(8, actual);
        assertEquals(expected, ByteBuffer.wrap(actual));
        assertEquals(0x55, buffer.getByte(7));
        assertEquals(0x55, buffer.getByte(32));
        assertEquals(19, Frame.length(buffer, 8));
        assertEquals(3, Frame.payloadLength(buffer, 8));
        assertEquals(0x0102030405L, Frame.sequence(buffer, 8));
        assertEquals(24, Frame.paddedLength(19));
        assertTrue(codec.isIntact(buffer, 8, 19));
    }

    @Test
    void shouldGiveSameFrameOnHeapAndOffHeap() {
        final UnsafeBuffer heap = new UnsafeBuffer(new byte[8192], 8, 8000);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(8000));
        for (int payload = 0; payload < 7000; payload += 333) {
            for (int i = 0; i < payload; i++) {
                heap.putByte(16 + i, (byte) (i * 7));
                direct.putByte(16 + i, (byte) (i * 7));
            }
            final int length = codec.encode(heap, 0, 5, payload);
            assertEquals(length, codec.encode(direct, 0, 5, payload));
            assertEquals(heap.getLong(0), direct.getLong(0));
            assertTrue(codec.isIntact(heap, 0, length));
            assertTrue(codec.isIntact(direct, 0, length));
        }
    }

    @Test
    void shouldRefuseFrameWhenAnyBitIsFlipped() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);
        buffer.setMemory(16, 40, (byte) 0x5A);
        final int length = codec.encode(buffer, 0, 77, 40);
        for (int bit = 0; bit < length * 8; bit++) {
            final byte before = buffer.getByte(bit / 8);
            buffer.putByte(bit / 8, (byte) (before ^ 1 << bit % 8));
            assertFalse(codec.isIntact(buffer, 0, 128), "bit " + bit);
            buffer.putByte(bit / 8, before);
        }
        assertTrue(codec.isIntact(buffer, 0, 128));
    }

    @Test
    void shouldRefuseFrameWhenItIsLongerThanAvailableOrNoFrameAtAll() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);
        assertFalse(codec.isIntact(buffer, 0, 128));
        final int length = codec.encode(buffer, 0, 1, 30);
        assertFalse(codec.isIntact(buffer, 0, length - 1));
        assertFalse(codec.isIntact(buffer, 0, 15));
        assertTrue(codec.isIntact(buffer, 0, length));
        for (final int wrong : new int[] {Integer.MIN_VALUE, -1, 0, 15, 129, Integer.MAX_VALUE}) {
            buffer.putInt(0, wrong);
            assertFalse(codec.isIntact(buffer, 0, 128));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> codec.isIntact(buffer, 100, 40));
    }

    @Test
    void shouldWriteNothingWhenFrameCannotBe() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[32]);
        assertThrows(IllegalArgumentException.class, () -> codec.encode(buffer, 0, 0, 4));
        assertThrows(IllegalArgumentException.class, () -> codec.encode(buffer, 0, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> codec.encode(buffer, 0, 1, Integer.MAX_VALUE - 16));
        assertThrows(IndexOutOfBoundsException.class, () -> codec.encode(buffer, 0, 1, 17));
        assertEquals(new UnsafeBuffer(new byte[32]), buffer);
    }
}
