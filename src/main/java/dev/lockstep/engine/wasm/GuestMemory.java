package dev.lockstep.engine.wasm;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.region.MappedBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The guest's linear memory as the host sees it: for functions of the host's and for who calls the guest. Every access is
 * checked against the memory's length at that moment; plain loads and stores, little-endian, at any alignment.
 */
public final class GuestMemory {
    private final LinearMemoryFile file;
    private final MappedBuffer memory;

    /**
     * Looks at a memory.
     *
     * @param file that holds it.
     */
    public GuestMemory(final LinearMemoryFile file) {
        this.file = file;
        memory = file.linear();
    }

    private int at(final int address, final int bytes) {
        final int length = file.length();
        if (address < 0 || bytes < 0 || address > length - bytes) {
            throw new IndexOutOfBoundsException("not in the guest's memory: address=" + Integer.toUnsignedLong(address)
                    + " bytes=" + Integer.toUnsignedLong(bytes) + " length=" + length);
        }
        return address;
    }

    /** {@return pages of 64 KiB that the memory has now} */
    public int pages() {
        return file.length() / LinearMemoryPlan.PAGE;
    }

    /**
     * Grows the memory.
     *
     * @param pages to add.
     * @return pages before, or −1 if there is no room.
     */
    public int grow(final int pages) {
        return file.grow(pages);
    }

    /**
     * {@return a byte}
     *
     * @param address of it.
     */
    public byte readByte(final int address) {
        return memory.getByte(at(address, Byte.BYTES));
    }

    /**
     * {@return an i32}
     *
     * @param address of it.
     */
    public int readInt(final int address) {
        return memory.getInt(at(address, Integer.BYTES), LITTLE_ENDIAN);
    }

    /**
     * {@return an i64}
     *
     * @param address of it.
     */
    public long readLong(final int address) {
        return memory.getLong(at(address, Long.BYTES), LITTLE_ENDIAN);
    }

    /**
     * {@return a copy of some bytes}
     *
     * @param address of the first one.
     * @param bytes number of them.
     */
    public byte[] readBytes(final int address, final int bytes) {
        at(address, bytes);
        final byte[] copy = new byte[bytes];
        memory.getBytes(address, copy);
        return copy;
    }

    /**
     * {@return a text in UTF-8 that ends before a zero byte}
     *
     * @param address of its first byte.
     */
    public String readString(final int address) {
        int end = address;
        while (readByte(end) != 0) {
            end++;
        }
        return new String(readBytes(address, end - address), StandardCharsets.UTF_8);
    }

    /**
     * Writes an i32.
     *
     * @param address of it.
     * @param value of it.
     */
    public void writeInt(final int address, final int value) {
        memory.putInt(at(address, Integer.BYTES), value, LITTLE_ENDIAN);
    }

    /**
     * Writes an i64.
     *
     * @param address of it.
     * @param value of it.
     */
    public void writeLong(final int address, final long value) {
        memory.putLong(at(address, Long.BYTES), value, LITTLE_ENDIAN);
    }

    /**
     * Writes some bytes.
     *
     * @param address of the first one.
     * @param source that holds them.
     * @param offset of the first one there.
     * @param bytes number of them.
     */
    public void writeBytes(final int address, final byte[] source, final int offset, final int bytes) {
        memory.putBytes(at(address, bytes), source, offset, bytes);
    }

    /**
     * Writes zeros.
     *
     * @param address of the first one.
     * @param bytes number of them.
     */
    public void clear(final int address, final int bytes) {
        memory.setMemory(at(address, bytes), bytes, (byte) 0);
    }
}
