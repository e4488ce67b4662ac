package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A journal in memory behind the scheduler; a write happens in two halves, so that a death can tear it. */
final class ExploredJournal implements Journal {
    private final Scheduler scheduler;
    private final UnsafeBuffer memory;

    ExploredJournal(final Scheduler scheduler, final byte[] memory) {
        this.scheduler = scheduler;
        this.memory = new UnsafeBuffer(memory);
    }

    @Override
    public int capacity() {
        return memory.capacity();
    }

    @Override
    public void write(final int position, final DirectBuffer source, final int offset, final int length) {
        final int half = length / 2;
        scheduler.access(true);
        memory.putBytes(position, source, offset, half);
        scheduler.access(true);
        memory.putBytes(position + half, source, offset + half, length - half);
    }

    @Override
    public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        scheduler.access(false);
        memory.getBytes(position, into, offset, length);
    }

    @Override
    public void close() {}
}
