package dev.lockstep.engine.loader;

import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestMemory;
import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.engine.wasm.ValueType;
import dev.lockstep.engine.wasm.WasmGlobal;
import dev.lockstep.engine.wasm.WasmInstance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The closures of one group: functions of a type that is known only when the guest runs. A call of one stores its arguments on the
 * guest's stack, one behind the other without gaps, and calls the closure's backing function with three i32: where the arguments
 * are, where it may store the results in the same way, and the closure's user data.
 *
 * <p>The backing function is looked up in the table at each call. Used by its group's thread only.
 */
final class Closures implements WasmInstance {
    private static final int STACK_ALIGNMENT = 16;
    private static final int MAX_SIGNATURE = 255;

    private record Closure(ExternType.Function type, int backingFunction, int userData) {}

    private final SlotTable slots;
    private final GuestMemory memory;
    private final WasmGlobal stackPointer;
    private final Map<Integer, Closure> closures = new HashMap<>();
    private int nextFunction;

    Closures(final SlotTable slots, final GuestMemory memory, final WasmGlobal stackPointer) {
        this.slots = slots;
        this.memory = memory;
        this.stackPointer = stackPointer;
    }

    /**
     * {@return the type that a signature stands for}
     *
     * @param signature letters of the parameters, a colon, letters of the results: i (i32), I (i64), f (f32), F (f64).
     * @throws IllegalArgumentException if it is none.
     */
    static ExternType.Function type(final String signature) {
        final int colon = signature.indexOf(':');
        if (colon < 0 || signature.length() > MAX_SIGNATURE) {
            throw notASignature(signature);
        }
        return new ExternType.Function(types(signature, 0, colon), types(signature, colon + 1, signature.length()));
    }

    private static List<ValueType> types(final String signature, final int from, final int to) {
        final List<ValueType> types = new ArrayList<>();
        for (int i = from; i < to; i++) {
            final ValueType type = ValueType.ofLetter(signature.charAt(i));
            if (type == null || type == ValueType.V128 || type.bytes() == 0) {
                throw notASignature(signature);
            }
            types.add(type);
        }
        return types;
    }

    private static IllegalArgumentException notASignature(final String signature) {
        return new IllegalArgumentException(
                "not a closure's signature, write the letters of its parameters, a colon and those"
                        + " of its results (i, I, f, F for i32, i64, f32, f64), no more than " + MAX_SIGNATURE
                        + " characters: signature=" + signature);
    }

    /** Puts a closure into a slot. */
    void prepare(final int slot, final String signature, final int backingFunction, final int userData) {
        if (slots.owner(slot) == this) {
            closures.remove(slots.function(slot));
        }
        closures.put(nextFunction, new Closure(type(signature), backingFunction, userData));
        slots.set(slot, this, nextFunction++); // never one again: who calls through the slot remembers its type by it
    }

    @Override
    public ExternType.Function functionType(final int function) {
        return closures.get(function).type();
    }

    @Override
    public long[] call(final int function, final long... arguments) {
        final Closure closure = closures.get(function);
        final int backing = closure.backingFunction();
        if (!slots.isSlot(backing) || slots.owner(backing) == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT,
                    "closure is called whose backing function is not there any more",
                    null,
                    "slot " + backing,
                    null,
                    null);
        }
        final long top = stackPointer.value();
        final int values = (int) top - bytes(closure.type().parameters());
        final int results = (values - bytes(closure.type().results())) & -STACK_ALIGNMENT;
        store(closure.type().parameters(), values, arguments);
        stackPointer.value(results);
        try {
            slots.owner(backing).call(slots.function(backing), values, results, closure.userData());
            return load(closure.type().results(), results);
        } finally {
            stackPointer.value(top);
        }
    }

    private static int bytes(final List<ValueType> types) {
        return types.stream().mapToInt(ValueType::bytes).sum();
    }

    private void store(final List<ValueType> types, final int address, final long... values) {
        int at = address;
        for (int i = 0; i < values.length; i++) {
            if (types.get(i).bytes() == Integer.BYTES) {
                memory.writeInt(at, (int) values[i]);
            } else {
                memory.writeLong(at, values[i]);
            }
            at += types.get(i).bytes();
        }
    }

    private long[] load(final List<ValueType> types, final int address) {
        final long[] values = new long[types.size()];
        int at = address;
        for (int i = 0; i < values.length; i++) {
            values[i] = types.get(i).bytes() == Integer.BYTES ? memory.readInt(at) : memory.readLong(at);
            at += types.get(i).bytes();
        }
        return values;
    }
}
