package dev.lockstep.broadcast;

import dev.lockstep.region.SharedBuffer;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A shared buffer whose user dies after so many stores: that store throws. A copy of bytes counts as two, so that it
 * can be left half done.
 */
final class DyingBuffer extends UnsafeBuffer implements SharedBuffer {
    /** What the death looks like. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Died() {
            super("died", null, false, false);
        }
    }

    private final int[] storesLeft;

    DyingBuffer(final int length) {
        this(BufferUtil.allocateDirectAligned(length, 4096));
    }

    private DyingBuffer(final ByteBuffer memory) {
        super(memory);
        storesLeft = new int[] {Integer.MAX_VALUE};
    }

    private DyingBuffer(final DyingBuffer parent, final int offset, final int length) {
        super(parent, offset, length);
        storesLeft = parent.storesLeft;
    }

    /** Dies at the store after so many; the count goes for all views of the memory. */
    void dieAfter(final int stores) {
        storesLeft[0] = stores;
    }

    void liveOn() {
        storesLeft[0] = Integer.MAX_VALUE;
    }

    private void store() {
        if (storesLeft[0]-- <= 0) {
            throw new Died();
        }
    }

    @Override
    public void putInt(final int index, final int value) {
        store();
        super.putInt(index, value);
    }

    @Override
    public void putLong(final int index, final long value) {
        store();
        super.putLong(index, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        store();
        super.putLongRelease(index, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        store();
        super.putLongVolatile(index, value);
    }

    @Override
    public void putBytes(final int index, final DirectBuffer source, final int offset, final int length) {
        store();
        super.putBytes(index, source, offset, length / 2);
        store();
        super.putBytes(index + length / 2, source, offset + length / 2, length - length / 2);
    }

    @Override
    public void fullFence() {
        VarHandle.fullFence();
    }

    @Override
    public void acquireFence() {
        VarHandle.acquireFence();
    }

    @Override
    public void releaseFence() {
        VarHandle.releaseFence();
    }

    @Override
    public void storeStoreFence() {
        VarHandle.storeStoreFence();
    }

    @Override
    public SharedBuffer view(final int offset, final int length) {
        return new DyingBuffer(this, offset, length);
    }
}
