/**
 * Locks between threads and JVMs, usable on their own: the lease (a fair mutex with grants), the reader/writer lock with
 * optimistic reads, and how to wait for them.
 *
 * <p>A participant is a slot number; who that is, whether it is alive and what it must do while it waits is behind
 * {@link dev.lockstep.lock.Cooperation} and {@link dev.lockstep.lock.Waker}. Nothing here knows a linker.
 */
package dev.lockstep.lock;
