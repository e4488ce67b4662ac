package dev.lockstep.engine.chicory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ByteBufferMemory;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.types.DataSegment;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.NoWait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same random operations on the mapped memory and on the engine's own: same results, same traps, same bytes.
 *
 * <p>The engine's memory of arrays is not asked for three atomics of bytes: compiled by C2, {@code VarHandle.compareAndExchange}
 * on a {@code byte[]} (JDK 17 and 25), {@code getAndAdd} and {@code getAndSet} (JDK 17) give what is taken for a byte although
 * its upper bits are those of an operand, so that boxing it reads beyond the cache of boxes, and the JVM may die. The one of
 * buffers, which locks, is. The memories are shared ones, since one of arrays that is not has no atomics on JDK 25.
 */
class MemoryDifferentialTest {
    private static final int PAGE = LinearMemoryPlan.PAGE;
    private static final int FIRST_PAGES = 2;
    private static final int MOST_PAGES = 6;
    private static final int OPERATIONS = 60_000;
    private static final int SEGMENT_LENGTH = 300;

    @TempDir
    Path universe;

    private LinearMemoryFile file;
    private Memory mapped;
    private Memory engines;

    /** An operation on a memory, at an address, with two operands that are anything. */
    private interface Operation {
        Object on(Memory memory, int address, long a, long b);
    }

    /** As {@link Operation}, without a result. */
    private interface Store {
        void on(Memory memory, int address, long a);
    }

    private static final Set<String> WRONG_IN_THE_MEMORY_OF_ARRAYS =
            Set.of("atomicCmpxchgByte", "atomicAddByte", "atomicXchgByte");

    private record Named(String name, int bytes, boolean isAtomic, Operation operation) {}

    private static Named access(final String name, final int bytes, final Operation operation) {
        return new Named(name, bytes, false, operation);
    }

    private static Named atomic(final String name, final int bytes, final Operation operation) {
        return new Named(name, bytes, true, operation);
    }

    private static Operation store(final Store store) {
        return (memory, address, a, b) -> {
            store.on(memory, address, a);
            return null;
        };
    }

