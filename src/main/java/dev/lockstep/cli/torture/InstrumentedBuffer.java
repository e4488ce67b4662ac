package dev.lockstep.cli.torture;

import dev.lockstep.region.SharedBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The mapped memory behind an {@link Instrument}, which sees every write. Reads go straight through. */
final class InstrumentedBuffer extends UnsafeBuffer implements SharedBuffer {
    private final Instrument instrument;
    private final SharedBuffer mapped;
    private final int base;

    InstrumentedBuffer(final Instrument instrument, final SharedBuffer mapped, final int offset, final int length) {
        super(mapped, offset, length);
        this.instrument = instrument;
        this.mapped = mapped;
        base = offset;
    }

    @Override
    public SharedBuffer view(final int offset, final int length) {
        boundsCheck(offset, length);
        return new InstrumentedBuffer(instrument, mapped, base + offset, length);
    }

    @Override
    public void fullFence() {
        mapped.fullFence();
    }

    @Override
    public void acquireFence() {
        mapped.acquireFence();
    }

    @Override
    public void releaseFence() {
        mapped.releaseFence();
    }

    @Override
    public void storeStoreFence() {
        mapped.storeStoreFence();
    }

    private boolean before(final int index, final long value) {
        return instrument.before(base + index, value);
    }

    private void after(final int index, final long value) {
        instrument.after(base + index, value);
    }

    @Override
    public void putLong(final int index, final long value) {
        if (before(index, value)) {
            super.putLong(index, value);
        }
        after(index, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        if (before(index, value)) {
            super.putLongVolatile(index, value);
        }
        after(index, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        if (before(index, value)) {
            super.putLongRelease(index, value);
        }
        after(index, value);
    }

    @Override
    public void putLongOrdered(final int index, final long value) {
        if (before(index, value)) {
            super.putLongOrdered(index, value);
        }
        after(index, value);
    }

    @Override
    public void putLongOpaque(final int index, final long value) {
        if (before(index, value)) {
            super.putLongOpaque(index, value);
        }
        after(index, value);
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expected, final long value) {
        before(index, value);
        final boolean set = super.compareAndSetLong(index, expected, value);
        after(index, value);
        return set;
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        before(index, delta);
        final long old = super.getAndAddLong(index, delta);
        after(index, delta);
        return old;
    }

    @Override
    public long getAndSetLong(final int index, final long value) {
        before(index, value);
        final long old = super.getAndSetLong(index, value);
        after(index, value);
        return old;
    }

    @Override
    public void putInt(final int index, final int value) {
        before(index, value);
        super.putInt(index, value);
        after(index, value);
    }

    @Override
    public void putIntVolatile(final int index, final int value) {
        before(index, value);
        super.putIntVolatile(index, value);
        after(index, value);
    }

    @Override
    public void putIntRelease(final int index, final int value) {
        before(index, value);
        super.putIntRelease(index, value);
        after(index, value);
    }

    @Override
    public void putIntOrdered(final int index, final int value) {
        before(index, value);
        super.putIntOrdered(index, value);
        after(index, value);
    }

    @Override
    public void putBytes(final int index, final byte[] from, final int offset, final int length) {
        before(index, 0);
        super.putBytes(index, from, offset, length);
        after(index, 0);
    }

    @Override
    public void putBytes(final int index, final DirectBuffer from, final int offset, final int length) {
        before(index, 0);
        super.putBytes(index, from, offset, length);
        after(index, 0);
    }
}
