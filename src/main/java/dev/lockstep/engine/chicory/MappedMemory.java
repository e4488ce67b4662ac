package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmRuntimeException;
import com.dylibso.chicory.wasm.InvalidException;
import com.dylibso.chicory.wasm.UninstantiableException;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.DataSegment;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import dev.lockstep.engine.GuestWait;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.NoWait;
import dev.lockstep.region.MappedBuffer;
import java.util.Objects;
import org.agrona.UnsafeApi;

/**
 * One module instance's view of the linear memory in a file.
 *
 * <p>All views of all groups and processes are over the same bytes; a view of its own is needed because Chicory keeps the
 * passive segments on the memory, and because initialisation happens once, not once an instance: while a view
 * <em>swallows</em>, active segments, {@code memory.fill} and {@code memory.init} write nothing, and the
 * compare-exchange by which a threaded module claims its initialisation is told that another did it. The one that loads
 * the module initialises it later through {@link #initializeNow}.
 *
 * <p>Bounds: the length is a shared word that only grows, so a view remembers what it saw last and looks again only when
 * an access lies beyond. Loads and stores are plain, as in WebAssembly; atomics are sequentially consistent and work
 * between processes, those of bytes and of 16 bits by changing the aligned word around them. Every trap is the engine's: its type,
 * and the specification's words at the beginning of its message.
 *
 * <p>The only implementation of Chicory's memory in the JVM should be this one: compiled loads and stores cost three
 * times as much once there are several.
 *
 * <p>A view is used by its group's thread. It is final and has no subclass for the same reason.
 */
public final class MappedMemory implements Memory {
    /** What the guard flag of {@code __wasm_init_memory} holds once the data is in place. */
    private static final int ALREADY_INITIALIZED = 2;

    private final LinearMemoryFile file;
    private final MappedBuffer memory;

    /** Where address 0 is mapped; for plain loads and stores. */
    private final long base;

    private final boolean shared;
    private final GuestWait wait;
    private int limit;
    private boolean swallowing;
    private DataSegment[] segments = new DataSegment[0];

    /**
     * Makes a view of a memory that is not shared in WebAssembly's sense: a wait traps.
     *
     * @param file that holds the memory.
     */
    public MappedMemory(final LinearMemoryFile file) {
        this(file, false, new NoWait(file));
    }

    /**
     * Makes a view.
     *
     * @param file that holds the memory.
     * @param shared what the module says that imports it.
     * @param wait how the thread waits if it is shared; {@link NoWait} for one that belongs to no group.
     */
    public MappedMemory(final LinearMemoryFile file, final boolean shared, final GuestWait wait) {
        this.file = file;
        this.shared = shared;
        this.wait = Objects.requireNonNull(wait, "wait");
        memory = file.linear();
        base = memory.addressOffset();
        limit = file.length();
    }

    /** Sets whether initialisation writes nothing. */
    void swallowInitialization(final boolean swallow) {
        swallowing = swallow;
    }

    /**
     * Writes what instantiation has swallowed.
     *
     * @param instance that the segments belong to.
     */
    void initializeNow(final Instance instance) {
        swallowing = false;
        writeActiveSegments(instance, instance.module().dataSection().dataSegments(), 0);
    }

    /**
     * Where an address is mapped, for a plain load or store without an object: the compiler then knows that no field on the heap
     * changes, and keeps the limit and the base in registers. To it a buffer's access could be one of an array.
     */
    private long place(final int address, final int bytes) {
        return base + at(address, bytes);
    }

    private int at(final int address, final int bytes) {
        if (address < 0 || address > limit - bytes) {
            lookAgain(address, bytes);
        }
        return address;
    }

