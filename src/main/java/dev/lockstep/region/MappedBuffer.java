package dev.lockstep.region;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** {@link SharedBuffer} over mapped (or any other direct) memory. */
public final class MappedBuffer extends UnsafeBuffer implements SharedBuffer {
    /**
     * Wraps the whole of a direct byte buffer.
     *
     * @param memory to wrap; it is kept reachable by this buffer.
     */
    public MappedBuffer(final ByteBuffer memory) {
        super(memory);
    }

    private MappedBuffer(final MappedBuffer parent, final int offset, final int length) {
        super(parent, offset, length);
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
        return new MappedBuffer(this, offset, length);
    }
}
