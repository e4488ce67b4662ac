package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of what finds damaged words: it sees none, or takes for damage what is none. */
final class DamageMutants {
    private static final String LEASE = "lock/Lease.java";
    private static final String LOCK = "lock/StateLock.java";
    private static final String CHECKS = "linker/WordChecks.java";
    private static final String PARTICIPANT = "linker/Participant.java";
    private static final String SEARCH = "linker/DeathSearch.java";
    private static final String FACTORY = "linker/GroupFactory.java";
    private static final String SLOTS = "linker/GroupSlots.java";

    private DamageMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("owner of a lease is a stray at the first look")
                        .change(
                                LEASE,
                                "&& buffer.getLongVolatile(wordOffset) == word) { return \"word=lease",
                                ") { return \"word=lease")
                        .caughtBy(Catcher.WATCHED_LEAVING),
                mutant("ticket is a stray at the first look")
                        .drop(LEASE, "&& buffer.getLongVolatile(ticketOffset(slot)) == ticket")
                        .caughtBy(Catcher.WATCHED_LEAVING),
                mutant("writer is a stray at the first look")
                        .change(
                                LOCK,
                                "&& buffer.getLongVolatile(writerOffset) == word) { return \"word=writer",
                                ") { return \"word=writer")
                        .caughtBy(Catcher.WATCHED_LEAVING),
                mutant("reader flag is a stray at the first look")
                        .drop(LOCK, "&& vacancy.applyAsLong(slot) == stamp")
                        .caughtBy(Catcher.WATCHED_VISIT),
                mutant("reader flag is a stray if the slot is vacant again")
                        .change(LOCK, "vacancy.applyAsLong(slot) == stamp", "vacancy.applyAsLong(slot) >= 0")
                        .caughtBy(Catcher.WATCHED_VISIT),
                mutant("slot belongs to nobody at the first look")
                        .change(CHECKS, "&& shared.slots.word(slot) == word) { refuse(", ") { refuse(")
                        .caughtBy(Catcher.WATCHED_VISIT),
                mutant("state lock is orphaned for ever at the first look")
                        .drop(CHECKS, "&& shared.stateLock.isOrphaned() && shared.stateLock.version() == version")
                        .caughtBy(Catcher.WATCHED_ORPHANS),
                mutant("state lock is orphaned for ever if it is so again")
                        .drop(CHECKS, "&& shared.stateLock.version() == version")
                        .caughtBy(Catcher.WATCHED_ORPHANS),
                mutant("nobody looks for damaged words")
                        .drop(SEARCH, "wordChecks.check();")
                        .caughtBy(Catcher.HOSTILE_FILE),
                mutant("owner of a lease may be a slot that nobody has")
                        .change(LEASE, "if (owner >= 0 && (owner >= slots", "if (owner >= slots && (owner >= slots")
                        .caughtBy(Catcher.STRAY_OWNER),
                mutant("what is in the name of a claimed slot is its group's")
                        .drop(FACTORY, "new Reaper(shared).release(slot);")
                        .caughtBy(Catcher.INHERITED_FLAG),
                mutant("who waits leaves its own reader flag up")
                        .change(
                                LOCK,
                                "!= 0) { buffer.putLongRelease(flagOffset(slot), 0); } }",
                                "!= 0) { waker.wakeAll(); } }")
                        .caughtBy(Catcher.OWN_FLAG),
                mutant("who writes waits to write once more")
                        .change(
                                LOCK,
                                "refuseOwn(slot); waitToBecomeWriter(slot, cooperation);",
                                "waitToBecomeWriter(slot, cooperation);")
                        .caughtBy(Catcher.OWN_WRITER),
                mutant("owner of the lease waits for the end of an operation that nobody makes")
                        .change(PARTICIPANT, "throw damaged(word); } idle();", "idle(); } idle();")
                        .caughtBy(Catcher.STOP_OF_NOBODY),
                mutant("running group does not look whether its slot says so")
                        .change(
                                PARTICIPANT,
                                "if (running && !(shared.slots.isRunning(slot) && shared.slots.isTaken(slot))) {",
                                "if (slot < 0) {")
                        .caughtBy(Catcher.SAID_TO_BE_SAFE),
                mutant("more than is committed counts as applied")
                        .change(
                                SLOTS,
                                "return appliedSequence(slot) == sequence;",
                                "return appliedSequence(slot) >= sequence;")
                        .caughtBy(Catcher.APPLIED_TOO_MUCH),
                mutant("fewer may be committed than were applied")
                        .change(PARTICIPANT, "if (applied > sequence) {", "if (applied < 0) {")
                        .caughtBy(Catcher.FEWER_COMMITTED));
    }
}
