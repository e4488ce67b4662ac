/**
 * The torture: real JVMs work on one universe, are killed, suspended and started again, and an oracle that knows every
 * committed operation compares what they saw.
 *
 * <p>The launcher ({@code TortureLauncher}) plays rounds, each on a universe of its own ({@code Round}). Workers
 * ({@code TortureWorker}) run groups that do random things; what they hold and what they have seen lies in files of the
 * torture's own ({@code Board}, {@code Acknowledgements}), which outlive them. At the end of a round a process that has
 * taken no part replays the journal and compares ({@code Oracle}).
 */
package dev.lockstep.cli.torture;
