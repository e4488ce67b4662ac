package dev.lockstep.stress;

import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Zeroed off-heap memory for one state of a test. States are made by the thousand, so small ones are cut from a common
 * slab; a slab lives as long as one of its pieces and is never used twice.
 */
public final class StressMemory {
    private static final int SLAB = 1 << 18;
    private static final int ALIGNMENT = 128;

    private static ByteBuffer slab = ByteBuffer.allocate(0);

    private StressMemory() {}

    /**
     * {@return memory of its own}
     *
     * @param length in bytes.
     */
    public static SharedBuffer allocate(final int length) {
        return new MappedBuffer(piece((length + ALIGNMENT - 1) & -ALIGNMENT));
    }

    private static synchronized ByteBuffer piece(final int length) {
        if (length > SLAB / 8) {
            return aligned(length);
        }
        if (slab.remaining() < length) {
            slab = aligned(SLAB);
        }
        final ByteBuffer piece = slab.slice(slab.position(), length).order(ByteOrder.nativeOrder());
        slab.position(slab.position() + length);
        return piece;
    }

    private static ByteBuffer aligned(final int length) {
        return ByteBuffer.allocateDirect(length + ALIGNMENT).alignedSlice(ALIGNMENT);
    }
}
