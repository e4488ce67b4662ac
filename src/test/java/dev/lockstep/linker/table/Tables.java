package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.Layout;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.RedoDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import java.util.Arrays;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.function.Executable;

/** The tables of a universe of its own, and what the tests do with them. */
final class Tables {
    static final Capacities SMALL = new Capacities(1, 1, 8, 12, 1 << 10, 6, 3, 0, 1 << 12, 1 << 13, 1 << 12);

    final Layout layout;
    final SharedBuffer buffer;
    final LinkerTables file;
    final TableTransaction transaction;
    final TableWriter writer;

    Tables() {
        this(SMALL);
    }

    Tables(final Capacities capacities) {
        layout = new Layout(capacities);
        buffer = new MappedBuffer(BufferUtil.allocateDirectAligned(layout.fileLength(), 64));
        file = new LinkerTables(buffer, layout);
        transaction = new TableTransaction(buffer, layout);
        writer = new TableWriter(transaction);
    }

    /** Another one with the same bytes. */
    Tables copy() {
        final Tables copy = new Tables(layout.capacities());
        copy.buffer.putBytes(0, bytes());
        return copy;
    }

    Tables begin() {
        transaction.begin();
        return this;
    }

    void commit() {
        transaction.publish(0);
        transaction.apply();
        transaction.invalidate();
    }

    int register(final String name) {
        return writer.registerModule(
                name, "/lib/" + name, hash(name.length()), 1024, 64, 3, 5, 7, ModuleStates.DATA, 2);
    }

    static byte[] hash(final int seed) {
        final byte[] hash = new byte[32];
        for (int i = 0; i < hash.length; i++) {
            hash[i] = (byte) (seed * 31 + i);
        }
        return hash;
    }

    int tablesLength() {
        return TableDescriptor.length(layout.capacities());
    }

    /** Bytes of the whole file. */
    byte[] bytes() {
        return bytes(0, layout.fileLength());
    }

    byte[] tableBytes() {
        return bytes(layout.tables(), tablesLength());
    }

    byte[] redoBytes() {
        return bytes(
                layout.redo(),
                RedoDescriptor.HEADER_LENGTH + layout.capacities().redoBytes());
    }

    private byte[] bytes(final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }

    /** What the transaction would make of the tables. */
    byte[] stagedBytes() {
        final byte[] bytes = new byte[tablesLength()];
        transaction.getBytes(layout.tables(), bytes, 0, bytes.length);
        return bytes;
    }

    /** Everything in the file but for the tables. */
    byte[] otherBytes() {
        final byte[] bytes = bytes();
        Arrays.fill(bytes, layout.tables(), layout.tables() + tablesLength(), (byte) 0);
        return bytes;
    }

    /** Something does not fit: neither the file nor what is staged has changed. */
    void assertFull(final String capacity, final long limit, final Executable change) {
        final byte[] file = bytes();
        final byte[] staged = stagedBytes();
        final CapacityExceededException full = assertThrows(CapacityExceededException.class, change);
        assertEquals(capacity, full.capacity());
        assertEquals(limit, full.limit());
        assertEquals(
                "table full: capacity=" + capacity + " limit=" + limit + ", create the universe with more",
                full.getMessage());
        assertArrayEquals(file, bytes());
        assertArrayEquals(staged, stagedBytes());
    }

    /** A change is refused: neither the file nor what is staged has changed. */
    void assertRefused(final String message, final Executable change) {
        final byte[] file = bytes();
        final byte[] staged = stagedBytes();
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, change).getMessage());
        assertArrayEquals(file, bytes());
        assertArrayEquals(staged, stagedBytes());
    }
}
