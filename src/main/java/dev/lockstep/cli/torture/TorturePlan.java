package dev.lockstep.cli.torture;

/**
 * What is asked of a torture.
 *
 * @param kills until it ends; 0 = as many as fit into the time.
 * @param jvms at the same time.
 * @param groups in each of them.
 * @param seed of all that is decided.
 * @param nanos until it ends; 0 = however long it takes.
 * @param fault to bring about.
 * @param joins 0 = kills; else a campaign of so many joins, and no kills.
 */
record TorturePlan(long kills, int jvms, int groups, long seed, long nanos, Fault fault, long joins) {}
