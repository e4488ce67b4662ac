package dev.lockstep.engine.wasm;

/**
 * Something that a module imports.
 *
 * @param module name of the import's module.
 * @param name of the import.
 * @param type that it must have.
 */
public record WasmImport(String module, String name, ExternType type) {
    @Override
    public String toString() {
        return module + "." + name;
    }
}
