/** Orderings of control word, abort, safe region and arrival. */
package dev.lockstep.linker;
