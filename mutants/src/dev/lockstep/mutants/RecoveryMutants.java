package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of reaping, slots, process entries and bootstrap. */
final class RecoveryMutants {
    private static final String REAPER = "linker/Reaper.java";
    private static final String PROCESSES = "process/ProcessTable.java";
    private static final String PARTICIPANT = "linker/Participant.java";
    private static final String FACTORY = "linker/GroupFactory.java";
    private static final String SLOTS = "linker/GroupSlots.java";

    private RecoveryMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("waiters do not search for the dead")
                        .drop(PARTICIPANT, "shared.checkForDeaths();")
                        .caughtBy(Catcher.DEATH),
                mutant("ticket of the dead is left")
                        .drop(REAPER, "shared.topology.reapTicket(slot);")
                        .caughtBy(Catcher.LEASE),
                mutant("lease of the dead is left")
                        .drop(REAPER, "shared.topology.reapOwner(slot);")
                        .caughtBy(Catcher.LEASE),
                mutant("mutex of the dead is left")
                        .drop(REAPER, "mutex.reapOwner(slot);")
                        .caughtBy(Catcher.MUTEX),
                mutant("lease is reaped before the state lock")
                        .drop(REAPER, "shared.topology.reapOwner(slot);")
                        .change(
                                REAPER,
                                "shared.topology.reapTicket(slot);",
                                "shared.topology.reapTicket(slot); shared.topology.reapOwner(slot);")
                        .caughtBy(Catcher.DEATH),
                mutant("state lock is not orphaned: the version advances in the middle of an operation")
                        .change(REAPER, "shared.stateLock.orphan(slot);", "shared.stateLock.reapWriter(slot);")
                        .caughtBy(Catcher.DEATH),
                mutant("redo of a dead writer is not resolved")
                        .drop(REAPER, "Redo.resolve(shared.buffer, shared.layout, ControlWord.sequence(control));")
                        .caughtBy(Catcher.THREE_DEATHS_WRITER),
                mutant("reader flag of the dead is left")
                        .drop(REAPER, "shared.stateLock.unlockRead(slot);")
                        .caughtBy(Catcher.READERS),
                mutant("bootstrap of the dead is left")
                        .drop(REAPER, "shared.reapBootstrap(slot);")
                        .caughtBy(Catcher.BOOTSTRAP),
                mutant("bootstrap is refused without a search for the dead")
                        .drop(FACTORY, "shared.checkForDeaths(); if (!shared.beginBootstrap(group.slot())) {")
                        .change(
                                FACTORY,
                                "throw new BootstrappedException(); } } requireNotBootstrapped();",
                                "throw new BootstrappedException(); } requireNotBootstrapped();")
                        .caughtBy(Catcher.BOOTSTRAP),
                mutant("module of the dead is left")
                        .drop(
                                REAPER,
                                "shared.moduleStates.advance(handle, state, slot, ModuleStates.DATA, ModuleStates.NOBODY);")
                        .caughtBy(Catcher.MODULE),
                mutant("slot is freed before the rest of the reaping")
                        .change(
                                REAPER,
                                "release(slot); shared.slots.free(slot);",
                                "shared.slots.free(slot); release(slot);")
                        .caughtBy(Catcher.SLOT_AGAIN),
                mutant("process entry is freed before its slots")
                        .change(
                                PROCESSES,
                                "reaper.reap(index, generation); free(index, generation);",
                                "free(index, generation); reaper.reap(index, generation);")
                        .caughtBy(Catcher.TWO_DEATHS),
                mutant("slot is claimed by a load and a store")
                        .change(
                                SLOTS,
                                "if (state(word) == FREE && buffer.compareAndSetLong( offset + STATE_OFFSET, word,"
                                        + " pack(generation(word) + 1, process, JOINING))) {",
                                "if (state(word) == FREE) { buffer.putLongVolatile(offset + STATE_OFFSET,"
                                        + " pack(generation(word) + 1, process, JOINING));")
                        .caughtBy(Catcher.JOINERS));
    }
}
