package dev.lockstep.testing.explore;

import dev.lockstep.region.SharedBuffer;
import dev.lockstep.testing.explore.StoreBuffer.Order;
import java.nio.ByteBuffer;
import java.util.function.IntPredicate;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A {@link SharedBuffer} that asks an execution before every access: the access is where others may go first, or the
 * caller dies; and whose stores may be late.
 *
 * <p>One part of it can be said to be in order: stores there are never late, and copies of bytes happen in two halves. For
 * what is accessed by code with fences of its own, and rests on no order.
 */
public final class ExploredBuffer extends UnsafeBuffer implements SharedBuffer {
    private final Execution execution;
    private final UnsafeBuffer memory;
    private final int base;
    private final IntPredicate inOrder;

    /**
     * Over memory.
     *
     * @param execution that is asked.
     * @param memory that is shared.
     * @param inOrder whether the place at an index is accessed in order.
     */
    public ExploredBuffer(final Execution execution, final ByteBuffer memory, final IntPredicate inOrder) {
        super(memory);
        this.execution = execution;
        this.inOrder = inOrder;
        this.memory = execution.unsafe(memory);
        base = 0;
    }

    private ExploredBuffer(final ExploredBuffer parent, final int offset, final int length) {
        super(parent, offset, length);
        execution = parent.execution;
        memory = parent.memory;
        inOrder = parent.inOrder;
        base = parent.base + offset;
    }

    private boolean before(final Access access, final int index) {
        return before(access, index, 0);
    }

    private boolean before(final Access access, final int index, final long value) {
        if (!execution.isExploring()) {
            execution.point(access.changes());
            return false;
        }
        execution.coverage.reached(execution.current(), access, base + index, value);
        execution.point(access.changes());
        return !inOrder.test(base + index);
    }

    private StoreBuffer stores() {
        return execution.storesOfCurrent();
    }

    private void store(final Access access, final Order order, final int index, final long value) {
        if (before(access, index)) {
            boundsCheck(index, Long.BYTES);
            stores().store(order, memory, base + index, value);
        } else {
            super.putLong(index, value);
            execution.changed();
        }
    }

    private long load(final Access access, final boolean isVolatile, final int index) {
        if (before(access, index)) {
            final StoreBuffer stores = stores();
            if (stores.isPending()) {
                if (isVolatile) {
                    stores.volatileLoad();
                }
                final Long own = stores.own(memory, base + index);
                if (own != null) {
                    return own;
                }
            }
        }
        return super.getLong(index);
    }

    @Override
    public void fullFence() {
        if (before(Access.FULL_FENCE, 0)) {
            stores().drain();
        }
    }

    @Override
    public void acquireFence() {
        before(Access.ACQUIRE_FENCE, 0);
    }

    @Override
    public void releaseFence() {
        if (before(Access.RELEASE_FENCE, 0)) {
            stores().storeFence();
        }
    }

    @Override
    public void storeStoreFence() {
        if (before(Access.STORE_STORE_FENCE, 0)) {
            stores().storeFence();
        }
    }

    @Override
    public SharedBuffer view(final int offset, final int length) {
        return new ExploredBuffer(this, offset, length);
    }

    @Override
    public long getLong(final int index) {
        return load(Access.GET_LONG, false, index);
    }

    @Override
    public long getLongVolatile(final int index) {
        return load(Access.GET_LONG_VOLATILE, true, index);
    }

    @Override
    public long getLongAcquire(final int index) {
        return load(Access.GET_LONG_ACQUIRE, false, index);
    }

    @Override
    public long getLongOpaque(final int index) {
        return load(Access.GET_LONG_OPAQUE, false, index);
    }

    @Override
    public void putLong(final int index, final long value) {
        store(Access.PUT_LONG, Order.PLAIN, index, value);
    }

    @Override
    public void putLongOpaque(final int index, final long value) {
        store(Access.PUT_LONG_OPAQUE, Order.PLAIN, index, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        store(Access.PUT_LONG_RELEASE, Order.RELEASE, index, value);
    }

    @Override
    public void putLongOrdered(final int index, final long value) {
        store(Access.PUT_LONG_RELEASE, Order.RELEASE, index, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        store(Access.PUT_LONG_VOLATILE, Order.VOLATILE, index, value);
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expected, final long value) {
        final boolean modelled = before(Access.COMPARE_AND_SET_LONG, index, value);
        if (modelled) {
            stores().drain();
            execution.settle(memory, base + index);
        }
        if (super.getLong(index) != expected) {
            return false;
        }
        if (modelled) {
            stores().store(Order.UPDATE, memory, base + index, value);
        } else {
            super.putLong(index, value);
        }
        return true;
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        final boolean modelled = before(Access.GET_AND_ADD_LONG, index);
        if (modelled) {
            stores().drain();
            execution.settle(memory, base + index);
        }
        final long old = super.getLong(index);
        if (modelled) {
            stores().store(Order.UPDATE, memory, base + index, old + delta);
        } else {
            super.putLong(index, old + delta);
        }
        return old;
    }

    // ---- of the part in order --------------------------------------------------------------------------------------

    private void inOrder(final Access access, final int index) {
        if (before(access, index)) {
            throw new AssertionError("access is not modelled here: access=" + access + " index=" + (base + index));
        }
    }

    @Override
    public int getInt(final int index) {
        inOrder(Access.GET_INT, index);
        return super.getInt(index);
    }

    @Override
    public int getIntVolatile(final int index) {
        inOrder(Access.GET_INT, index);
        return super.getIntVolatile(index);
    }

    @Override
    public void putInt(final int index, final int value) {
        inOrder(Access.PUT_INT, index);
        super.putInt(index, value);
        execution.changed();
    }

    @Override
    public void getBytes(final int index, final byte[] into, final int offset, final int length) {
        inOrder(Access.GET_BYTES, index);
        super.getBytes(index, into, offset, length);
    }

    @Override
    public void getBytes(final int index, final MutableDirectBuffer into, final int offset, final int length) {
        final int half = length / 2;
        inOrder(Access.GET_BYTES, index);
        super.getBytes(index, into, offset, half);
        inOrder(Access.GET_BYTES, index + half);
        super.getBytes(index + half, into, offset + half, length - half);
    }

    @Override
    public void putBytes(final int index, final byte[] from, final int offset, final int length) {
        inOrder(Access.PUT_BYTES, index);
        super.putBytes(index, from, offset, length);
    }

    @Override
    public void putBytes(final int index, final DirectBuffer from, final int offset, final int length) {
        final int half = length / 2;
        inOrder(Access.PUT_BYTES, index);
        super.putBytes(index, from, offset, half);
        inOrder(Access.PUT_BYTES, index + half);
        super.putBytes(index + half, from, offset + half, length - half);
        execution.changed();
    }
}
