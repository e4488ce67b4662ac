/**
 * Chicory 1.7.5 as an engine: modules compiled to bytecode once a JVM, a function table and module instances a group, and
 * the linear memory of {@link dev.lockstep.engine.LinearMemoryFile} behind every instance.
 *
 * <p>This is the only package (with those below it) that knows Chicory. What is worked round here and why: one memory
 * view a module instance, because passive segments are kept on the memory; one table view a module, because an indirect
 * call between instances compares type indices that mean something in their own module only; slots are set from the host,
 * because {@code table.set} loses the owner.
 */
package dev.lockstep.engine.chicory;
