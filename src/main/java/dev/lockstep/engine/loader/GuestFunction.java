package dev.lockstep.engine.loader;

import dev.lockstep.engine.wasm.WasmGlobal;
import dev.lockstep.engine.wasm.WasmInstance;

/**
 * A function of the guest that the host calls. Belongs to one group and is called on its thread only, while the group
 * holds whatever lock the guest needs.
 */
public final class GuestFunction {
    private final GuestReplica replica;
    private final WasmGlobal stackPointer;
    private final WasmInstance instance;
    private final int function;

    GuestFunction(
            final GuestReplica replica,
            final WasmGlobal stackPointer,
            final WasmInstance instance,
            final int function) {
        this.replica = replica;
        this.stackPointer = stackPointer;
        this.instance = instance;
        this.function = function;
    }

    /**
     * Calls the function.
     *
     * @param arguments as WebAssembly has them: an i32 in the lower half of each.
     * @return the results.
     * @throws RuntimeException of the engine's own if the guest traps; the stack pointer is put back.
     */
    public long[] call(final long... arguments) {
        replica.makeThreadBlocks();
        return run(arguments);
    }

    /** Calls it whatever thread-local blocks there are still to be made. */
    long[] run(final long... arguments) {
        final long top = stackPointer.value();
        boolean returned = false;
        try {
            final long[] results = instance.call(function, arguments);
            returned = true;
            return results;
        } finally {
            if (!returned) {
                stackPointer.value(top);
            }
        }
    }

    /**
     * Calls a function that has one i32 result.
     *
     * @param arguments as WebAssembly has them.
     * @return the result.
     */
    public int callInt(final long... arguments) {
        return (int) call(arguments)[0];
    }
}
