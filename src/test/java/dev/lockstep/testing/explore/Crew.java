package dev.lockstep.testing.explore;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/** Threads and memory that one execution after another uses: starting threads would take longer than exploring. */
final class Crew implements AutoCloseable {
    private final Thread main = Thread.currentThread();
    private final Thread[] threads;
    private volatile Execution execution;
    private volatile boolean closed;
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);
    private UnsafeBuffer unsafe = new UnsafeBuffer(memory);

    Crew(final int size) {
        threads = new Thread[size];
        for (int i = 0; i < size; i++) {
            final int participant = i;
            threads[i] = new Thread(() -> work(participant), "explored-" + i);
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    int size() {
        return threads.length;
    }

    private void work(final int participant) {
        Execution last = null;
        while (!closed) {
            final Execution next = execution;
            if (next == null || next == last || next.isOver() || !next.isTurnOf(participant)) {
                LockSupport.park(this);
            } else {
                last = next;
                next.live(participant);
            }
        }
    }

    /** Returns when all have ended. */
    void run(final Execution what) {
        execution = what;
        LockSupport.unpark(threads[0]);
        while (!what.isOver()) {
            LockSupport.park(this);
        }
        execution = null;
    }

    void wake(final int participant) {
        LockSupport.unpark(threads[participant]);
    }

    void wakeAll() {
        for (final Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    void wakeMain() {
        LockSupport.unpark(main);
    }

    ByteBuffer memory(final int bytes) {
        if (memory.capacity() != bytes) {
            memory = ByteBuffer.allocateDirect(bytes);
            unsafe = new UnsafeBuffer(memory);
        } else {
            unsafe.setMemory(0, bytes, (byte) 0);
        }
        return memory;
    }

    UnsafeBuffer unsafe(final ByteBuffer of) {
        if (of != memory) {
            throw new IllegalArgumentException("not the memory of this execution");
        }
        return unsafe;
    }

    @Override
    public void close() {
        closed = true;
        wakeAll();
    }
}
