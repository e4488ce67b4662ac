/** Lincheck over lease and state lock. */
package dev.lockstep.lock;
