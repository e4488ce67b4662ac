package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.Capacities;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Operations reach every group once and in order: those that run, those that sleep, and those that come later. */
class RendezvousTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldCompleteSixteenRoundsInARow(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member[] members = {cast.main(), cast.farJoined("f1"), cast.nearJoined("n1"), cast.farJoined("f2")};
            for (int round = 0; round < 16; round++) {
                members[round % members.length].ask("broadcast-and-look " + (round + 1));
                assertEquals(round + 2, cast.committed());
                for (final Member member : members) {
                    assertEquals(round + 2, member.askNumber("applied"), "applied when the operation returns");
                }
            }
            cast.assertSameTables(members);
            assertEquals(10 + 16 * 17 / 2, cast.main().askNumber("table-length"));
            cast.awaitQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnForSixteenOperationsAfterHealthyGroupShutDown(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member leaves = cast.farJoined("leaves");
            final Member stays = cast.farJoined("stays");
            cast.main().ask("broadcast 1");
            leaves.ask("shutdown");
            assertTrue(leaves.refused("poll").failedBy(InstanceGroupDeadException.class));
            for (int i = 0; i < 16; i++) {
                (i % 2 == 0 ? cast.main() : stays).ask("broadcast-and-look 2");
            }
            assertEquals(18, cast.committed());
            assertTrue(cast.assertSameTables(cast.main(), stays).startsWith("43/18/"));
            assertEquals(43, stays.askNumber("table-length"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoOnWhenMainGroupShutsDown(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member one = cast.farJoined("one");
            final Member two = cast.nearJoined("two");
            final LinkerShared shared = cast.shared();
            cast.main().ask("shutdown");
            one.ask("broadcast 2");
            two.ask("broadcast 3");
            cast.assertSameTables(one, two);
            assertEquals(3, ControlWord.sequence(shared.control()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReplicateEveryKindOfOperation(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member other = cast.farJoined("other");
            final String handle = other.ask("load lib 4");
            assertEquals("2", handle);
            assertEquals("14", cast.main().ask("resolve 2 symbol"));
            assertEquals("15", other.ask("broadcast 3"));
            assertEquals("18", cast.main().ask("table-length"));
            assertEquals("18", other.ask("table-length"));
            cast.assertSameTables(cast.main(), other);
            final FunctionTable table = cast.main().thread().replica().table();
            assertTrue(table.isOccupied(13) && table.isOccupied(14));
            assertFalse(table.isOccupied(15));
        }
    }

    // ---- one rendezvous --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void shouldAddInTurnWithOperationsThatStop(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member[] members = {cast.main(), cast.farJoined("f1"), cast.nearJoined("n1"), cast.farJoined("f2")};
            for (int round = 0; round < 16; round++) {
                members[round % members.length].ask((round % 3 == 0 ? "broadcast-and-look " : "add-and-look ") + 2);
                assertEquals(round + 2, cast.committed());
                for (final Member member : members) {
                    assertEquals(round + 2, member.askNumber("applied"), "applied when the operation returns");
                }
            }
            assertEquals(42, cast.main().askNumber("table-length"));
            cast.assertSameTables(members);
            cast.awaitQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetOthersGoOnWhileAnAdditionWaitsForOne(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member follower = cast.farJoined("follower");
            final Member busy = cast.nearJoined("busy");
            final Member late = cast.farJoined("late");
            late.ask("safe");
            busy.ask("deaf");
            final Answer adding = cast.main().start("add-and-look 5");
            while (follower.askNumber("applied") != 2) {
                Thread.onSpinWait();
            }
            assertEquals(1, busy.askNumber("applied"));
            assertEquals(2, cast.committed());
            assertEquals(ControlWord.APPLY1, ControlWord.phase(cast.shared().control()));
            late.ask("unsafe");
            assertEquals(2, late.askNumber("applied"));
            busy.ask("hear");
            assertEquals("10", adding.text());
            assertEquals(2, busy.askNumber("applied"));
            cast.assertSameTables(cast.main(), follower, busy, late);
            cast.awaitQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseToTakeAwayWithOneRendezvous(final Spread spread) {
        try (Cast cast = cast(spread)) {
            cast.main().call(() -> {
                final InstanceGroup group = cast.main().group();
                try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> group.addLinkOperation(state, new DlOperation.RetireModule(1)));
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> group.addLinkOperation(state, new DlOperation.PrepareClosure(1, 1, 0, "v")));
                }
                return null;
            });
            assertEquals(1, cast.committed());
            cast.main().ask("add-and-look 1");
            cast.awaitQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldOrderOperationsOfConcurrentInstigators(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member[] members = {cast.main(), cast.farJoined("f1"), cast.nearJoined("n1"), cast.farJoined("f2")};
            final List<Answer> answers = List.of(
                    members[0].start("broadcast-each 40 1"),
                    members[1].start("broadcast-each 40 2"),
                    members[2].start("broadcast-each 40 3"),
                    members[3].start("load-each lib 40"));
            answers.forEach(Answer::text);
            cast.awaitQuiet();
            assertEquals(161, cast.committed());
            for (final Member member : members) {
                member.ask("poll");
            }
            cast.assertSameTables(members);
        }
    }

    // ---- safe regions ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void shouldNotWaitForGroupsInSafeRegionsAndLetThemCatchUp(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member sleeper = cast.farJoined("sleeper");
            final Member nearSleeper = cast.nearJoined("near");
            sleeper.ask("safe");
            nearSleeper.ask("safe");
            cast.main().ask("broadcast 3");
            cast.main().ask("load lib 2");
            assertEquals(1, sleeper.askNumber("applied"));
            sleeper.ask("unsafe");
            nearSleeper.ask("unsafe");
            assertEquals(3, sleeper.askNumber("applied"));
            cast.assertSameTables(cast.main(), sleeper, nearSleeper);
            sleeper.ask("broadcast 1");
            cast.assertSameTables(cast.main(), sleeper, nearSleeper);
        }
    }

    /** The ring holds some sixty such operations, so the sleeper finds most of its own in the journal only. */
    @ParameterizedTest
    @EnumSource
    void shouldCatchUpFromJournalWhenRingHasWrapped(final Spread spread) {
        try (Cast cast = new Cast(spread, directory.resolve("u"), WORKER, smallRing())) {
            final Member sleeper = cast.farJoined("sleeper");
            sleeper.ask("safe");
            cast.main().ask("broadcast-each 250 1");
            sleeper.ask("unsafe");
            cast.assertSameTables(cast.main(), sleeper);
            final Member late = cast.farJoined("late");
            cast.assertSameTables(cast.main(), late);
            cast.main().ask("broadcast-each 10 1");
            sleeper.ask("poll");
            late.ask("poll");
            cast.assertSameTables(cast.main(), sleeper, late);
        }
    }

    private static Capacities smallRing() {
        final Capacities c = Cast.CAPACITIES;
        return new Capacities(
                c.processes(),
                c.groups(),
                c.modules(),
                c.symbols(),
                c.nameBytes(),
                c.freeExtents(),
                c.closureBatches(),
                c.mutexes(),
                1 << 12,
                c.redoBytes(),
                c.journalBytes());
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotLoseOperationsBetweenManySafeRegions(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member dozing = cast.farJoined("dozing");
            final Member near = cast.nearJoined("near");
            final List<Answer> dozes = List.of(dozing.start("doze 300"), near.start("doze 300"));
            final Answer operations = cast.main().start("broadcast-each 100 1");
            dozes.forEach(Answer::text);
            operations.text();
            dozing.ask("poll");
            near.ask("poll");
            assertEquals(101, cast.committed());
            cast.assertSameTables(cast.main(), dozing, near);
        }
    }

    // ---- late joiners ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void shouldRebuildLateJoinersReplicaFromJournalAlone(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member early = cast.nearJoined("early");
            early.ask("load-each lib 20");
            cast.main().ask("resolve 3 f");
            cast.main().ask("closures 150");
            early.ask("broadcast-each 20 2");
            early.ask("shutdown");
            final Member late = cast.farJoined("late");
            cast.assertSameTables(cast.main(), late);
            assertEquals(cast.main().ask("table-length"), late.ask("table-length"));
            late.ask("load later 3");
            cast.assertSameTables(cast.main(), late);
        }
    }

    // ---- deadlines -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void shouldWithdrawOperationWhenGroupDoesNotArriveInTime(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member busy = cast.farJoined("busy");
            final Member follower = cast.nearJoined("follower");
            busy.ask("deaf");
            final String before = cast.main().ask("fingerprint");
            final Outcome late = cast.main().refused("broadcast-within 5 50");
            assertTrue(late.failedBy(RendezvousTimeoutException.class), late::toString);
            assertTrue(late.text().contains("group=" + busy.slot()), late::toString);
            assertEquals(before, cast.main().ask("fingerprint"));
            assertEquals(before, follower.ask("fingerprint"));
            assertEquals("10", cast.main().ask("table-length"));
            assertEquals(1, cast.committed());
            cast.awaitQuiet();
            busy.ask("hear");
            cast.main().ask("broadcast-within 5 30000");
            cast.assertSameTables(cast.main(), busy, follower);
            assertEquals(2, cast.committed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetTheSameWriterTryAgainAfterATimeout(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member busy = cast.farJoined("busy");
            busy.ask("deaf");
            cast.main().call(() -> {
                final InstanceGroup group = cast.main().group();
                try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                    final int base = state.growTable(4);
                    final DlOperation operation = new DlOperation.AllocateFunctionTable(base, 4);
                    assertThrows(
                            RendezvousTimeoutException.class,
                            () -> group.synchronizeLinkOperation(state, operation, 20, TimeUnit.MILLISECONDS));
                    busy.start("hear");
                    group.synchronizeLinkOperation(state, operation, 30, TimeUnit.SECONDS);
                }
                return null;
            });
            assertEquals("14", cast.main().ask("table-length"));
            cast.assertSameTables(cast.main(), busy);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBroadcastAllOfBatchAfterATimeoutOfTheSame(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member busy = cast.farJoined("busy");
            busy.ask("deaf");
            cast.main().call(() -> {
                final InstanceGroup group = cast.main().group();
                try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                    state.enqueueAllocateFunctionTable(state.growTable(4), 4);
                    state.enqueue(new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
                    assertThrows(
                            RendezvousTimeoutException.class,
                            () -> group.synchronizeEnqueued(state, 20, TimeUnit.MILLISECONDS));
                    assertEquals(2, state.enqueued());
                    busy.start("hear");
                    final DlOperation last = new DlOperation.AllocateFunctionTable(state.growTable(2), 2);
                    group.synchronizeLinkOperation(state, last, 30, TimeUnit.SECONDS);
                    assertEquals(0, state.enqueued());
                    state.enqueueAllocateFunctionTable(state.growTable(3), 3);
                    group.addEnqueued(state);
                }
                return null;
            });
            assertEquals(5, cast.committed());
            assertEquals("20", cast.main().ask("table-length"));
            assertEquals(5, busy.askNumber("applied"));
            cast.assertSameTables(cast.main(), busy, cast.farJoined("joiner"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAnswerWithdrawnRoundsAndTheOneThatCounts(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member follower = cast.farJoined("follower");
            final Member busy = cast.nearJoined("busy");
            busy.ask("deaf");
            for (int i = 0; i < 20; i++) {
                cast.main().refused("broadcast-within 1 2");
            }
            busy.ask("hear");
            cast.main().ask("broadcast 1");
            assertEquals(2, cast.committed());
            cast.assertSameTables(cast.main(), follower, busy);
        }
    }
}
