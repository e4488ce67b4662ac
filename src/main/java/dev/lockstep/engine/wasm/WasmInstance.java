package dev.lockstep.engine.wasm;

/** Something with functions that a slot of the function table can hold. Used by its group's thread only. */
public interface WasmInstance {
    /**
     * Calls a function.
     *
     * @param function index of it.
     * @param arguments as WebAssembly has them: an i32 in the lower half of each, floats as their bits.
     * @return the results, null or empty if there are none.
     * @throws RuntimeException of the engine's own if the guest traps.
     */
    long[] call(int function, long... arguments);

    /**
     * {@return type of a function}
     *
     * @param function index of it.
     */
    ExternType.Function functionType(int function);
}
