/**
 * The linker's synchronization: who exists, what every group must agree on, and how a change reaches them all.
 *
 * <p>Groups, topology lease, linker state, operations, the rendezvous that broadcasts them, and abort. What an
 * operation means to an engine is behind {@link dev.lockstep.linker.Replica}; nothing here knows an engine.
 */
package dev.lockstep.linker;
