/**
 * Who is attached to a universe, who of them is dead, and who cleans up after the dead.
 *
 * <p>A process is dead when the kernel has freed its byte of {@code liveness.lock}; nothing else counts, no heartbeat and
 * no time-out. What has to be cleaned up is the caller's: it is behind {@link dev.lockstep.process.Reaper}. Nothing here
 * knows what a lock or a linker is.
 */
package dev.lockstep.process;
