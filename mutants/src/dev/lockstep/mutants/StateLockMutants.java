package dev.lockstep.mutants;

import static dev.lockstep.mutants.Mutant.mutant;

import java.util.List;

/** Faults of the linker state lock. */
final class StateLockMutants {
    private static final String LOCK = "lock/StateLock.java";

    private StateLockMutants() {}

    static List<Mutant> all() {
        return List.of(
                mutant("writer does not look for readers")
                        .change(
                                LOCK,
                                "if (readersPresent()) { boolean alone = false;",
                                "if (slots < 0) { boolean alone = false;")
                        .caughtBy(Catcher.STATE_LOCK),
                mutant("reader does not look at the writer after its flag")
                        .change(LOCK, "while (!isWriting()) { // After", "while (slot >= 0) { // After")
                        .caughtBy(Catcher.STATE_LOCK),
                mutant("reader flag by a release store, without a fence")
                        .change(
                                LOCK,
                                "buffer.putLongVolatile(flagOffset(slot), 1);",
                                "buffer.putLongRelease(flagOffset(slot), 1);")
                        .caughtBy(Catcher.STATE_LOCK_GIVEN_UP),
                mutant("reader looks at its summary bit before the writer word")
                        .change(
                                LOCK,
                                "while (!isWriting()) { // After the writer word: a bit that is set now is cleared by nobody"
                                        + " who has not seen the flag. if ((buffer.getLongVolatile(summary) & bit) != 0) {"
                                        + " return true; } changeBit(summary, bit, true); }",
                                "changeBit(summary, bit, true); if (!isWriting()) { return true; }")
                        .caughtBy(Catcher.WRITER_DIES_LOOKING),
                mutant("reader does not set its summary bit")
                        .change(
                                LOCK,
                                "if ((buffer.getLongVolatile(summary) & bit) != 0) { return true; }"
                                        + " changeBit(summary, bit, true);",
                                "if (bit != 0) { return true; }")
                        .caughtBy(Catcher.STATE_LOCK),
                mutant("writer clears a summary bit without looking at the flag again")
                        .change(
                                LOCK,
                                "changeBit(summary, bit, false); buffer.fullFence();"
                                        + " if (buffer.getLongVolatile(flagOffset(slot)) != 0) {"
                                        + " changeBit(summary, bit, true); return true; } return false;",
                                "changeBit(summary, bit, false); return false;")
                        .caughtBy(Catcher.ACCESS_MODES),
                mutant("odd version: store-store fence dropped")
                        .drop(LOCK, "buffer.storeStoreFence();")
                        .caughtBy(Catcher.ACCESS_MODES),
                mutant("even version by a plain store")
                        .change(
                                LOCK,
                                "buffer.putLongRelease(writerOffset, (word & ~OWNER_MASK) + ODD);",
                                "buffer.putLong(writerOffset, (word & ~OWNER_MASK) + ODD);")
                        .caughtBy(Catcher.OPTIMISTIC),
                mutant("version does not advance")
                        .change(
                                LOCK,
                                "buffer.putLongRelease(writerOffset, (word & ~OWNER_MASK) + ODD);",
                                "buffer.putLongRelease(writerOffset, (word & ~OWNER_MASK) - ODD);")
                        .caughtBy(Catcher.OPTIMISTIC),
                mutant("optimistic read: acquire fence dropped")
                        .drop(LOCK, "writer.acquireFence();")
                        .caughtBy(Catcher.ACCESS_MODES));
    }
}
