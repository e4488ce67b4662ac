package dev.lockstep.lock;

import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Off-heap memory for the locks, sound or with a seeded fault. */
final class Memory {
    private Memory() {}

    private static ByteBuffer bytes(final int length) {
        return ByteBuffer.allocateDirect(length + 128).alignedSlice(128);
    }

    static SharedBuffer sound(final int length) {
        return new MappedBuffer(bytes(length));
    }

    static SharedBuffer withoutCas(final int length) {
        return new Faulty(bytes(length), -1);
    }

    /** {@return memory where one word keeps what it holds, though its CAS says that it was changed} */
    static SharedBuffer withStuckWord(final int length, final int offset) {
        return new Faulty(bytes(length), offset);
    }

    private static final class Faulty extends UnsafeBuffer implements SharedBuffer {
        private final int stuck;

        Faulty(final ByteBuffer memory, final int stuck) {
            super(memory);
            this.stuck = stuck;
        }

        @Override
        public boolean compareAndSetLong(final int index, final long expected, final long update) {
            if (stuck >= 0) {
                return index == stuck || super.compareAndSetLong(index, expected, update);
            }
            if (getLongVolatile(index) != expected) {
                return false;
            }
            putLongVolatile(index, update);
            return true;
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
            throw new UnsupportedOperationException("locks take no views");
        }
    }
}
