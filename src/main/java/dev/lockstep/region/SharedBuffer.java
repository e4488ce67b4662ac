package dev.lockstep.region;

import org.agrona.concurrent.AtomicBuffer;

/**
 * The seam through which everything shared is touched: Agrona's {@link AtomicBuffer} and the fences that the protocol
 * needs beside it.
 *
 * <p>In production this is a {@link MappedBuffer}; in the tests a scheduler stands behind it and stops at every access.
 * Code that touches shared memory uses no other way: no static fence, no raw address, no second view.
 *
 * <p>Thread-safe as far as each access is: the ordering of an access is in the name of its method
 * ({@code getLongAcquire}, {@code putLongRelease}, …). Accesses are 8-byte aligned; they are bounds-checked unless
 * Agrona's checks have been switched off.
 */
public interface SharedBuffer extends AtomicBuffer {
    /** Orders every access before against every access after, stores before loads included. */
    void fullFence();

    /** Orders loads before against loads and stores after. */
    void acquireFence();

    /** Orders loads and stores before against stores after. */
    void releaseFence();

    /** Orders stores before against stores after. */
    void storeStoreFence();

    /**
     * A view of a part of this buffer, over the same memory and behind the same seam.
     *
     * @param offset where the view begins, in bytes.
     * @param length of the view, in bytes.
     * @return the view; its index 0 is {@code offset} here.
     */
    SharedBuffer view(int offset, int length);
}
