package dev.lockstep.engine.wasm;

/** A WebAssembly engine: what Lockstep asks of it. Thread-safe. */
public interface WasmEngine {
    /** {@return name of the engine, for messages} */
    String name();

    /**
     * Checks and compiles a module. Takes as long as it takes: no lock is held meanwhile.
     *
     * @param module bytes of the module; the name of its first section has been checked.
     * @return the module.
     * @throws RuntimeException of the engine's own if it refuses the module.
     */
    WasmModule compile(byte[] module);

    /**
     * Makes the engine's part of a group.
     *
     * @param guest what the group's instances share.
     * @return the store, with no instance in it.
     */
    WasmStore newStore(GuestSpace guest);
}
