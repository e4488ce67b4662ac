package dev.lockstep.engine.wasm;

import java.util.List;

/** An instance of a module. Used by its group's thread only. */
public interface WasmModuleInstance extends WasmInstance {
    /** {@return the module} */
    WasmModule module();

    /**
     * Links the instance: from now on it can run. Its element segments are written to the group's table, and its start function
     * is run, since compilers set globals in it that each instance has; but nothing is written to memory by data segments, by
     * {@code memory.init} and {@code memory.fill}, and a claim to initialise memory by a compare-and-exchange of 0 for 1 is
     * answered with 2. That is done once for all groups, by {@link #initialize}.
     *
     * @param imports what each import of the module is bound to, in its order.
     * @throws RuntimeException of the engine's own if it refuses a binding.
     */
    void link(List<Binding> imports);

    /** Writes the data segments into memory, and runs the start function again, which now initialises what it is to. */
    void initialize();

    /**
     * {@return value of an exported global}
     *
     * @param name of the export.
     */
    long global(String name);
}
