package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A journal on the heap. */
final class HeapJournal implements Journal {
    private final UnsafeBuffer memory;

    HeapJournal(final int capacity) {
        memory = new UnsafeBuffer(new byte[capacity]);
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
