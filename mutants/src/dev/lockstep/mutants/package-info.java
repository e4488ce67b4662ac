/**
 * Faults of the protocol, each put alone into a copy of the production classes, and what sees it. A list of faults for each
 * part of the protocol ({@code …Mutants}); {@code MutantsTest} goes through all of them.
 */
package dev.lockstep.mutants;
