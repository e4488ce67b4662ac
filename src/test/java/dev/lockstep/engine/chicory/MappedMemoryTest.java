package dev.lockstep.engine.chicory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmRuntimeException;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedMemoryTest {
    private static final int PAGE = LinearMemoryPlan.PAGE;

    @TempDir
    Path universe;

    private LinearMemoryFile file;
    private MappedMemory memory;

    @BeforeEach
    void open() throws IOException {
        file = LinearMemoryFile.openOrCreate(
                universe, new LinearMemoryPlan(1024, 2048, 4096, PAGE, PAGE, 2L * PAGE, 8L * PAGE, 2048));
        memory = new MappedMemory(file);
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    @Test
    void shouldOverrideEveryAtomic() {
        final List<String> inherited = Arrays.stream(MappedMemory.class.getMethods())
                .filter(method -> method.getName().startsWith("atomic") && method.getDeclaringClass() == Memory.class)
                .map(Method::getName)
                .toList();
        assertEquals(List.of(), inherited);
    }

    @Test
    void shouldReadWhatWasWrittenAtAnyAlignment() {
        for (int at = 0; at < 8; at++) {
            memory.writeLong(at, 0x8877665544332211L);
            assertEquals(0x8877665544332211L, memory.readLong(at));
            assertEquals(0x44332211, memory.readInt(at));
            assertEquals((short) 0x2211, memory.readShort(at));
            assertEquals(0x2211L, memory.readU16(at));
            assertEquals((byte) 0x88, memory.read(at + 7));
            memory.writeF64(at, -0.0);
            assertEquals(Double.doubleToRawLongBits(-0.0), memory.readF64(at));
            memory.writeF32(at, Float.MIN_VALUE);
            assertEquals(Float.MIN_VALUE, memory.readFloat(at));
        }
        memory.write(2 * PAGE - 3, new byte[] {0, 7, 8, 9, 0}, 1, 3);
        assertArrayEquals(new byte[] {7, 8, 9}, memory.readBytes(2 * PAGE - 3, 3));
    }

    @Test
    void shouldTrapBeyondTheLength() {
        final int end = 2 * PAGE;
        assertThrows(WasmRuntimeException.class, () -> memory.read(end));
        assertThrows(WasmRuntimeException.class, () -> memory.readLong(end - 7));
        assertThrows(WasmRuntimeException.class, () -> memory.readInt(-4));
        assertThrows(WasmRuntimeException.class, () -> memory.readLong(Integer.MAX_VALUE - 3));
        assertThrows(WasmRuntimeException.class, () -> memory.fill((byte) 1, end - 1, end + 1));
        assertThrows(WasmRuntimeException.class, () -> memory.fill((byte) 1, 5, 4));
        assertThrows(WasmRuntimeException.class, () -> memory.copy(0, end - 1, 2));
        assertThrows(WasmRuntimeException.class, () -> memory.copy(end - 1, 0, 2));
        assertThrows(WasmRuntimeException.class, () -> memory.readBytes(0, -1));
        assertThrows(WasmRuntimeException.class, () -> memory.atomicAddInt(end, 1));
        assertThrows(WasmRuntimeException.class, () -> memory.atomicOrByte(end, (byte) 1));
    }

    @Test
    void shouldSeeWhatAnotherViewHasGrown() {
        final MappedMemory other = new MappedMemory(file);
        assertEquals(2, other.grow(1));
        other.writeI32(2 * PAGE, 42);
        assertEquals(42, memory.readInt(2 * PAGE));
        assertEquals(3, memory.pages());
        assertEquals(-1, memory.grow(6));
        assertEquals(8, memory.maximumPages());
    }

    @Test
    void shouldCopyOverlappingRangesBothWays() {
        final byte[] bytes = new byte[] {1, 2, 3, 4, 5, 6};
        memory.write(100, bytes, 0, 6);
        memory.copy(102, 100, 6);
        assertArrayEquals(bytes, memory.readBytes(102, 6));
        memory.copy(101, 102, 6);
        assertArrayEquals(bytes, memory.readBytes(101, 6));
    }

    @Test
    void shouldSwallowInitialisationOnly() {
        memory.swallowInitialization(true);
        memory.fill((byte) 9, 0, 8);
        memory.writeI32(8, 5);
        assertEquals(0, memory.readLong(0));
        assertEquals(5, memory.readInt(8));
        assertEquals(2, memory.atomicCmpxchgInt(0, 0, 1));
        assertEquals(0, memory.readInt(0));
        memory.swallowInitialization(false);
        memory.fill((byte) 9, 0, 2);
        assertEquals(0x0909, memory.readInt(0));
        assertEquals(0x0909, memory.atomicCmpxchgInt(0, 0x0909, 1));
        assertEquals(1, memory.readInt(0));
    }

    @Test
    void shouldGiveTheOldValueFromEveryAtomic() {
        memory.atomicWriteByte(7, (byte) 0x70);
        assertEquals((byte) 0x70, memory.atomicAddByte(7, (byte) 0x20));
        assertEquals((byte) 0x90, memory.atomicCmpxchgByte(7, (byte) 0x91, (byte) 1));
        assertEquals((byte) 0x90, memory.atomicCmpxchgByte(7, (byte) 0x90, (byte) 1));
        assertEquals((byte) 1, memory.atomicXchgByte(7, (byte) -1));
        assertEquals((byte) -1, memory.atomicAndByte(7, (byte) 0x0f));
        assertEquals((byte) 0x0f, memory.atomicReadByte(7));
        memory.atomicWriteShort(2, (short) 0x8001);
        assertEquals((short) 0x8001, memory.atomicXorShort(2, (short) 0x8000));
        assertEquals((short) 1, memory.atomicOrShort(2, (short) 2));
        assertEquals((short) 3, memory.atomicCmpxchgShort(2, (short) 3, (short) -3));
        assertEquals((short) -3, memory.atomicReadShort(2));
        assertEquals(0, memory.read(0));
        assertEquals(0, memory.readShort(4));
        memory.atomicWriteInt(16, 6);
        assertEquals(6, memory.atomicAndInt(16, 3));
        assertEquals(2, memory.atomicOrInt(16, 8));
        assertEquals(10, memory.atomicXorInt(16, 1));
        assertEquals(11, memory.atomicAddInt(16, -11));
        assertEquals(0, memory.atomicXchgInt(16, 4));
        assertEquals(4, memory.atomicReadInt(16));
        memory.atomicWriteLong(24, -2);
        assertEquals(-2, memory.atomicAndLong(24, 7));
        assertEquals(6, memory.atomicOrLong(24, 1L << 40));
        assertEquals(6 | 1L << 40, memory.atomicXorLong(24, 6));
        assertEquals(1L << 40, memory.atomicAddLong(24, 1));
        assertEquals((1L << 40) + 1, memory.atomicCmpxchgLong(24, (1L << 40) + 1, 9));
        assertEquals(9, memory.atomicXchgLong(24, 0));
    }

    @Test
    void shouldLoseNoUpdateWhenNeighbouringBytesAreChangedAtOnce() throws Exception {
        final int rounds = 50_000;
        final ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            final List<Future<?>> running = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> {
                        final MappedMemory view = new MappedMemory(file);
                        for (int n = 0; n < rounds; n++) {
                            view.atomicAddByte(64 + i, (byte) 1);
                            view.atomicAddShort(72, (short) 1);
                        }
                    }))
                    .toList();
            for (final Future<?> thread : running) {
                thread.get();
            }
        } finally {
            threads.shutdownNow();
        }
        for (int i = 0; i < 4; i++) {
            assertEquals((byte) rounds, memory.read(64 + i));
        }
        assertEquals((short) (4 * rounds), memory.readShort(72));
    }

    @Test
    void shouldTrapOnWaitingBecauseTheMemoryIsNotShared() {
        assertThrows(WasmRuntimeException.class, () -> memory.atomicWait(0, 0, 0L));
        assertThrows(WasmRuntimeException.class, () -> memory.atomicWait(0, 0L, 0L));
        assertEquals(0, memory.atomicNotify(0, 1));
    }
}
