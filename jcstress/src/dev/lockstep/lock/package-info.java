/** Orderings of lease and state lock. */
package dev.lockstep.lock;
