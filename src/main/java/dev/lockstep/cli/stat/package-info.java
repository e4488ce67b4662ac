/** {@code lockstep stat}: what a universe is like at this moment, seen from outside. */
package dev.lockstep.cli.stat;
