package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of an operation: its steps and their order, followers, safe regions, adoption, abort. */
final class RendezvousMutants {
    private static final String RENDEZVOUS = "linker/Rendezvous.java";
    private static final String PARTICIPANT = "linker/Participant.java";
    private static final String SLOTS = "linker/GroupSlots.java";
    private static final String EVICTION = "linker/Eviction.java";
    private static final String WRITER = "linker/LinkerStateWriter.java";
    private static final String TABLES = "linker/table/TableWriter.java";
    private static final String SHARED = "linker/LinkerShared.java";
    private static final String CONTROL = "linker/ControlWord.java";
    private static final String RING = "broadcast/RingReader.java";
    private static final String LOG = "broadcast/OperationLog.java";

    private RendezvousMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("instigator does not wait for arrivals")
                        .drop(RENDEZVOUS, "awaitGroups(stop, deadlineNanos, batch.isTakingAway());")
                        .caughtBy(Catcher.OPERATION),
                mutant("instigator does not wait until all have applied")
                        .drop(RENDEZVOUS, "awaitGroups(apply, 0, false);")
                        .caughtBy(Catcher.LOCKSTEP),
                mutant("running groups are not waited for, those that join are")
                        .change(
                                RENDEZVOUS,
                                "return GroupSlots.state(word) == GroupSlots.RUNNING",
                                "return GroupSlots.state(word) == GroupSlots.JOINING")
                        .caughtBy(Catcher.OPERATION),
                mutant("commit before the frame is in the journal")
                        .drop(RENDEZVOUS, "shared.log.append(sequence, last, batch.frames(), 0, batch.length());")
                        .change(
                                RENDEZVOUS,
                                "transaction.apply();",
                                "shared.log.append(ControlWord.sequence(before), ControlWord.sequence(committed),"
                                        + " batch.frames(), 0, batch.length()); transaction.apply();")
                        .caughtBy(Catcher.DEATH),
                mutant("commit before the redo is published")
                        .drop(RENDEZVOUS, "transaction.publish(last);")
                        .change(
                                RENDEZVOUS,
                                "transaction.apply();",
                                "transaction.publish(ControlWord.sequence(committed)); transaction.apply();")
                        .caughtBy(Catcher.DEATH),
                mutant("frame is taken from the ring whatever its round")
                        .change(RING, "(found == sequence && type == OperationRing.typeOf(round))", "found == sequence")
                        .caughtBy(Catcher.DEATH),
                mutant("frame is in the ring before its round is taken")
                        .change(
                                RENDEZVOUS,
                                "record(idle, transaction, batch); recorded = true;",
                                "record(idle, transaction, batch); transmit(committed, batch); recorded = true;")
                        .change(
                                CONTROL,
                                "return phase == COMMITTED1 || phase == APPLY1 ? OperationLog.NO_ROUND : round(word);",
                                "return round(word);")
                        .caughtBy(Catcher.ADDITION_DEATH),
                mutant("instigators do not look at a slot that was claimed")
                        .drop(SLOTS, "take(slot, true);")
                        .caughtBy(Catcher.OPERATION),
                mutant("one operation of a batch is committed")
                        .change(
                                RENDEZVOUS,
                                "ControlWord.committed(stop, batch.count())",
                                "ControlWord.committed(stop, 1)")
                        .caughtBy(Catcher.BATCH_DEATH),
                mutant("follower goes on before the states of the modules are there")
                        .change(
                                PARTICIPANT,
                                "case ControlWord.APPLY, ControlWord.COMMITTED1 -> {",
                                "case ControlWord.APPLY -> {")
                        .change(
                                PARTICIPANT,
                                "case ControlWord.APPLY1 -> {",
                                "case ControlWord.APPLY1, ControlWord.COMMITTED1 -> {")
                        .caughtBy(Catcher.ADDITION_MODULE),
                mutant("arrival is compared by the sequence alone")
                        .change(
                                SLOTS,
                                "getLongVolatile(layout.groupSlot(slot) + ARRIVAL_OFFSET) == arrival;",
                                "getLongVolatile(layout.groupSlot(slot) + ARRIVAL_OFFSET) >>> 19 == arrival >>> 19;")
                        .caughtBy(Catcher.WITHDRAWN),
                mutant("follower does not arrive")
                        .drop(PARTICIPANT, "shared.slots.arrive(slot, ControlWord.arrival(word));")
                        .caughtBy(Catcher.OPERATION),
                mutant("follower arrives and goes on")
                        .change(
                                PARTICIPANT,
                                "shared.slots.arrive(slot, ControlWord.arrival(word));",
                                "shared.slots.arrive(slot, ControlWord.arrival(word)); if (slot >= 0) { handled = word; return; }")
                        .caughtBy(Catcher.OPERATION),
                mutant("applied is stored before the operation is applied")
                        .change(
                                PARTICIPANT,
                                "try { apply(next, length); }",
                                "try { shared.slots.applied(slot, next); apply(next, length); }")
                        .drop(PARTICIPANT, "shared.slots.applied(slot, next); } } private void apply")
                        .change(PARTICIPANT, "applied = next;", "applied = next; } } private void apply")
                        .caughtBy(Catcher.LOCKSTEP),
                mutant("follower does not catch up at IDLE")
                        .change(PARTICIPANT, "catchUp(word); handled = remembered;", "handled = remembered;")
                        .caughtBy(Catcher.COMING_BACK),
                mutant("safe region is left without a fence")
                        .drop(PARTICIPANT, "shared.buffer.fullFence();")
                        .caughtBy(Catcher.SAFE_REGION),
                mutant("RUNNING by a plain store")
                        .change(
                                SLOTS,
                                "buffer.putLongRelease(offset, withState(buffer.getLong(offset), RUNNING));",
                                "buffer.putLong(offset, withState(buffer.getLong(offset), RUNNING));")
                        .caughtBy(Catcher.ACCESS_MODES),
                mutant("safe region is left without another look at the control word")
                        .change(
                                PARTICIPANT,
                                "if (shared.control() == handled && !shared.isClosing()) {",
                                "if (!shared.isClosing()) {")
                        .caughtBy(Catcher.COMING_BACK),
                mutant("nobody adopts an orphaned operation while it waits")
                        .change(PARTICIPANT, "else if (!adoptIfOrphaned()) { if", "else { if")
                        .caughtBy(Catcher.DEATH),
                mutant("waiter that is handed the lease of an orphaned operation takes that for damage")
                        .drop(PARTICIPANT, "&& !shared.topology.takeTurn(slot)")
                        .caughtBy(Catcher.IN_TURN),
                mutant("new owner of the lease withdraws what is committed")
                        .change(
                                RENDEZVOUS,
                                "case ControlWord.STOP -> {",
                                "case ControlWord.STOP, ControlWord.APPLY -> {")
                        .change(
                                RENDEZVOUS,
                                "case ControlWord.APPLY, ControlWord.COMMITTED1, ControlWord.APPLY1 -> {",
                                "case ControlWord.COMMITTED1, ControlWord.APPLY1 -> {")
                        .caughtBy(Catcher.DEATH),
                mutant("adopter does not take the state lock over")
                        .change(
                                RENDEZVOUS,
                                "if (!shared.stateLock.takeOver(self.slot)) {",
                                "if (word < 0 && word > 0) {")
                        .caughtBy(Catcher.DEATH),
                mutant("adopter does not resolve the redo")
                        .drop(RENDEZVOUS, "Redo.resolve(shared.buffer, shared.layout, sequence);")
                        .caughtBy(Catcher.DEATH),
                mutant("adopter does not disown the modules")
                        .change(RENDEZVOUS, "self.frame(), this::disownModules);", "self.frame(), frame -> {});")
                        .caughtBy(Catcher.MODULE),
                mutant("adopter does not transmit again")
                        .drop(LOG, "ring.transmit(round, scratch, 0, length);")
                        .survives(
                                Catcher.DEATH,
                                "the ring is a cache: whoever does not find the record there takes it from the journal"),
                mutant("abort bit is lost by a step of the owner")
                        .change(
                                SHARED,
                                "return buffer.compareAndSetLong(controlOffset, from, to);",
                                "return buffer.compareAndSetLong(controlOffset, from, to)"
                                        + " || buffer.compareAndSetLong(controlOffset, ControlWord.aborted(from), to);")
                        .caughtBy(Catcher.ABORT),
                mutant("abort bit before the detail")
                        .change(
                                SHARED,
                                "buffer.compareAndSetLong( abortDetailOffset, 0,",
                                "while (true) { final long now = control();"
                                        + " if (ControlWord.isAborted(now) || step(now, ControlWord.aborted(now))) {"
                                        + " break; } } buffer.compareAndSetLong( abortDetailOffset, 0,")
                        .caughtBy(Catcher.ABORT_CODE),
                mutant("eviction does not look at the generation")
                        .change(
                                SLOTS,
                                "getLongVolatile(layout.groupSlot(slot) + EVICTION_OFFSET) == generation(word) + 1;",
                                "getLongVolatile(layout.groupSlot(slot) + EVICTION_OFFSET) != 0;")
                        .caughtBy(Catcher.LATE_EVICTION),
                mutant("eviction is left to the next group of the slot")
                        .drop(SLOTS, "buffer.putLongRelease(offset + EVICTION_OFFSET, 0);")
                        .caughtBy(Catcher.ACCESS_MODES),
                mutant("who holds something is evicted")
                        .change(
                                EVICTION,
                                "!= GroupSlots.RUNNING || holdsSomething(slot)) {",
                                "!= GroupSlots.RUNNING) {")
                        .caughtBy(Catcher.LATE_HOLDER),
                mutant("module is taken out while an evicted group runs on")
                        .drop(WRITER, "!shared.slots.isAnyEvicted() &&")
                        .caughtBy(Catcher.TAKEN_OUT),
                mutant("module is taken out twice")
                        .change(
                                TABLES,
                                "final boolean named = !tables.isRetired(handle);",
                                "final boolean named = true;")
                        .caughtBy(Catcher.RETIREMENT),
                mutant("module is unloaded while an evicted group runs on")
                        .change(
                                WRITER,
                                "if (shared.slots.isAnyEvicted()) { return false; } tables.unloadModule(handle);",
                                "tables.unloadModule(handle);")
                        .caughtBy(Catcher.TAKEN_OUT_MEANWHILE),
                mutant("module is taken out without the group that is evicted for it")
                        .change(
                                RENDEZVOUS,
                                "eviction.evictIfHoldingNothing(slot) && isTakingAway",
                                "!eviction.evictIfHoldingNothing(slot) && isTakingAway")
                        .caughtBy(Catcher.TAKEN_OUT_MEANWHILE),
                mutant("state UNLOADED is set before the commit")
                        .change(
                                WRITER,
                                "tables.unloadModule(handle); return true;",
                                "tables.unloadModule(handle); shared.buffer.putLong(shared.layout.tables()"
                                        + " + dev.lockstep.region.TableDescriptor.MODULES_OFFSET + (handle - 1)"
                                        + " * dev.lockstep.region.TableDescriptor.MODULE_LENGTH,"
                                        + " ModuleStates.word(ModuleStates.UNLOADED, ModuleStates.NOBODY)); return true;")
                        .caughtBy(Catcher.UNLOADING),
                mutant("closure is prepared with one rendezvous")
                        .drop("linker/OperationBatch.java", "| 1 << OperationFlyweight.PREPARE_CLOSURE")
                        .caughtBy(Catcher.BATCHES_THAT_CANNOT_BE),
                mutant("slot of a symbol is given with its range and by itself")
                        .drop("linker/table/TableSlots.java", "symbols.consume(first, slots, 3);")
                        .caughtBy(Catcher.SLOTS_AT_RANDOM));
    }
}
