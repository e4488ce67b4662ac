package dev.lockstep.linker;

import dev.lockstep.region.SharedBuffer;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A {@link SharedBuffer} that asks a scheduler before every access: the access is where the scheduler may let somebody
 * else go first, or let the caller die.
 */
final class ExploredBuffer extends UnsafeBuffer implements SharedBuffer {
    private final Scheduler scheduler;

    ExploredBuffer(final Scheduler scheduler, final ByteBuffer memory) {
        super(memory);
        this.scheduler = scheduler;
    }

    private ExploredBuffer(final ExploredBuffer parent, final int offset, final int length) {
        super(parent, offset, length);
        scheduler = parent.scheduler;
    }

    private void read() {
        scheduler.access(false);
    }

    private void write() {
        scheduler.access(true);
    }

    @Override
    public void fullFence() {
        read();
    }

    @Override
    public void acquireFence() {
        read();
    }

    @Override
    public void releaseFence() {
        read();
    }

    @Override
    public void storeStoreFence() {
        read();
    }

    @Override
    public SharedBuffer view(final int offset, final int length) {
        return new ExploredBuffer(this, offset, length);
    }

    @Override
    public long getLong(final int index) {
        read();
        return super.getLong(index);
    }

    @Override
    public long getLongVolatile(final int index) {
        read();
        return super.getLongVolatile(index);
    }

    @Override
    public long getLongAcquire(final int index) {
        read();
        return super.getLongAcquire(index);
    }

    @Override
    public long getLongOpaque(final int index) {
        read();
        return super.getLongOpaque(index);
    }

    @Override
    public int getInt(final int index) {
        read();
        return super.getInt(index);
    }

    @Override
    public int getIntVolatile(final int index) {
        read();
        return super.getIntVolatile(index);
    }

    @Override
    public void getBytes(final int index, final byte[] into, final int offset, final int length) {
        read();
        super.getBytes(index, into, offset, length);
    }

    @Override
    public void getBytes(final int index, final MutableDirectBuffer into, final int offset, final int length) {
        read();
        super.getBytes(index, into, offset, length);
    }

    @Override
    public void putLong(final int index, final long value) {
        write();
        super.putLong(index, value);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        write();
        super.putLongVolatile(index, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        write();
        super.putLongRelease(index, value);
    }

    @Override
    public void putLongOrdered(final int index, final long value) {
        write();
        super.putLongOrdered(index, value);
    }

    @Override
    public void putLongOpaque(final int index, final long value) {
        write();
        super.putLongOpaque(index, value);
    }

    @Override
    public void putInt(final int index, final int value) {
        write();
        super.putInt(index, value);
    }

    @Override
    public void putBytes(final int index, final byte[] from, final int offset, final int length) {
        write();
        super.putBytes(index, from, offset, length);
    }

    @Override
    public void putBytes(final int index, final DirectBuffer from, final int offset, final int length) {
        write();
        super.putBytes(index, from, offset, length);
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expected, final long value) {
        write();
        return super.compareAndSetLong(index, expected, value);
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        write();
        return super.getAndAddLong(index, delta);
    }
}
