package dev.lockstep.engine.wasm;

import java.util.List;

/** A module in the form that an engine makes instances from. Immutable; shared by all groups of a JVM. */
public interface WasmModule {
    /** {@return what the module imports, in its order} */
    List<WasmImport> imports();

    /**
     * {@return what the module exports under a name, or null}
     *
     * @param name of the export.
     */
    WasmExport export(String name);

    /** {@return names of all exports} */
    List<String> exports();

    /** {@return number of functions that run slower than the others, since the engine could not compile them} */
    int interpretedFunctions();
}
