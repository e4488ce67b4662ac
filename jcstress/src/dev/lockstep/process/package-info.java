/** Orderings of process entries. */
package dev.lockstep.process;
