package dev.lockstep.linker;

import java.util.Arrays;

/**
 * The plain {@link Replica}: a function table that remembers what each slot stands for, on the heap.
 *
 * <p>Used where there is no engine: in examples, tests and tools. Two replicas that have applied the same operations have
 * the same {@link #fingerprint()}.
 *
 * <p>Confined to its group's thread; {@link #fingerprint()} and {@link #tableLength()} may be read by others once that
 * thread is done.
 */
public final class FunctionTable implements Replica {
    private static final long EMPTY = 0;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private long[] slots = new long[16];
    private int length;
    private long operations;
    private long modules;

    /** An empty table. */
    public FunctionTable() {}

    @Override
    public void apply(final OperationFlyweight operation) {
        switch (operation.kind()) {
            case OperationFlyweight.LOAD_MODULES -> {
                ensureLength(operation.tableLengthAfter());
                operation.rewindModules();
                while (operation.nextModule()) {
                    modules = modules * 31 + operation.moduleHandle();
                    fill(operation.moduleTableBase(), operation.moduleTableSize(), operation.moduleHandle());
                }
            }
            case OperationFlyweight.RESOLVE_FUNCTION -> {
                ensureLength(operation.tableLengthAfter());
                fill(operation.functionTableIndex(), 1, function(operation.resolvedFrom()));
            }
            case OperationFlyweight.RETIRE_MODULE -> {
                modules = modules * 31 - operation.retiredHandle();
                empty(operation.retiredHandle());
            }
            case OperationFlyweight.PREPARE_CLOSURE -> {
                requireSlots(operation.closureBackingFunction(), 1);
                fill(operation.closureIndex(), 1, closure(operation));
            }
            default -> {
                if (operation.allocateIndex() < length) {
                    throw new TableOutOfStepException("slots are not allocated behind the end of the table: index="
                            + operation.allocateIndex() + " length=" + length);
                }
                ensureLength(operation.tableLengthAfter());
            }
        }
        operations++;
    }

    private void fill(final int from, final int count, final long value) {
        requireSlots(from, count);
        Arrays.fill(slots, from, from + count, value);
    }

    private void requireSlots(final int from, final int count) {
        if (from < 0 || count < 0 || from > length - count) {
            throw new TableOutOfStepException(
                    "slots leave the table: from=" + from + " count=" + count + " length=" + length);
        }
    }

    private void empty(final int module) {
        for (int i = 0; i < length; i++) {
            if (slots[i] == module || slots[i] == function(module)) {
                slots[i] = EMPTY;
            }
        }
    }

    private static long function(final int module) {
        return ((long) module << 32) | 1;
    }

    /** Never a module or its function: those are not negative. */
    private static long closure(final OperationFlyweight operation) {
        final long call = mix(operation.closureBackingFunction() + 1L) ^ mix(~(long) operation.closureUserData());
        return Long.MIN_VALUE | mix(call + operation.closureSignature().hashCode());
    }

    private void ensureLength(final int least) {
        if (least > slots.length) {
            slots = Arrays.copyOf(slots, Math.max(least, slots.length * 2));
        }
        length = Math.max(length, least);
    }

    @Override
    public int tableLength() {
        return length;
    }

    /** {@return number of operations applied} */
    public long operations() {
        return operations;
    }

    /**
     * {@return whether a slot holds something}
     *
     * @param index of the slot.
     */
    public boolean isOccupied(final int index) {
        return index >= 0 && index < length && slots[index] != EMPTY;
    }

    /** {@return a hash over everything that was applied} */
    public long fingerprint() {
        long hash = mix(length) ^ mix(operations * 31 + modules);
        for (int i = 0; i < length; i++) {
            hash = mix(hash + slots[i]);
        }
        return hash;
    }

    private static long mix(final long value) {
        final long mixed = value * MIX;
        return mixed ^ (mixed >>> 32);
    }
}
