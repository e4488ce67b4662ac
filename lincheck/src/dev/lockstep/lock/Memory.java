package dev.lockstep.lock;

import dev.lockstep.region.SharedBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Words for the locks, sound or with a seeded fault, each access one step. They are not where Agrona's buffer keeps its
 * own: Lincheck looks into what it runs, and its look at a static field that Agrona's buffers inherit from an interface
 * fails. The check is sequentially consistent, so access modes and the kind of memory make no difference to it. Of
 * {@link SharedBuffer} it has what the locks use.
 */
final class Memory extends UnsafeBuffer implements SharedBuffer {
    private static final int NONE = Integer.MAX_VALUE;

    private final AtomicLongArray words;
    private final boolean withoutCas;
    private final int lostFrom;

    private Memory(final int length, final boolean withoutCas, final int lostFrom) {
        super(new byte[0]);
        words = new AtomicLongArray(length / Long.BYTES);
        this.withoutCas = withoutCas;
        this.lostFrom = lostFrom;
    }

    static SharedBuffer sound(final int length) {
        return new Memory(length, false, NONE);
    }

    /** {@return memory whose CAS is a load and a store} */
    static SharedBuffer withoutCas(final int length) {
        return new Memory(length, true, NONE);
    }

    /** {@return memory where volatile stores from an offset on are lost} */
    static SharedBuffer losingStores(final int length, final int from) {
        return new Memory(length, false, from);
    }

    @Override
    public long getLong(final int index) {
        return words.get(index / Long.BYTES);
    }

    @Override
    public long getLongAcquire(final int index) {
        return words.get(index / Long.BYTES);
    }

    @Override
    public long getLongVolatile(final int index) {
        return words.get(index / Long.BYTES);
    }

    @Override
    public void putLong(final int index, final long value) {
        words.set(index / Long.BYTES, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        words.set(index / Long.BYTES, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        if (index < lostFrom) {
            words.set(index / Long.BYTES, value);
        }
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        return words.getAndAdd(index / Long.BYTES, delta);
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expected, final long update) {
        if (!withoutCas) {
            return words.compareAndSet(index / Long.BYTES, expected, update);
        }
        if (getLong(index) != expected) {
            return false;
        }
        putLong(index, update);
        return true;
    }

    @Override
    public void fullFence() {}

    @Override
    public void acquireFence() {}

    @Override
    public void releaseFence() {}

    @Override
    public void storeStoreFence() {}

    @Override
    public SharedBuffer view(final int offset, final int length) {
        throw new UnsupportedOperationException("locks take no views");
    }
}
