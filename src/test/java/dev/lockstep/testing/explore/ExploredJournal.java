package dev.lockstep.testing.explore;

import dev.lockstep.broadcast.Journal;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A journal in memory behind an execution. A write is two plain stores, either of which may be late, so that a death can
 * tear it.
 */
public final class ExploredJournal implements Journal {
    private final Execution execution;
    private final UnsafeBuffer memory;
    private final int base;
    private final int capacity;

    /**
     * A journal in a part of the memory of an execution.
     *
     * @param execution that is asked.
     * @param memory of the execution.
     * @param base where the journal begins.
     * @param capacity bytes of the journal.
     */
    public ExploredJournal(final Execution execution, final ByteBuffer memory, final int base, final int capacity) {
        this.execution = execution;
        this.memory = execution.unsafe(memory);
        this.base = base;
        this.capacity = capacity;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void write(final int position, final DirectBuffer source, final int offset, final int length) {
        final int half = length / 2;
        store(position, source, offset, half);
        store(position + half, source, offset + half, length - half);
    }

    private void store(final int position, final DirectBuffer source, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        source.getBytes(offset, bytes);
        if (execution.isExploring()) {
            execution.coverage.reached(execution.current(), Access.JOURNAL_WRITE, position);
        }
        execution.point(true);
        if (execution.isExploring()) {
            execution.storesOfCurrent().store(memory, base + position, bytes);
        } else {
            memory.putBytes(base + position, bytes);
        }
    }

    @Override
    public void read(final int position, final MutableDirectBuffer into, final int offset, final int length) {
        if (execution.isExploring()) {
            execution.coverage.reached(execution.current(), Access.JOURNAL_READ, position);
        }
        execution.point(false);
        if (execution.isExploring()) {
            execution.storesOfCurrent().drainIfAt(memory, base + position, length);
        }
        memory.getBytes(base + position, into, offset, length);
    }

    @Override
    public void close() {}
}
