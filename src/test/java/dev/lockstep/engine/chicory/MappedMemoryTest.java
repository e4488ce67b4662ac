package dev.lockstep.engine.chicory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmRuntimeException;
import com.dylibso.chicory.wasm.InvalidException;
import dev.lockstep.engine.GuestWait;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
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

    /** Those that are left to the interface are made of others; the atomics there would lock within one JVM. */
    @Test
    void shouldOverrideEveryMethodButThoseMadeOfOthers() {
        final List<String> inherited = Arrays.stream(MappedMemory.class.getMethods())
                .filter(method ->
                        method.getDeclaringClass() == Memory.class && !Modifier.isStatic(method.getModifiers()))
                .map(Method::getName)
                .distinct()
                .sorted()
                .toList();
        assertEquals(
                List.of(
                        "readCString",
                        "readI16",
                        "readI32",
                        "readI64",
                        "readI8",
                        "readString",
                        "readU32",
                        "readU8",
                        "write",
                        "writeCString",
                        "writeString"),
                inherited);
    }

    @Test
    void shouldTrapOnAtomicsThatAreNotAligned() {
        final List<Runnable> misaligned = List.of(
                () -> memory.atomicReadShort(1),
                () -> memory.atomicWriteShort(3, (short) 1),
                () -> memory.atomicAddShort(5, (short) 1),
                () -> memory.atomicAndShort(1, (short) 1),
                () -> memory.atomicOrShort(1, (short) 1),
                () -> memory.atomicXorShort(1, (short) 1),
                () -> memory.atomicXchgShort(1, (short) 1),
                () -> memory.atomicCmpxchgShort(1, (short) 0, (short) 1),
                () -> memory.atomicReadInt(2),
                () -> memory.atomicWriteInt(1, 1),
                () -> memory.atomicAddInt(2, 1),
                () -> memory.atomicAndInt(2, 1),
                () -> memory.atomicOrInt(2, 1),
                () -> memory.atomicXorInt(2, 1),
                () -> memory.atomicXchgInt(2, 1),
                () -> memory.atomicCmpxchgInt(2, 0, 1),
                () -> memory.atomicReadLong(4),
                () -> memory.atomicWriteLong(4, 1),
                () -> memory.atomicAddLong(4, 1),
                () -> memory.atomicAndLong(4, 1),
                () -> memory.atomicOrLong(4, 1),
                () -> memory.atomicXorLong(4, 1),
                () -> memory.atomicXchgLong(4, 1),
                () -> memory.atomicCmpxchgLong(4, 0, 1),
                () -> memory.atomicWait(2, 0, 0L),
                () -> memory.atomicWait(4, 0L, 0L),
                () -> memory.atomicNotify(2, 1));
        for (final Runnable access : misaligned) {
            assertEquals(
                    "unaligned atomic",
                    assertThrows(InvalidException.class, access::run).getMessage());
        }
        assertEquals(0, memory.readLong(0));
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
        assertFalse(memory.shared());
        for (final Runnable wait :
                List.<Runnable>of(() -> memory.atomicWait(0, 0, 0L), () -> memory.atomicWait(0, 0L, 0L))) {
            final String message =
                    assertThrows(WasmRuntimeException.class, wait::run).getMessage();
            assertTrue(message.startsWith("expected shared memory"), message);
        }
        assertEquals(0, memory.atomicNotify(0, 1));
    }

    @Test
    void shouldHandWaitsToWhoeverWaitsForTheGroup() {
        final List<String> calls = new ArrayList<>();
        final GuestWait wait = new GuestWait() {
            @Override
            public int await(final int address, final long expected, final boolean wide, final long timeoutNanos)
                    throws InterruptedException {
                calls.add(address + " " + expected + " " + wide + " " + timeoutNanos);
                if (timeoutNanos < 0) {
                    throw new InterruptedException();
                }
                return TIMED_OUT;
            }

            @Override
            public int notify(final int address, final int count) {
                calls.add(address + " " + count);
                return 3;
            }
        };
        final MappedMemory shared = new MappedMemory(file, true, wait);
        assertTrue(shared.shared());
        assertEquals(2, shared.atomicWait(4, -5, 6L));
        assertEquals(2, shared.atomicWait(8, 1L << 40, 7L));
        assertEquals(3, shared.atomicNotify(12, -1));
        assertThrows(ChicoryInterruptedException.class, () -> shared.atomicWait(8, 0, -1L));
        assertTrue(Thread.interrupted(), "stays interrupted");
        assertThrows(WasmRuntimeException.class, () -> shared.atomicWait(2 * PAGE, 0, 0L));
        assertThrows(WasmRuntimeException.class, () -> shared.atomicNotify(2 * PAGE, 1));
        assertEquals(List.of("4 -5 false 6", "8 1099511627776 true 7", "12 -1", "8 0 false -1"), calls);
    }
}
