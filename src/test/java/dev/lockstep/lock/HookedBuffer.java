package dev.lockstep.lock;

import dev.lockstep.region.SharedBuffer;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One participant's view of memory that others share: before each of its accesses, numbered from 0, a hook is run, which
 * may let somebody else act there, wait, or throw.
 */
final class HookedBuffer extends UnsafeBuffer implements SharedBuffer {
    /** What to do before an access. */
    interface Hook {
        void before(int access);
    }

    private static final Hook NOTHING = access -> {};

    private final HookedBuffer whole;
    private Hook hook = NOTHING;
    private int accesses;

    HookedBuffer(final ByteBuffer memory) {
        super(memory);
        whole = this;
    }

    private HookedBuffer(final HookedBuffer whole, final int offset, final int length) {
        super(whole, offset, length);
        this.whole = whole;
    }

    /** From now on, with the next access as number 0. */
    void hook(final Hook newHook) {
        hook = newHook;
        accesses = 0;
    }

    void unhook() {
        hook = NOTHING;
    }

    private void step() {
        whole.hook.before(whole.accesses++);
    }

    @Override
    public SharedBuffer view(final int offset, final int length) {
        return new HookedBuffer(this, offset, length);
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
    public long getLong(final int index) {
        step();
        return super.getLong(index);
    }

    @Override
    public long getLongAcquire(final int index) {
        step();
        return super.getLongAcquire(index);
    }

    @Override
    public long getLongVolatile(final int index) {
        step();
        return super.getLongVolatile(index);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        step();
        super.putLongRelease(index, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        step();
        super.putLongVolatile(index, value);
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expected, final long value) {
        step();
        return super.compareAndSetLong(index, expected, value);
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        step();
        return super.getAndAddLong(index, delta);
    }
}
