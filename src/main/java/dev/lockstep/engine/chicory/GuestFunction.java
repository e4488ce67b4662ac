package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;

/**
 * A function of the guest that the host calls. Belongs to one group and is called on its thread only, while the group
 * holds whatever lock the guest needs.
 */
public final class GuestFunction {
    private final StackPointer stackPointer;
    private final Instance instance;
    private final int function;

    GuestFunction(final StackPointer stackPointer, final Instance instance, final int function) {
        this.stackPointer = stackPointer;
        this.instance = instance;
        this.function = function;
    }

    /**
     * Calls the function.
     *
     * @param arguments as WebAssembly has them: an i32 in the lower half of each.
     * @return the results.
     * @throws com.dylibso.chicory.wasm.ChicoryException if the guest traps; the stack pointer is put back.
     */
    public long[] call(final long... arguments) {
        final long top = stackPointer.getValueLow();
        boolean returned = false;
        try {
            final long[] results = instance.getMachine().call(function, arguments);
            returned = true;
            return results;
        } finally {
            if (!returned) {
                stackPointer.setValue(top);
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
