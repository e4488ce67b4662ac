/**
 * The dynamic linker of a guest: which module is loaded where, which symbol is bound to what, in which order modules are
 * initialised, and how all groups come to the same. For any engine: what that has to do is behind {@link
 * dev.lockstep.engine.wasm.WasmEngine}.
 *
 * <p>{@link dev.lockstep.engine.loader.GuestProcess} is what the groups of a JVM share, {@link
 * dev.lockstep.engine.loader.GuestReplica} what a group has of its own, {@link dev.lockstep.engine.loader.GuestLinker} what a guest
 * asks for. Reading, compiling and rehearsing happen before an operation; data, relocations and constructors after it, holding
 * nothing of the linker's.
 */
package dev.lockstep.engine.loader;
