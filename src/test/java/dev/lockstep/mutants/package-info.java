/** Seeded faults in the protocol, each of which the instruments must catch. Run by the profile {@code mutants}. */
package dev.lockstep.mutants;
