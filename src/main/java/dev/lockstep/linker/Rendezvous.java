package dev.lockstep.linker;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.linker.table.Redo;
import dev.lockstep.linker.table.TableTransaction;
import org.agrona.DirectBuffer;

/**
 * One operation with two rendezvous, or with one, in steps that the instigator runs and, after its death, an adopter runs
 * on. Each step is idempotent and leaves in the file what the next one needs; whoever runs them owns the topology lease.
 *
 * <pre>
 *  instigator                            what a death after it leaves            done by the next owner of the lease
 *  stop            → STOP                followers arrive and wait               withdraw
 *  record          journal, end cell     an uncommitted tail, overwritten later  withdraw
 *  publish         redo area             redo of an operation that never was     withdraw drops it
 *  transmit        ring                  a frame of a round that never committed withdraw; nobody takes it
 *  awaitGroups
 *  commit          → APPLY               followers apply                         finish
 *  installTables   redo → tables         redo is still valid                     finish, again from the redo
 *  applyOwn
 *  awaitGroups
 *  end             → IDLE                state lock odd, lease held              the reaper advances and releases
 * </pre>
 *
 * <p>With one rendezvous stop and the first awaitGroups are left out, and commit leads to APPLY1, where who has applied goes on
 * and does not wait for IDLE. If modules are registered commit leads to COMMITTED1, where followers apply, and one more step
 * behind installTables to APPLY1: the state of a module is looked at without a lock, so it has to be there. The frame is
 * transmitted last, since no round is taken before the commit, and who follows at once takes it from the journal. A death before the
 * commit leaves IDLE, and what is in the redo area is dropped by who reaps the linker state.
 *
 * <p>Confined to its participant's thread.
 */
final class Rendezvous {
    /** While its JVM closes the universe an operation may come to its end, if those who are awaited come soon. */
    private static final long CLOSING_PATIENCE_NANOS = 1_000_000_000;

    private final LinkerShared shared;
    private final Participant self;
    private final Eviction eviction;

    Rendezvous(final LinkerShared shared, final Participant self) {
        this.shared = shared;
        this.self = self;
        eviction = new Eviction(shared);
    }

    /**
     * Broadcasts operations. The caller owns the topology lease and holds the linker state for writing.
     *
     * @param transaction what the operations change in the tables.
     * @param batch of them.
     * @param deadlineNanos by the clock, until when the running groups must have arrived; 0 = however long it takes.
     */
    void run(final TableTransaction transaction, final OperationBatch batch, final long deadlineNanos) {
        final long idle = shared.control();
        if (ControlWord.isAborted(idle)) {
            throw shared.aborted();
        }
        self.catchUp(idle); // nothing to do, unless the word is damaged
        final long stop = ControlWord.stop(idle);
        if (!shared.step(idle, stop)) {
            throw shared.aborted();
        }
        boolean arrived = false;
        try {
            shared.noteStop();
            shared.waker.wakeAll();
            record(idle, transaction, batch); // while the groups are on their way
            transmit(stop, batch); // the round is taken, whatever comes of it
            awaitGroups(stop, deadlineNanos, batch.isTakingAway());
            arrived = true;
        } finally {
            if (!arrived) {
                withdraw(stop);
                transaction.takeBack();
            }
        }
        install(stop, ControlWord.committed(stop, batch.count()), transaction, batch);
    }

    /**
     * Broadcasts operations that only add, without stopping anybody: they are committed at once, and every running group
     * applies them at its next poll. The caller owns the topology lease and holds the linker state for writing, so that
     * nobody can look up what they add before every running group has it.
     *
     * @param transaction what the operations change in the tables.
     * @param batch of them.
     */
    void add(final TableTransaction transaction, final OperationBatch batch) {
        final long idle = shared.control();
        if (ControlWord.isAborted(idle)) {
            throw shared.aborted();
        }
        self.refuseIfClosing();
        self.catchUp(idle); // nothing to do, unless the word is damaged
        final long committed = ControlWord.committedAtOnce(idle, batch.count(), batch.isRegistering());
        boolean recorded = false;
        try {
            record(idle, transaction, batch);
            recorded = true;
        } finally {
            if (!recorded) {
                Redo.invalidate(shared.buffer, shared.layout);
                transaction.takeBack();
            }
        }
        shared.noteStop();
        install(idle, committed, transaction, batch);
    }

