package dev.lockstep.engine.wasm;

/**
 * Something that a module exports.
 *
 * @param index among the module's things of that kind, imported ones first.
 * @param type of it.
 * @param constant of a global that is initialised by a single constant; null of anything else.
 */
public record WasmExport(int index, ExternType type, Long constant) {}
