package dev.lockstep.engine.wasm;

/**
 * One group's instances in an engine, with the stack pointer that they share. Used by the group's thread only.
 */
public interface WasmStore {
    /**
     * Begins an instance: others can be bound to its functions already, but it can't run until it is {@linkplain
     * WasmModuleInstance#link linked}. Touches nothing.
     *
     * @param module of this store's engine.
     * @return the instance.
     */
    WasmModuleInstance newInstance(WasmModule module);

    /**
     * Makes a global that instances can import.
     *
     * @param type of its value and whether it can be changed.
     * @param value at first.
     * @return the global.
     */
    WasmGlobal newGlobal(ExternType.Global type, long value);

    /** {@return the global {@code __stack_pointer}; reading it through this view does not poll} */
    WasmGlobal stackPointer();

    /**
     * Sets what is run when guest code reaches a place where it may stop: each read of the stack pointer, which functions
     * with a frame begin with.
     *
     * @param poll to run, often; null for none.
     */
    void pollWith(Runnable poll);
}