    private static final List<Named> OPERATIONS_OF_ALL_KINDS = List.of(
            access("read", 1, (m, at, a, b) -> m.read(at)),
            access("readI8", 1, (m, at, a, b) -> m.readI8(at)),
            access("readU8", 1, (m, at, a, b) -> m.readU8(at)),
            access("readShort", 2, (m, at, a, b) -> m.readShort(at)),
            access("readI16", 2, (m, at, a, b) -> m.readI16(at)),
            access("readU16", 2, (m, at, a, b) -> m.readU16(at)),
            access("readInt", 4, (m, at, a, b) -> m.readInt(at)),
            access("readI32", 4, (m, at, a, b) -> m.readI32(at)),
            access("readU32", 4, (m, at, a, b) -> m.readU32(at)),
            access("readLong", 8, (m, at, a, b) -> m.readLong(at)),
            access("readI64", 8, (m, at, a, b) -> m.readI64(at)),
            access("readF32", 4, (m, at, a, b) -> m.readF32(at)),
            access("readFloat", 4, (m, at, a, b) -> Float.floatToRawIntBits(m.readFloat(at))),
            access("readF64", 8, (m, at, a, b) -> m.readF64(at)),
            access("readDouble", 8, (m, at, a, b) -> Double.doubleToRawLongBits(m.readDouble(at))),
            access("writeByte", 1, store((m, at, a) -> m.writeByte(at, (byte) a))),
            access("writeShort", 2, store((m, at, a) -> m.writeShort(at, (short) a))),
            access("writeI32", 4, store((m, at, a) -> m.writeI32(at, (int) a))),
            access("writeLong", 8, store((m, at, a) -> m.writeLong(at, a))),
            access("writeF32", 4, store((m, at, a) -> m.writeF32(at, Float.intBitsToFloat((int) a)))),
            access("writeF64", 8, store((m, at, a) -> m.writeF64(at, Double.longBitsToDouble(a)))),
            access("readBytes", 0, (m, at, a, b) -> hex(m.readBytes(at, length(a)))),
            access("write", 0, store((m, at, a) -> m.write(at, bytes(length(a), a)))),
            access(
                    "write, part",
                    0,
                    store((m, at, a) -> m.write(at, bytes(SEGMENT_LENGTH, a), (int) a % 512, length(a)))),
            access("fill", 0, store((m, at, a) -> m.fill((byte) (a >> 8), at, at + length(a)))),
            access("copy", 0, (m, at, a, b) -> {
                m.copy(at, place(b), length(a));
                return null;
            }),
            access("copy nearby", 0, (m, at, a, b) -> {
                m.copy(at, at + (int) (b % 64), length(a));
                return null;
            }),
            access("init", 0, (m, at, a, b) -> {
                m.initPassiveSegment(0, at, (int) b % 512, length(a));
                return null;
            }),
            access("writeCString", 0, store((m, at, a) -> m.writeCString(at, Long.toHexString(a)))),
            access("readString", 0, (m, at, a, b) -> m.readString(at, length(a))),
            atomic("atomicReadByte", 1, (m, at, a, b) -> m.atomicReadByte(at)),
            atomic("atomicReadShort", 2, (m, at, a, b) -> m.atomicReadShort(at)),
            atomic("atomicReadInt", 4, (m, at, a, b) -> m.atomicReadInt(at)),
            atomic("atomicReadLong", 8, (m, at, a, b) -> m.atomicReadLong(at)),
            atomic("atomicWriteByte", 1, store((m, at, a) -> m.atomicWriteByte(at, (byte) a))),
            atomic("atomicWriteShort", 2, store((m, at, a) -> m.atomicWriteShort(at, (short) a))),
            atomic("atomicWriteInt", 4, store((m, at, a) -> m.atomicWriteInt(at, (int) a))),
            atomic("atomicWriteLong", 8, store((m, at, a) -> m.atomicWriteLong(at, a))),
            atomic("atomicAddByte", 1, (m, at, a, b) -> m.atomicAddByte(at, (byte) a)),
            atomic("atomicAddShort", 2, (m, at, a, b) -> m.atomicAddShort(at, (short) a)),
            atomic("atomicAddInt", 4, (m, at, a, b) -> m.atomicAddInt(at, (int) a)),
            atomic("atomicAddLong", 8, (m, at, a, b) -> m.atomicAddLong(at, a)),
            atomic("atomicAndByte", 1, (m, at, a, b) -> m.atomicAndByte(at, (byte) a)),
            atomic("atomicAndShort", 2, (m, at, a, b) -> m.atomicAndShort(at, (short) a)),
            atomic("atomicAndInt", 4, (m, at, a, b) -> m.atomicAndInt(at, (int) a)),
            atomic("atomicAndLong", 8, (m, at, a, b) -> m.atomicAndLong(at, a)),
            atomic("atomicOrByte", 1, (m, at, a, b) -> m.atomicOrByte(at, (byte) a)),
            atomic("atomicOrShort", 2, (m, at, a, b) -> m.atomicOrShort(at, (short) a)),
            atomic("atomicOrInt", 4, (m, at, a, b) -> m.atomicOrInt(at, (int) a)),
            atomic("atomicOrLong", 8, (m, at, a, b) -> m.atomicOrLong(at, a)),
            atomic("atomicXorByte", 1, (m, at, a, b) -> m.atomicXorByte(at, (byte) a)),
            atomic("atomicXorShort", 2, (m, at, a, b) -> m.atomicXorShort(at, (short) a)),
            atomic("atomicXorInt", 4, (m, at, a, b) -> m.atomicXorInt(at, (int) a)),
            atomic("atomicXorLong", 8, (m, at, a, b) -> m.atomicXorLong(at, a)),
            atomic("atomicXchgByte", 1, (m, at, a, b) -> m.atomicXchgByte(at, (byte) a)),
            atomic("atomicXchgShort", 2, (m, at, a, b) -> m.atomicXchgShort(at, (short) a)),
            atomic("atomicXchgInt", 4, (m, at, a, b) -> m.atomicXchgInt(at, (int) a)),
            atomic("atomicXchgLong", 8, (m, at, a, b) -> m.atomicXchgLong(at, a)),
            atomic(
                    "atomicCmpxchgByte",
                    1,
                    (m, at, a, b) -> m.atomicCmpxchgByte(at, (byte) held(m, at, 1, b), (byte) a)),
            atomic(
                    "atomicCmpxchgShort",
                    2,
                    (m, at, a, b) -> m.atomicCmpxchgShort(at, (short) held(m, at, 2, b), (short) a)),
            atomic("atomicCmpxchgInt", 4, (m, at, a, b) -> m.atomicCmpxchgInt(at, (int) held(m, at, 4, b), (int) a)),
            atomic("atomicCmpxchgLong", 8, (m, at, a, b) -> m.atomicCmpxchgLong(at, held(m, at, 8, b), a)));

    /** What the memory holds, or, every other time, anything. */
    private static long held(final Memory memory, final int address, final int bytes, final long other) {
        if ((other & 1) == 0 || address < 0 || address > memory.pages() * PAGE - bytes) {
            return other;
        }
        return switch (bytes) {
            case 1 -> memory.read(address);
            case 2 -> memory.readShort(address);
            case 4 -> memory.readInt(address);
            default -> memory.readLong(address);
        };
    }

