/**
 * What needs {@code java.lang.foreign}. Compiled by a JDK 22 or later only, and reached by reflection, so that the benchmarks
 * are there without it; hands out nothing but interfaces of the JDK.
 */
package dev.lockstep.bench.foreign;
