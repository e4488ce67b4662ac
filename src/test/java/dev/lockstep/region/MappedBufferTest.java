package dev.lockstep.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class MappedBufferTest {
    private final SharedBuffer buffer = new MappedBuffer(ByteBuffer.allocateDirect(64));

    @Test
    void shouldSeeTheSameMemoryThroughView() {
        final SharedBuffer view = buffer.view(16, 16);

        buffer.putLongVolatile(24, 42);

        assertEquals(42, view.getLongVolatile(8));
        assertEquals(16, view.capacity());
    }

    @Test
    void shouldRefuseAccessPastTheEnd() {
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.getLongVolatile(64));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.view(48, 24));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.view(16, 16).compareAndSetLong(16, 0, 1));
    }

    /** It is the agent that refuses: without it in the JVM the core's tests would let misaligned words pass. */
    @Test
    @EnabledIfSystemProperty(named = "lockstep.agent.present", matches = "true")
    void shouldRefuseMisalignedAccessInTests() {
        final Throwable refusal = assertThrows(RuntimeException.class, () -> buffer.compareAndSetLong(4, 0, 1));

        assertEquals("BufferAlignmentException", refusal.getClass().getSimpleName());
    }
}