    /** Everything that must be there at the commit. */
    private void record(final long idle, final TableTransaction transaction, final OperationBatch batch) {
        final long sequence = ControlWord.sequence(idle);
        final long last = sequence + batch.count();
        shared.log.append(sequence, last, batch.frames(), 0, batch.length());
        transaction.publish(last);
    }

    private void transmit(final long word, final OperationBatch batch) {
        shared.log.transmit(ControlWord.round(word), batch.frames(), 0, batch.length());
    }

    private void install(
            final long before, final long committed, final TableTransaction transaction, final OperationBatch batch) {
        if (!shared.step(before, committed)) {
            transaction.invalidate();
            throw shared.aborted();
        }
        try {
            shared.waker.wakeAll();
            transaction.apply();
            transaction.invalidate();
            final long apply = letGoOn(committed);
            if (ControlWord.phase(apply) == ControlWord.APPLY1) {
                // not before: the next to ask for an operation has the same round if this one dies
                transmit(apply, batch);
            }
            end(apply);
        } catch (final SynchronizationAbortedException aborted) {
            throw aborted;
        } catch (final RuntimeException failure) {
            throw brokenAfterCommit(failure);
        }
    }

    /**
     * What is committed has to be finished; an owner that cannot, and is alive, takes the universe with it. Not so after
     * an {@link Error}: that ends the group, and whoever has the lease next finishes the operation.
     */
    private SynchronizationAbortedException brokenAfterCommit(final Throwable failure) {
        shared.abort(SynchronizationAbortedException.CODE_CORRUPT, self.slot);
        final SynchronizationAbortedException aborted = shared.aborted();
        aborted.initCause(failure);
        return aborted;
    }

    /**
     * Waits until every running group has arrived at this round, or has applied the operation; a group seen in a safe
     * region need not, nor one that was evicted.
     *
     * @param word the control word, in STOP, APPLY or APPLY1.
     * @param deadlineNanos by the clock, for arrivals; 0 = however long it takes.
     * @param isTakingAway whether it ends as with a deadline if a group had to be evicted before the commit: that group may
     *     run on, with what would be taken away. After the commit it is where it has stopped.
     */
    private void awaitGroups(final long word, final long deadlineNanos, final boolean isTakingAway) {
        final boolean arriving = ControlWord.phase(word) == ControlWord.STOP;
        final long expected = arriving ? ControlWord.arrival(word) : ControlWord.sequence(word);
        final int count = shared.slots.count();
        self.beginIdle();
        int slot = 0;
        int late = -1;
        long lateSince = 0;
        long giveUpAt = 0;
        while (true) {
            slot = nextAwaited(slot, arriving, expected);
            if (slot == count) {
                self.endIdle();
                return;
            }
            if (shared.control() != word) {
                throw shared.aborted();
            }
            if (arriving) {
                if (shared.isClosing()) {
                    final long now = shared.clock.nanoTime();
                    if (giveUpAt == 0) {
                        giveUpAt = now + CLOSING_PATIENCE_NANOS;
                    } else if (now - giveUpAt >= 0) {
                        self.refuseIfClosing();
                    }
                }
                if (deadlineNanos != 0 && shared.clock.nanoTime() - deadlineNanos >= 0) {
                    throw new RendezvousTimeoutException(
                            "operation was withdrawn, a running group did not arrive before"
                                    + " the deadline: group=" + slot + " process="
                                    + GroupSlots.process(shared.slots.word(slot))
                                    + ", let it poll or enter a safe region, then try again");
                }
            }
            if (shared.evictAfterNanos() != 0) {
                final long now = shared.clock.nanoTime();
                if (late != slot) {
                    late = slot;
                    lateSince = now;
                } else if (now - lateSince >= shared.evictAfterNanos()) {
                    if (eviction.evictIfHoldingNothing(slot) && isTakingAway) {
                        throw new RendezvousTimeoutException(
                                "operation was withdrawn, a running group did not arrive and was evicted, which may run"
                                        + " on with what would be taken away: group=" + slot
                                        + ", try again when its thread has found out or ended");
                    }
                    lateSince = now;
                }
            }
            self.idle();
        }
    }

