package dev.lockstep.linker;

import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.linker.table.Redo;
import dev.lockstep.linker.table.TableCorruptException;
import dev.lockstep.lock.Lease;

/**
 * Cleans up after a slot whose group can do nothing more: its process is dead, or its own thread has given it up.
 *
 * <p>Steps in this order, each idempotent; a reaper that dies leaves the rest to the next one, since the slot is freed
 * last and a process entry after all its slots:
 * <ol>
 *   <li>tickets: nobody can make the slot an owner any more;
 *   <li>state lock, before the lease: while the lease is still in the dead slot's name the phase cannot change, so
 *       whether the lock goes with an unfinished operation (then it is orphaned, still odd, for the next owner of the
 *       lease) or by itself (then its redo is resolved and the version advances) is a fact and not a race;
 *   <li>reader flag;
 *   <li>leases: released on the dead slot's behalf, to the oldest waiter if there is one;
 *   <li>bootstrap that was not finished;
 *   <li>modules whose initialisation the slot owned;
 *   <li>the slot itself.
 * </ol>
 *
 * <p>It never waits. Operations are finished by the next owner of the lease, not here.
 */
final class Reaper implements dev.lockstep.process.Reaper {
    private final LinkerShared shared;

    Reaper(final LinkerShared shared) {
        this.shared = shared;
    }

    @Override
    public void reap(final int process, final long generation) {
        reapProcess(process);
    }

    /** Reaps every slot of a dead process; the caller has the process' byte. */
    void reapProcess(final int process) {
        for (int slot = 0; slot < shared.slots.count(); slot++) {
            if (shared.slots.belongsTo(slot, process)) {
                reapSlot(slot);
            }
        }
        shared.waker.wakeAll();
    }

    void reapSlot(final int slot) {
        release(slot);
        shared.slots.free(slot);
    }

    /**
     * All but the last step. Also for a slot that has just been claimed: nothing is in its name then unless the file is
     * damaged, and what is there would be taken for its new group's.
     */
    void release(final int slot) {
        shared.topology.reapTicket(slot);
        for (final Lease mutex : shared.mutexes) {
            mutex.reapTicket(slot);
        }
        reapStateLock(slot);
        shared.stateLock.unlockRead(slot);
        shared.topology.reapOwner(slot);
        for (final Lease mutex : shared.mutexes) {
            mutex.reapOwner(slot);
        }
        shared.reapBootstrap(slot);
        reapModules(slot);
    }

    private void reapStateLock(final int slot) {
        if (!shared.stateLock.isWriter(slot)) {
            return;
        }
        final long control = shared.control();
        if (shared.topology.owner() == slot
                && ControlWord.phase(control) != ControlWord.IDLE
                && !ControlWord.isAborted(control)) {
            shared.stateLock.orphan(slot);
        } else {
            try {
                Redo.resolve(shared.buffer, shared.layout, ControlWord.sequence(control));
            } catch (final TableCorruptException damaged) {
                abort(slot, damaged);
            }
            shared.stateLock.reapWriter(slot);
        }
    }

    /** Tables that are damaged end the universe, not the reaping: a slot that stays would be waited for. */
    private void abort(final int slot, final TableCorruptException damaged) {
        Log.LOGGER.log(System.Logger.Level.ERROR, "universe is aborted: " + damaged.getMessage(), damaged);
        shared.abort(SynchronizationAbortedException.CODE_CORRUPT, slot);
    }

    private void reapModules(final int slot) {
        for (int handle = 1; handle <= shared.layout.capacities().modules(); handle++) {
            try {
                reapModule(slot, handle);
            } catch (final TableCorruptException damaged) {
                abort(slot, damaged);
            }
        }
    }

    private void reapModule(final int slot, final int handle) {
        final int state = shared.moduleStates.state(handle);
        if (state != ModuleStates.NONE && shared.moduleStates.owner(handle) == slot) {
            if (state == ModuleStates.DATA) {
                shared.moduleStates.advance(handle, state, slot, ModuleStates.DATA, ModuleStates.NOBODY);
            } else if (state == ModuleStates.CTORS) {
                if (shared.abortOnConstructorDeath) {
                    shared.abort(SynchronizationAbortedException.CODE_CONSTRUCTOR_OWNER_DIED, slot);
                }
                shared.moduleStates.advance(handle, state, slot, ModuleStates.FAILED, ModuleStates.NOBODY);
            }
        }
    }
}
