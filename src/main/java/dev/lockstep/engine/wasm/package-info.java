/**
 * What Lockstep asks of a WebAssembly engine, and the few things that every engine's adapter shares: types, the function
 * table of a group, functions of the host.
 *
 * <p>An adapter implements {@link dev.lockstep.engine.wasm.WasmEngine}, {@link dev.lockstep.engine.wasm.WasmModule}, {@link
 * dev.lockstep.engine.wasm.WasmStore}, {@link dev.lockstep.engine.wasm.WasmModuleInstance} and {@link
 * dev.lockstep.engine.wasm.WasmGlobal}, and nothing more: which symbol is bound to
 * what, where a module lies and in which order things happen is decided by the loader. Nothing here knows a particular engine,
 * takes a lock or waits.
 */
package dev.lockstep.engine.wasm;
