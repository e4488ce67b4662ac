package dev.lockstep.broadcast;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A journal in plain memory. */
final class MemoryJournal implements Journal {
    final UnsafeBuffer memory;

    MemoryJournal(final int capacity) {
        memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(capacity, 8));
    }

    @Override
    public int capacity() {
        return memory.capacity();
    }

    @Override
    public void write(final int position, final DirectBuffer source, final int offset, final int length) {
        memory.putBytes(position, source, offset, length);
    }

    @Override
    public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        memory.getBytes(position, into, offset, length);
    }

    @Override
    public void close() {}
}
