package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The topology lease as groups use it: exclusive, numbered, in turn, handed on by claim tickets. */
class TopologyLeaseTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldGrantSecondAcquireOnlyAfterRelease(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member holder = cast.main();
            final Member waiter = cast.farJoined("waiter");
            final int waiterSlot = waiter.slot();
            final long first = holder.askNumber("acquire");
            assertEquals("none", waiter.ask("try-acquire"));
            final Answer second = waiter.start("acquire");
            cast.await("second acquire waits", () -> cast.isWaitingForTopology(waiterSlot));
            assertEquals(holder.group().slot(), cast.shared().topology.owner());
            assertEquals(first + 1, cast.shared().topology.lastGrant());
            holder.ask("release");
            assertEquals(first + 1, Long.parseLong(second.text()));
            assertEquals(waiterSlot, cast.shared().topology.owner());
            waiter.ask("release");
            assertTrue(cast.shared().topology.isFree());
        }
    }

    /** Number 0 is the bootstrap's own. */
    @ParameterizedTest
    @EnumSource
    void shouldNumberTokensFromZeroInOrderOfGrants(final Spread spread) {
        try (Cast cast = cast(spread)) {
            assertEquals(1, cast.shared().topology.lastGrant());
            final Member other = cast.farJoined("other");
            final long joined = cast.shared().topology.lastGrant();
            for (long number = joined; number < joined + 20; number += 2) {
                assertEquals(number, cast.main().askNumber("acquire"));
                cast.main().ask("release");
                assertEquals(number + 1, other.askNumber("acquire"));
                other.ask("release");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeWaitersInOrderOfTheirTickets(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final List<Member> waiters = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                waiters.add(i % 2 == 0 ? cast.farJoined("w" + i) : cast.nearJoined("w" + i));
            }
            long number = cast.main().askNumber("acquire");
            final List<Answer> answers = new ArrayList<>();
            for (final Member waiter : waiters) {
                final int slot = waiter.slot();
                answers.add(waiter.start("acquire"));
                cast.await("waits in turn", () -> cast.isWaitingForTopology(slot));
            }
            cast.main().ask("release");
            for (int i = 0; i < waiters.size(); i++) {
                assertEquals(++number, Long.parseLong(answers.get(i).text()), "waiter " + i);
                waiters.get(i).ask("release");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldResolveContendedAcquirePromptlyWhileHolderNeverRests(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member busy = cast.farJoined("busy");
            final Answer many = busy.start("broadcast-each 200 1");
            final long before = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                cast.main().ask("acquire");
                cast.main().ask("release");
            }
            final long nanos = System.nanoTime() - before;
            assertTrue(nanos < 10_000_000_000L, "20 acquires under contention took " + nanos + " ns");
            many.text();
            cast.awaitQuiet();
            cast.assertSameTables(cast.main(), busy);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAnswerOperationsWhileWaitingForLease(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member waiter = cast.farJoined("waiter");
            final int slot = waiter.slot();
            cast.main().ask("acquire");
            final Answer acquire = waiter.start("acquire");
            cast.await("waits", () -> cast.isWaitingForTopology(slot));
            cast.main().ask("write-holding");
            // a waiter that did not answer would be waited for here for ever
            cast.main().ask("broadcast-held 3");
            cast.main().ask("unwrite");
            assertTrue(cast.isWaitingForTopology(slot));
            cast.main().ask("release");
            acquire.text();
            waiter.ask("release");
            cast.assertSameTables(cast.main(), waiter);
        }
    }

    // ---- handing the token on --------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void shouldHandTokenToAnotherGroupByClaimTicket(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member claimer = cast.farJoined("claimer");
            final long number = cast.main().askNumber("acquire");
            final String ticket = cast.main().ask("offer");
            assertEquals(cast.main().group().slot(), cast.shared().topology.owner(), "owner until it is claimed");
            assertEquals(number, claimer.askNumber("claim " + ticket));
            assertEquals(claimer.slot(), cast.shared().topology.owner());
            assertEquals("false", cast.main().ask("revoke"));
            claimer.ask("write-holding");
            claimer.ask("unwrite");
            assertEquals("none", cast.main().ask("try-acquire"));
            claimer.ask("release");
            assertEquals(number + 1, cast.main().askNumber("acquire"));
            cast.main().ask("release");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldHandTokenBackAndForth(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member other = cast.farJoined("other");
            final long number = cast.main().askNumber("acquire");
            for (int i = 0; i < 5; i++) {
                assertEquals(number, other.askNumber("claim " + cast.main().ask("offer")));
                assertEquals(number, cast.main().askNumber("claim " + other.ask("offer")));
            }
            cast.main().ask("release");
            assertTrue(cast.shared().topology.isFree(), "the token was closed by who claimed it back");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseTicketThatWasRevokedClaimedOrReleased(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member claimer = cast.farJoined("claimer");
            cast.main().ask("acquire");
            final String revoked = cast.main().ask("offer");
            assertEquals("true", cast.main().ask("revoke"));
            assertRefused(claimer, revoked);
            final String claimed = cast.main().ask("offer");
            claimer.ask("claim " + claimed);
            claimer.ask("release");
            assertRefused(claimer, claimed);
            cast.main().ask("acquire");
            final String closed = cast.main().ask("offer");
            cast.main().ask("release");
            assertRefused(claimer, closed);
            assertTrue(cast.shared().topology.isFree());
        }
    }

    private static void assertRefused(final Member claimer, final String ticket) {
        final Outcome refusal = claimer.refused("claim " + ticket);
        assertTrue(refusal.failedBy(IllegalStateException.class), refusal::toString);
        assertTrue(refusal.text().contains("no longer valid"), refusal::toString);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetOfferLapseWhenOffererShutsDown(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member offerer = cast.farJoined("offerer");
            offerer.ask("acquire");
            final String ticket = offerer.ask("offer");
            offerer.ask("shutdown");
            assertRefused(cast.main(), ticket);
            cast.main().ask("acquire");
            cast.main().ask("release");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldHandLeaseToWaiterWhenOfferIsTakenBack(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member waiter = cast.farJoined("waiter");
            final int slot = waiter.slot();
            cast.main().ask("prepare");
            final Answer acquire = waiter.start("acquire");
            cast.await("waits", () -> cast.isWaitingForTopology(slot));
            assertEquals("true", cast.main().ask("cancel"));
            acquire.text();
            assertEquals("false", cast.main().ask("cancel"), "there is nothing left to take back");
            waiter.ask("release");
        }
    }
}
