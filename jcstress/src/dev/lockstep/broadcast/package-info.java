/** Orderings of ring and end cells. */
package dev.lockstep.broadcast;