    /** As {@link #at}, for an atomic: the engine's compiled code has looked at the alignment before, other callers have not. */
    private int aligned(final int address, final int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw new InvalidException("unaligned atomic");
        }
        return at(address, bytes);
    }

    private void lookAgain(final int address, final int bytes) {
        limit = file.length();
        if (address < 0 || bytes < 0 || address > limit - bytes) {
            throw new WasmRuntimeException("out of bounds memory access: address=" + Integer.toUnsignedLong(address)
                    + " bytes=" + Integer.toUnsignedLong(bytes) + " length=" + limit);
        }
    }

    @Override
    public int pages() {
        limit = file.length();
        return limit / PAGE_SIZE;
    }

    @Override
    public int grow(final int pages) {
        final int before = file.grow(pages);
        limit = file.length();
        return before;
    }

    @Override
    public int initialPages() {
        return (int) (file.plan().initialLength() / PAGE_SIZE);
    }

    @Override
    public int maximumPages() {
        return (int) (file.plan().maximumLength() / PAGE_SIZE);
    }

    @Override
    public boolean shared() {
        return shared;
    }

    @Override
    public void initialize(final Instance instance, final DataSegment[] dataSegments) {
        initialize(instance, dataSegments, 0);
    }

    @Override
    public void initialize(final Instance instance, final DataSegment[] dataSegments, final int memoryIndex) {
        segments = dataSegments == null ? new DataSegment[0] : dataSegments.clone();
        if (!swallowing) {
            writeActiveSegments(instance, segments, memoryIndex);
        }
    }

    private void writeActiveSegments(final Instance instance, final DataSegment[] dataSegments, final int memoryIndex) {
        for (final DataSegment segment : dataSegments) {
            if (segment instanceof ActiveDataSegment active && active.index() == memoryIndex) {
                final int address =
                        (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
                try {
                    write(address, active.data(), 0, active.data().length);
                } catch (final WasmRuntimeException e) {
                    throw new UninstantiableException(e.getMessage(), e);
                }
            }
        }
    }

    @Override
    public void initPassiveSegment(final int segment, final int address, final int offset, final int bytes) {
        final byte[] data = segments[segment].data();
        requireWithin(data, offset, bytes);
        at(address, bytes);
        if (!swallowing) {
            memory.putBytes(address, data, offset, bytes);
        }
    }

    @Override
    public void drop(final int segment) {
        if (!swallowing) {
            segments[segment] = PassiveDataSegment.EMPTY;
        }
    }

    @Override
    public void write(final int address, final byte[] data, final int offset, final int bytes) {
        requireWithin(data, offset, bytes);
        at(address, bytes);
        memory.putBytes(address, data, offset, bytes);
    }

    private static void requireWithin(final byte[] data, final int offset, final int bytes) {
        if (offset < 0 || bytes < 0 || offset > data.length - bytes) {
            throw new WasmRuntimeException(
                    "out of bounds memory access: offset=" + offset + " bytes=" + bytes + " length=" + data.length);
        }
    }

    private static int checkedLength(final int bytes) {
        if (bytes < 0) {
            throw new WasmRuntimeException("out of bounds memory access: bytes=" + Integer.toUnsignedLong(bytes));
        }
        return bytes;
    }

    @Override
    public byte[] readBytes(final int address, final int bytes) {
        at(address, checkedLength(bytes));
        final byte[] copy = new byte[bytes];
        memory.getBytes(address, copy, 0, bytes);
        return copy;
    }

    @Override
    public void fill(final byte value, final int from, final int to) {
        final int bytes = checkedLength(to - from);
        at(from, bytes);
        if (!swallowing) {
            memory.setMemory(from, bytes, value);
        }
    }

    @Override
    public void copy(final int to, final int from, final int bytes) {
        at(to, checkedLength(bytes));
        at(from, bytes);
        memory.putBytes(to, memory, from, bytes);
    }

    @Override
    public void zero() {
        fill((byte) 0, 0, file.length());
    }

    @Override
    public byte read(final int address) {
        return UnsafeApi.getByte(place(address, Byte.BYTES));
    }

    @Override
    public void writeByte(final int address, final byte value) {
        UnsafeApi.putByte(place(address, Byte.BYTES), value);
    }

    @Override
    public short readShort(final int address) {
        return UnsafeApi.getShort(place(address, Short.BYTES));
    }

    @Override
    public long readU16(final int address) {
        return readShort(address) & 0xffffL;
    }

    @Override
    public void writeShort(final int address, final short value) {
        UnsafeApi.putShort(place(address, Short.BYTES), value);
    }

    @Override
    public int readInt(final int address) {
        return UnsafeApi.getInt(place(address, Integer.BYTES));
    }

    @Override
    public void writeI32(final int address, final int value) {
        UnsafeApi.putInt(place(address, Integer.BYTES), value);
    }

    @Override
    public long readLong(final int address) {
        return UnsafeApi.getLong(place(address, Long.BYTES));
    }

    @Override
    public void writeLong(final int address, final long value) {
        UnsafeApi.putLong(place(address, Long.BYTES), value);
    }

    @Override
    public float readFloat(final int address) {
        return UnsafeApi.getFloat(place(address, Float.BYTES));
    }

    @Override
    public long readF32(final int address) {
        return readInt(address);
    }

    @Override
    public void writeF32(final int address, final float value) {
        UnsafeApi.putFloat(place(address, Float.BYTES), value);
    }

    @Override
    public double readDouble(final int address) {
        return UnsafeApi.getDouble(place(address, Double.BYTES));
    }

    @Override
    public long readF64(final int address) {
        return readLong(address);
    }

    @Override
    public void writeF64(final int address, final double value) {
        UnsafeApi.putDouble(place(address, Double.BYTES), value);
    }

    @Override
    public void atomicFence() {
        memory.fullFence();
    }

    @Override
    @Deprecated(forRemoval = true)
    @SuppressWarnings("removal")
    public Object lock(final int address) {
        throw new UnsupportedOperationException("atomics need no lock here: address=" + address);
    }

    @Override
    @Deprecated(forRemoval = true)
    @SuppressWarnings("removal")
    public int waitOn(final int address, final int expected, final long timeout) {
        return atomicWait(address, expected, timeout);
    }

    @Override
    @Deprecated(forRemoval = true)
    @SuppressWarnings("removal")
    public int waitOn(final int address, final long expected, final long timeout) {
        return atomicWait(address, expected, timeout);
    }

    @Override
    @Deprecated(forRemoval = true)
    @SuppressWarnings("removal")
    public int notify(final int address, final int waiters) {
        return atomicNotify(address, waiters);
    }

    @Override
    public int atomicWait(final int address, final int expected, final long timeout) {
        aligned(address, Integer.BYTES);
        return await(address, expected, false, timeout);
    }

    @Override
    public int atomicWait(final int address, final long expected, final long timeout) {
        aligned(address, Long.BYTES);
        return await(address, expected, true, timeout);
    }

    private int await(final int address, final long expected, final boolean wide, final long timeout) {
        if (!shared) {
            throw new WasmRuntimeException("expected shared memory: address=" + address);
        }
        try {
            return wait.await(address, expected, wide, timeout);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChicoryInterruptedException("Thread interrupted");
        }
    }

    @Override
    public int atomicNotify(final int address, final int waiters) {
        aligned(address, Integer.BYTES);
        return shared ? wait.notify(address, waiters) : 0;
    }

    @Override
    public int atomicReadInt(final int address) {
        return memory.getIntVolatile(aligned(address, Integer.BYTES));
    }

    @Override
    public void atomicWriteInt(final int address, final int value) {
        memory.putIntVolatile(aligned(address, Integer.BYTES), value);
    }

    @Override
    public int atomicAddInt(final int address, final int delta) {
        return memory.getAndAddInt(aligned(address, Integer.BYTES), delta);
    }

    @Override
    public int atomicXchgInt(final int address, final int value) {
        return memory.getAndSetInt(aligned(address, Integer.BYTES), value);
    }

    @Override
    public int atomicCmpxchgInt(final int address, final int expected, final int replacement) {
        aligned(address, Integer.BYTES);
        if (swallowing && expected == 0 && replacement == 1) {
            return ALREADY_INITIALIZED;
        }
        return memory.compareAndExchangeInt(address, expected, replacement);
    }

    @Override
    public int atomicAndInt(final int address, final int mask) {
        aligned(address, Integer.BYTES);
        while (true) {
            final int seen = memory.getIntVolatile(address);
            if (memory.compareAndSetInt(address, seen, seen & mask)) {
                return seen;
            }
        }
    }

    @Override
    public int atomicOrInt(final int address, final int mask) {
        aligned(address, Integer.BYTES);
        while (true) {
            final int seen = memory.getIntVolatile(address);
            if (memory.compareAndSetInt(address, seen, seen | mask)) {
                return seen;
            }
        }
    }

    @Override
    public int atomicXorInt(final int address, final int mask) {
        aligned(address, Integer.BYTES);
        while (true) {
            final int seen = memory.getIntVolatile(address);
            if (memory.compareAndSetInt(address, seen, seen ^ mask)) {
                return seen;
            }
        }
    }

    @Override
    public long atomicReadLong(final int address) {
        return memory.getLongVolatile(aligned(address, Long.BYTES));
    }

    @Override
    public void atomicWriteLong(final int address, final long value) {
        memory.putLongVolatile(aligned(address, Long.BYTES), value);
    }

    @Override
    public long atomicAddLong(final int address, final long delta) {
        return memory.getAndAddLong(aligned(address, Long.BYTES), delta);
    }

    @Override
    public long atomicXchgLong(final int address, final long value) {
        return memory.getAndSetLong(aligned(address, Long.BYTES), value);
    }

    @Override
    public long atomicCmpxchgLong(final int address, final long expected, final long replacement) {
        return memory.compareAndExchangeLong(aligned(address, Long.BYTES), expected, replacement);
    }

    @Override
    public long atomicAndLong(final int address, final long mask) {
        aligned(address, Long.BYTES);
        while (true) {
            final long seen = memory.getLongVolatile(address);
            if (memory.compareAndSetLong(address, seen, seen & mask)) {
                return seen;
            }
        }
    }

    @Override
    public long atomicOrLong(final int address, final long mask) {
        aligned(address, Long.BYTES);
        while (true) {
            final long seen = memory.getLongVolatile(address);
            if (memory.compareAndSetLong(address, seen, seen | mask)) {
                return seen;
            }
        }
    }

    @Override
    public long atomicXorLong(final int address, final long mask) {
        aligned(address, Long.BYTES);
        while (true) {
            final long seen = memory.getLongVolatile(address);
            if (memory.compareAndSetLong(address, seen, seen ^ mask)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicReadShort(final int address) {
        return memory.getShortVolatile(aligned(address, Short.BYTES));
    }

    @Override
    public void atomicWriteShort(final int address, final short value) {
        memory.putShortVolatile(aligned(address, Short.BYTES), value);
    }

    @Override
    public short atomicAddShort(final int address, final short operand) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (compareAndSet(address, Short.SIZE, seen, seen + operand)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicAndShort(final int address, final short operand) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (compareAndSet(address, Short.SIZE, seen, seen & operand)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicOrShort(final int address, final short operand) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (compareAndSet(address, Short.SIZE, seen, seen | operand)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicXorShort(final int address, final short operand) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (compareAndSet(address, Short.SIZE, seen, seen ^ operand)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicXchgShort(final int address, final short operand) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (compareAndSet(address, Short.SIZE, seen, operand)) {
                return seen;
            }
        }
    }

    @Override
    public short atomicCmpxchgShort(final int address, final short expected, final short replacement) {
        aligned(address, Short.BYTES);
        while (true) {
            final short seen = memory.getShortVolatile(address);
            if (seen != expected || compareAndSet(address, Short.SIZE, seen, replacement)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicReadByte(final int address) {
        return memory.getByteVolatile(at(address, Byte.BYTES));
    }

    @Override
    public void atomicWriteByte(final int address, final byte value) {
        memory.putByteVolatile(at(address, Byte.BYTES), value);
    }

    @Override
    public byte atomicAddByte(final int address, final byte operand) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (compareAndSet(address, Byte.SIZE, seen, seen + operand)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicAndByte(final int address, final byte operand) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (compareAndSet(address, Byte.SIZE, seen, seen & operand)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicOrByte(final int address, final byte operand) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (compareAndSet(address, Byte.SIZE, seen, seen | operand)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicXorByte(final int address, final byte operand) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (compareAndSet(address, Byte.SIZE, seen, seen ^ operand)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicXchgByte(final int address, final byte operand) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (compareAndSet(address, Byte.SIZE, seen, operand)) {
                return seen;
            }
        }
    }

    @Override
    public byte atomicCmpxchgByte(final int address, final byte expected, final byte replacement) {
        at(address, Byte.BYTES);
        while (true) {
            final byte seen = memory.getByteVolatile(address);
            if (seen != expected || compareAndSet(address, Byte.SIZE, seen, replacement)) {
                return seen;
            }
        }
    }

    /**
     * Changes a part of an aligned word; fails also if another part of the word has changed meanwhile. The JDK's intrinsics for
     * bytes are not used: C2 takes what they leave in a register for a byte, though its upper bits can be anything (in JDK 17
     * that of {@code getAndAdd} and {@code getAndSet}, in 17 and 25 that of {@code compareAndExchange}).
     */
    private boolean compareAndSet(final int address, final int bits, final int expected, final int replacement) {
        final int word = address & ~3;
        final int shift = (address & 3) * Byte.SIZE;
        final int mask = ((1 << bits) - 1) << shift;
        final int seen = memory.getIntVolatile(word);
        if ((seen & mask) != (expected << shift & mask)) {
            return false;
        }
        return memory.compareAndSetInt(word, seen, seen & ~mask | replacement << shift & mask);
    }
}
