/** Orderings of redo area and module states. */
package dev.lockstep.linker.table;
