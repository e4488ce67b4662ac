/**
 * Runs production code over its seams under a scheduler that decides who goes next, which stores are late, and who dies:
 * schedule, memory model, deaths and coverage. Knows the seams, and nothing of the protocol that is explored.
 */
package dev.lockstep.testing.explore;
