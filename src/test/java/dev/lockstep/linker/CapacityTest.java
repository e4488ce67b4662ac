package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is full is said by name, changes nothing, and the universe goes on. */
class CapacityTest {
    private static final Capacities C = Cast.CAPACITIES;

    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread, final Capacities capacities) {
        return new Cast(spread, directory.resolve("u"), WORKER, capacities);
    }

    private static void assertFull(final String capacity, final Outcome refusal) {
        assertTrue(refusal.failedBy(CapacityExceededException.class), refusal::toString);
        assertTrue(refusal.text().contains("capacity=" + capacity), refusal::toString);
    }

    /** Tells the instigator something that does not fit; nothing may be different afterwards, in any JVM. */
    private static void assertRefusedWithoutTrace(
            final Cast cast, final Member instigator, final String capacity, final String command) {
        final Member other = instigator == cast.main() ? cast.nearJoined("other-" + capacity) : cast.main();
        final String fingerprint = other.ask("fingerprint");
        final String linkerState = state(instigator);
        final long committed = cast.committed();
        assertFull(capacity, instigator.refused(command));
        cast.awaitQuiet();
        assertEquals(committed, cast.committed());
        assertEquals(linkerState, state(instigator));
        assertEquals(linkerState, state(other));
        assertEquals(fingerprint, other.ask("fingerprint"));
        assertEquals(fingerprint, instigator.ask("fingerprint"));
    }

    private static String state(final Member member) {
        return member.ask("table-length") + " " + member.ask("memory-end") + " " + member.ask("next-handle");
    }

    private static void assertGoesOn(final Cast cast, final Member... members) {
        members[0].ask("broadcast 1");
        cast.assertSameTables(members);
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenJournalIsFull(final Spread spread) {
        try (Cast cast = cast(spread, C.withJournalBytes(1 << 12))) {
            final Member far = cast.farJoined("far");
            Outcome full = null;
            while (full == null) {
                final Outcome outcome = far.start("broadcast 1").outcome();
                full = outcome.failed() ? outcome : null;
            }
            assertFull("journalBytes", full);
            assertRefusedWithoutTrace(cast, far, "journalBytes", "broadcast 1");
            assertRefusedWithoutTrace(cast, cast.main(), "journalBytes", "closure");
            final Member late = cast.farJoined("late");
            cast.assertSameTables(cast.main(), far, late);
            late.ask("mutex 0");
            late.ask("unmutex 0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenOperationIsTooLongForRing(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                C.symbols(),
                C.nameBytes(),
                C.freeExtents(),
                C.closureBatches(),
                C.mutexes(),
                1 << 12,
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            assertRefusedWithoutTrace(cast, far, "ringBytes", "load " + "x".repeat(600) + " 3");
            assertRefusedWithoutTrace(cast, cast.main(), "ringBytes", "resolve 1 " + "x".repeat(600));
            assertEquals("2", far.ask("load short 3"), "the handle was not used up");
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenModulesAreFull(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                3,
                C.symbols(),
                C.nameBytes(),
                C.freeExtents(),
                C.closureBatches(),
                C.mutexes(),
                C.ringBytes(),
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            far.ask("load-each lib 2");
            assertRefusedWithoutTrace(cast, far, "modules", "load more 1");
            assertRefusedWithoutTrace(cast, cast.main(), "modules", "load more 1");
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenNamesAreFull(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                C.symbols(),
                1 << 10,
                C.freeExtents(),
                C.closureBatches(),
                C.mutexes(),
                C.ringBytes(),
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            far.ask("load " + "a".repeat(300) + " 1");
            assertRefusedWithoutTrace(cast, far, "nameBytes", "load " + "b".repeat(300) + " 1");
            assertRefusedWithoutTrace(cast, far, "nameBytes", "resolve 1 " + "b".repeat(600));
            assertEquals("3", far.ask("load short 1"));
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenSymbolsAreFull(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                3,
                C.nameBytes(),
                C.freeExtents(),
                C.closureBatches(),
                C.mutexes(),
                C.ringBytes(),
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            for (int i = 0; i < 3; i++) {
                far.ask("resolve 1 f" + i);
            }
            assertRefusedWithoutTrace(cast, far, "symbols", "resolve 1 f3");
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenClosuresAreFull(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                C.symbols(),
                C.nameBytes(),
                C.freeExtents(),
                1,
                C.mutexes(),
                C.ringBytes(),
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            final String[] indices = far.ask("closures 100").split(" ");
            assertRefusedWithoutTrace(cast, far, "closureBatches", "closure");
            cast.main().ask("free " + indices[42]);
            assertEquals(indices[42], far.ask("closure"));
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenLeftoversAreFull(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                C.symbols(),
                C.nameBytes(),
                1,
                C.closureBatches(),
                C.mutexes(),
                C.ringBytes(),
                C.redoBytes(),
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            far.ask("load lib 1");
            assertRefusedWithoutTrace(cast, far, "freeExtents", "load more 1");
            assertRefusedWithoutTrace(cast, cast.main(), "freeExtents", "load more 1");
            assertEquals("1", far.ask("load-at-once nothing-in-memory 1"));
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenChangeIsTooLargeForRedoArea(final Spread spread) {
        final Capacities small = new Capacities(
                C.processes(),
                C.groups(),
                C.modules(),
                C.symbols(),
                C.nameBytes(),
                C.freeExtents(),
                C.closureBatches(),
                C.mutexes(),
                C.ringBytes(),
                1 << 12,
                C.journalBytes());
        try (Cast cast = cast(spread, small)) {
            final Member far = cast.farJoined("far");
            assertRefusedWithoutTrace(cast, far, "redoBytes", "load-at-once lib 60");
            assertEquals("3", far.ask("load-at-once lib 3"), "the same in smaller parts");
            assertGoesOn(cast, cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenGroupsAreFull(final Spread spread) {
        try (Cast cast = cast(spread, C.withGroups(2))) {
            final Member far = cast.farJoined("far");
            assertFull("groups", cast.near("near").refused("join"));
            final String ticket = cast.main().ask("prepare");
            assertFull("groups", cast.far("child").refused("create " + ticket));
            far.ask("shutdown");
            final Member child = cast.far("second");
            child.ask("create " + ticket);
            assertGoesOn(cast, cast.main(), child);
        }
    }
}