    private static byte[] bytes(final int length, final long seed) {
        final byte[] bytes = new byte[Math.max(0, length)];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String hex(final byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Mostly short; sometimes none, more than a page, or negative. */
    private static int length(final long a) {
        return switch ((int) (a >>> 60)) {
            case 0 -> 0;
            case 1 -> (int) (a & 0x1ffff);
            case 2 -> -(int) (a & 0xff) - 1;
            default -> (int) (a & 0x7f);
        };
    }

    /** Anywhere, or near a boundary: of the memory, of a page, of the numbers. */
    private static int place(final long random) {
        final int nearby = (int) (random >>> 8 & 31) - 16;
        return switch ((int) (random & 7)) {
            case 0 -> nearby;
            case 1, 2 -> (int) (random >>> 16 & 7) * PAGE + nearby;
            case 3 -> Integer.MAX_VALUE + nearby;
            case 4 -> (int) (random >>> 16);
            default -> (int) (random >>> 16 & 0x7fffffff) % (MOST_PAGES * PAGE);
        };
    }

    @BeforeEach
    void open() throws IOException {
        file = LinearMemoryFile.openOrCreate(
                universe,
                new LinearMemoryPlan(
                        1024, 2048, 4096, PAGE, PAGE, (long) FIRST_PAGES * PAGE, (long) MOST_PAGES * PAGE, 2048));
        mapped = new MappedMemory(file, true, new NoWait(file));
        compareWith(new ByteArrayMemory(new MemoryLimits(FIRST_PAGES, MOST_PAGES, true)));
    }

    private void compareWith(final Memory memory) {
        engines = memory;
        for (final Memory each : List.of(mapped, engines)) {
            each.initialize(null, new DataSegment[] {new PassiveDataSegment(bytes(SEGMENT_LENGTH, 1))});
        }
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    /** Result, or how it failed: the type and the specification's words. */
    private static Object outcome(final Named what, final Memory memory, final int at, final long a, final long b) {
        try {
            return what.operation.on(memory, at, a, b);
        } catch (final RuntimeException trap) {
            final String message = String.valueOf(trap.getMessage());
            final int colon = message.indexOf(':');
            return trap.getClass().getSimpleName() + ": " + (colon < 0 ? message : message.substring(0, colon));
        }
    }

    @Test
    void shouldDoWhatTheEnginesMemoryOfArraysDoes() {
        compare(OPERATIONS_OF_ALL_KINDS.stream()
                .filter(what -> !WRONG_IN_THE_MEMORY_OF_ARRAYS.contains(what.name))
                .toList());
    }

    @Test
    void shouldDoWhatTheEnginesMemoryOfBuffersDoes() {
        compareWith(new ByteBufferMemory(new MemoryLimits(FIRST_PAGES, MOST_PAGES, true)));
        compare(OPERATIONS_OF_ALL_KINDS);
    }

    private void compare(final List<Named> operations) {
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        final Random random = new Random(seed);
        final int[] traps = new int[operations.size()];
        final int[] results = new int[operations.size()];
        for (int i = 0; i < OPERATIONS; i++) {
            if (i % (OPERATIONS / 8) == OPERATIONS / 16) {
                final int pages = random.nextInt(5) - 1;
                assertEquals(engines.grow(pages), mapped.grow(pages), "grow: seed=" + seed + " pages=" + pages);
                assertEquals(engines.pages(), mapped.pages());
            }
            final int index = random.nextInt(operations.size());
            final Named what = operations.get(index);
            final int anywhere = place(random.nextLong());
            final int at = what.isAtomic ? anywhere & -what.bytes : anywhere;
            final long a = random.nextLong();
            final long b = random.nextLong();
            final Object expected = outcome(what, engines, at, a, b);
            assertEquals(
                    expected,
                    outcome(what, mapped, at, a, b),
                    () -> "-Dlockstep.seed=" + seed + " operation=" + what.name + " address=" + at + " a=" + a + " b="
                            + b);
            (String.valueOf(expected).contains("Exception") ? traps : results)[index]++;
        }
        final int length = engines.pages() * PAGE;
        assertArrayEquals(engines.readBytes(0, length), mapped.readBytes(0, length), "seed=" + seed);
        for (int i = 0; i < traps.length; i++) {
            assertTrue(traps[i] > 20 && results[i] > 20, operations.get(i).name + " was tried too little");
        }
        engines.zero();
        mapped.zero();
        assertArrayEquals(engines.readBytes(0, length), mapped.readBytes(0, length));
    }

    @Test
    void shouldFindNothingInASegmentThatWasDropped() {
        for (final Memory memory : List.of(engines, mapped)) {
            memory.initPassiveSegment(0, 0, 0, SEGMENT_LENGTH);
            memory.drop(0);
            memory.initPassiveSegment(0, 0, 0, 0);
        }
        final Named init = access("init", 0, (m, at, a, b) -> {
            m.initPassiveSegment(0, at, 0, 1);
            return null;
        });
        assertEquals(outcome(init, engines, 0, 0, 0), outcome(init, mapped, 0, 0, 0));
        assertArrayEquals(engines.readBytes(0, 512), mapped.readBytes(0, 512));
    }

    @Test
    void shouldHaveTheSameLimits() {
        assertEquals(engines.initialPages(), mapped.initialPages());
        assertEquals(engines.maximumPages(), mapped.maximumPages());
        assertEquals(engines.shared(), mapped.shared());
    }
}
