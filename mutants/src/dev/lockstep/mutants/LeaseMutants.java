package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of the lease: tickets, hand-off, claim. */
final class LeaseMutants {
    private static final String LEASE = "lock/Lease.java";

    private LeaseMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("newcomer does not look for tickets")
                        .change(
                                LEASE,
                                "if (flags(word) != FREE || oldestWaiting() >= 0) {",
                                "if (flags(word) != FREE) {")
                        .caughtBy(Catcher.FAIRNESS),
                mutant("hint before the ticket")
                        .change(
                                LEASE,
                                "buffer.putLongVolatile(ticketOffset(slot), ticket);"
                                        + " buffer.putLongVolatile(waitersOffset, ticket);",
                                "buffer.putLongVolatile(waitersOffset, ticket);"
                                        + " buffer.putLongVolatile(ticketOffset(slot), ticket);")
                        .caughtBy(Catcher.FAIRNESS),
                mutant("hint is cleared by a store")
                        .change(
                                LEASE,
                                "buffer.compareAndSetLong(waitersOffset, hint, NOBODY);",
                                "buffer.putLongVolatile(waitersOffset, NOBODY);")
                        .caughtBy(Catcher.STALE_HINT),
                mutant("releaser hands over to nobody")
                        .change(
                                LEASE,
                                "if (buffer.getLong(waitersOffset) == NOBODY) {",
                                "if (buffer.getLong(waitersOffset) >= NOBODY) {")
                        .survives(
                                Catcher.LEASE_CONTENDED,
                                "a lease that is free with somebody waiting is taken by the oldest waiter at its next look,"
                                        + " and by nobody else; handing it over saves that wait"),
                mutant("hand-off by a store")
                        .change(
                                LEASE,
                                "if (buffer.compareAndSetLong(wordOffset, word, pack(grant + 1, next, HELD))) {",
                                "buffer.putLongVolatile(wordOffset, pack(grant + 1, next, HELD)); if (next >= 0) {")
                        .caughtBy(Catcher.LEASE_CONTENDED),
                mutant("hand-off does not look whether the lease is still being released")
                        .change(
                                LEASE,
                                "if (flags(word) != RELEASING || grantOf(word) != grant) {",
                                "if (flags(word) != RELEASING && flags(word) != HELD) {")
                        .caughtBy(Catcher.LEASE_CONTENDED),
                mutant("hand-off does not look by which grant")
                        .change(
                                LEASE,
                                "if (flags(word) != RELEASING || grantOf(word) != grant) {",
                                "if (flags(word) != RELEASING) {")
                        .caughtBy(Catcher.LEASE_CONTENDED),
                mutant("RELEASING by a release store")
                        .change(
                                LEASE,
                                "buffer.putLongVolatile(wordOffset, pack(grant, slot, RELEASING));",
                                "buffer.putLongRelease(wordOffset, pack(grant, slot, RELEASING));")
                        .caughtBy(Catcher.LEASE_GIVEN_UP_LATE),
                mutant("who gives up does not look whether it was granted the lease")
                        .change(
                                LEASE,
                                "if (flags(word) == HELD && slotOf(word) == slot) { release(slot, grantOf(word)); }",
                                "")
                        .caughtBy(Catcher.LEASE_GIVEN_UP),
                mutant("a ticket is taken away without ending the hand-off that is under way")
                        .change(
                                LEASE,
                                "buffer.putLongVolatile(ticketOffset(slot), NO_TICKET);"
                                        + " final long word = buffer.getLongVolatile(wordOffset);"
                                        + " if (flags(word) == RELEASING) { handOff(grantOf(word)); }",
                                "buffer.putLongVolatile(ticketOffset(slot), NO_TICKET);")
                        .caughtBy(Catcher.LEASE_DEATH),
                mutant("claim by a load and a store")
                        .change(
                                LEASE,
                                "return buffer.compareAndSetLong(wordOffset, pack(grant, from, OFFERED),"
                                        + " pack(grant, to, HELD));",
                                "if (buffer.getLongVolatile(wordOffset) != pack(grant, from, OFFERED)) { return false; }"
                                        + " buffer.putLongVolatile(wordOffset, pack(grant, to, HELD)); return true;")
                        .caughtBy(Catcher.CLAIM_AND_CANCEL),
                mutant("offer of the dead is not reaped")
                        .change(
                                LEASE,
                                "if ((flags != HELD && flags != OFFERED) || slotOf(word) != slot) {",
                                "if (flags != HELD || slotOf(word) != slot) {")
                        .caughtBy(Catcher.LEASE));
    }
}
