package dev.lockstep.process;

/**
 * Byte-range locks of a file, one byte a process: the seam between the process table and the kernel.
 *
 * <p>A byte that a process holds is freed by the kernel when that process ends, however it ends, and not before (a
 * suspended process keeps it). The kernel knows processes, not threads: within one JVM a byte that any thread holds is
 * held for all of them.
 *
 * <p>Thread-safe. No call waits.
 */
public interface ByteLock extends AutoCloseable {
    /** Takes nothing: for who only looks. */
    ByteLock NONE = new ByteLock() {
        @Override
        public boolean tryAcquire(final int index) {
            return false;
        }

        @Override
        public void release(final int index) {
            throw new IllegalStateException("byte is not held: index=" + index);
        }

        @Override
        public void close() {}
    };

    /**
     * Takes a byte if nobody has it.
     *
     * @param index of the byte, from 0.
     * @return true if this call took it; false if another process has it, or this JVM has already (from whatever class
     *     loader: what Java reports as an overlapping lock means that it is held).
     */
    boolean tryAcquire(int index);

    /**
     * Lets a byte go.
     *
     * @param index of the byte.
     * @throws IllegalStateException if this byte lock does not have it.
     */
    void release(int index);

    /** Lets every byte go, for good. Idempotent. */
    @Override
    void close();
}