    /** The first slot from one on that is waited for, or the number of slots. */
    private int nextAwaited(final int from, final boolean arriving, final long expected) {
        final int count = shared.slots.count();
        for (int next = from; next < count; next = (next | Long.SIZE - 1) + 1) {
            for (long bits = shared.slots.takenFrom(next); bits != 0; bits &= bits - 1) {
                final int slot = (next & -Long.SIZE) + Long.numberOfTrailingZeros(bits);
                if (slot >= count) {
                    return count;
                }
                if (isAwaited(slot, arriving, expected)) {
                    return slot;
                }
            }
        }
        return count;
    }

    private boolean isAwaited(final int slot, final boolean arriving, final long expected) {
        if (slot == self.slot) {
            return false;
        }
        final GroupSlots slots = shared.slots;
        final long word = slots.word(slot);
        return GroupSlots.state(word) == GroupSlots.RUNNING
                && !(arriving ? slots.hasArrived(slot, expected) : slots.hasApplied(slot, expected))
                && !slots.isEvicted(slot, word);
    }

    /** STOP → IDLE as if the operation had never been asked for. */
    private void withdraw(final long stop) {
        final long idle = ControlWord.withPhase(stop, ControlWord.IDLE);
        if (shared.step(stop, idle)) {
            self.handled(idle);
        }
        Redo.invalidate(shared.buffer, shared.layout);
        shared.waker.wakeAll();
    }

    /** COMMITTED1 → APPLY1, once the tables are there; nothing in the other phases. */
    private long letGoOn(final long word) {
        final long apply = ControlWord.applying(word);
        if (word != apply) {
            if (!shared.step(word, apply)) {
                throw shared.aborted();
            }
            shared.waker.wakeAll();
        }
        return apply;
    }

    /** Everybody applies, then IDLE. */
    private void end(final long apply) {
        self.catchUp(apply);
        awaitGroups(apply, 0, false);
        final long idle = ControlWord.withPhase(apply, ControlWord.IDLE);
        if (!shared.step(apply, idle)) {
            throw shared.aborted();
        }
        self.handled(idle);
        shared.waker.wakeAll();
    }

    /**
     * Finishes what the former owner of the lease left. Every new owner calls it first; most find nothing to do.
     *
     * @return whether there was something.
     */
    boolean adopt() {
        final long word = shared.control();
        if (ControlWord.isAborted(word)) {
            throw shared.aborted();
        }
        switch (ControlWord.phase(word)) {
            case ControlWord.STOP -> {
                takeOverStateLock(word);
                withdraw(word);
                shared.stateLock.unlockWrite(self.slot);
                return true;
            }
            case ControlWord.APPLY, ControlWord.COMMITTED1, ControlWord.APPLY1 -> {
                takeOverStateLock(word);
                finishCommitted(word);
                shared.stateLock.unlockWrite(self.slot);
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private void finishCommitted(final long word) {
        final long sequence = ControlWord.sequence(word);
        try {
            Redo.resolve(shared.buffer, shared.layout, sequence);
            if (ControlWord.isBeingInstalled(word)) {
                shared.log.retransmit(ControlWord.round(word), sequence, self.frame(), this::disownModules);
            }
        } catch (final RuntimeException failure) {
            throw brokenAfterCommit(failure);
        }
        end(letGoOn(word));
    }

    /**
     * Modules that an operation has just registered are still in the name of its dead instigator, whose reaper may have
     * come before they were there: they are nobody's, for any waiter to take. Before IDLE, and APPLY1, nobody can have taken
     * one yet, so it is the dead who is named, whoever has the slot by now.
     */
    private void disownModules(final DirectBuffer frame) {
        final OperationFlyweight operation = new OperationFlyweight()
                .wrap(Frame.sequence(frame, 0), frame, Frame.HEADER_LENGTH, Frame.payloadLength(frame, 0));
        if (operation.kind() != OperationFlyweight.LOAD_MODULES) {
            return;
        }
        while (operation.nextModule()) {
            shared.moduleStates.advance(
                    operation.moduleHandle(),
                    ModuleStates.DATA,
                    operation.instigator(),
                    ModuleStates.DATA,
                    ModuleStates.NOBODY);
        }
    }

    /**
     * The state lock goes with the operation: whoever reaped the former owner left it odd and orphaned before it passed
     * the lease on, and it is unlocked only after IDLE.
     */
    private void takeOverStateLock(final long word) {
        if (!shared.stateLock.takeOver(self.slot)) {
            throw brokenAfterCommit(new IllegalStateException("operation is under way but the linker state is not held"
                    + " for it: " + ControlWord.describe(word)));
        }
    }
}
