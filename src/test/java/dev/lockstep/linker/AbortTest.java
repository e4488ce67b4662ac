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

/** An abort is sticky, its first code wins, and nobody waits or works on in any JVM. */
class AbortTest {
    private static final int CODE = 77;

    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    private static void assertAborted(final Outcome outcome, final int code, final int slot, final long sequence) {
        assertTrue(outcome.failedBy(SynchronizationAbortedException.class), outcome::toString);
        assertEquals(code, outcome.code(), outcome::toString);
        assertEquals(slot, outcome.slot(), outcome::toString);
        assertEquals(sequence, outcome.sequence(), outcome::toString);
    }

    @ParameterizedTest
    @EnumSource
    void shouldReleaseWaitingLeaseContenderWhenLeaderAborts(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member leader = cast.farJoined("leader");
            final Member follower = cast.nearJoined("follower");
            final int leaderSlot = leader.slot();
            leader.ask("acquire");
            final Answer contender = cast.main().start("acquire");
            cast.await(
                    "contender waits",
                    () -> cast.isWaitingForTopology(cast.main().group().slot()));
            leader.ask("abort " + CODE);
            assertAborted(contender.refusal(), CODE, leaderSlot, 1);
            assertAborted(follower.pollFailure(), CODE, leaderSlot, 1);
            leader.ask("release");
            assertTrue(cast.shared().topology.isFree(), "the contender has taken its ticket back");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReleaseFirstRendezvousWhenMissingGroupAborts(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member instigator = cast.farJoined("instigator");
            final Member missing = cast.nearJoined("missing");
            missing.ask("deaf");
            final Answer broadcast = instigator.start("broadcast 3");
            cast.await(
                    "follower has arrived",
                    () -> cast.hasArrived(cast.main().group().slot()));
            missing.ask("abort " + CODE);
            assertAborted(broadcast.refusal(), CODE, missing.group().slot(), 1);
            assertAborted(cast.main().pollFailure(), CODE, missing.group().slot(), 1);
            assertEquals(1, cast.committed(), "the operation never happened");
            assertEquals(1, cast.main().askNumber("applied"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReleaseSecondRendezvousWhenLeaderCannotApply(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member leader = cast.far("leader");
            final int slot = Integer.parseInt(leader.ask("join fail:2"));
            assertAborted(leader.refused("broadcast 3"), SynchronizationAbortedException.CODE_APPLY_FAILED, slot, 2);
            assertAborted(cast.main().pollFailure(), SynchronizationAbortedException.CODE_APPLY_FAILED, slot, 2);
            assertEquals(2, cast.committed(), "committed, then aborted, counts as committed");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAbortWithCodeWhenFollowerCannotApply(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member follower = cast.far("follower");
            final int slot = Integer.parseInt(follower.ask("join fail:2"));
            final Outcome refusal = cast.main().refused("broadcast 3");
            assertAborted(refusal, SynchronizationAbortedException.CODE_APPLY_FAILED, slot, 2);
            assertAborted(follower.refused("poll"), SynchronizationAbortedException.CODE_APPLY_FAILED, slot, 2);
            assertEquals("", cast.main().ask("entries"));
            assertEquals("", follower.ask("entries"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAbortWithCodeWhenFollowersTableIsOutOfStep(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member follower = cast.far("follower");
            final int slot = Integer.parseInt(follower.ask("join skip:2"));
            assertAborted(
                    cast.main().refused("broadcast 3"),
                    SynchronizationAbortedException.CODE_TABLE_OUT_OF_STEP,
                    slot,
                    2);
            assertEquals("", cast.main().ask("entries"));
            assertEquals("", follower.ask("entries"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseEveryEntryOfEveryGroupEvenWithFreeLocks(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member one = cast.farJoined("one");
            final Member other = cast.farJoined("other");
            final Member near = cast.nearJoined("near");
            final Member asleep = cast.farJoined("asleep");
            asleep.ask("safe");
            cast.main().ask("broadcast 3");
            one.ask("abort " + CODE);
            final int slot = one.slot();
            for (final Member member : List.of(cast.main(), one, other, near)) {
                assertEquals("", member.ask("entries"));
                assertAborted(member.refused("read"), CODE, slot, 2);
                assertAborted(member.refused("write"), CODE, slot, 2);
            }
            assertAborted(asleep.refused("unsafe"), CODE, slot, 2);
            assertTrue(cast.shared().topology.isFree());
            assertEquals(0, cast.shared().stateLock.version() & 1, "state lock is free");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepFirstCodeWhenSeveralAbortAtOnce(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member other = cast.farJoined("other");
            final Member third = cast.nearJoined("third");
            final List<Answer> aborts =
                    List.of(other.start("abort 100"), cast.main().start("abort 200"), third.start("abort 300"));
            aborts.forEach(Answer::text);
            final Outcome first = cast.main().refused("poll");
            final int winner = first.code() / 100 - 1;
            final int[] slots = {other.slot(), cast.main().slot(), third.slot()};
            assertAborted(first, first.code(), slots[winner], 1);
            other.ask("abort 400");
            for (final Member member : List.of(cast.main(), other, third)) {
                assertAborted(member.refused("poll"), first.code(), first.slot(), 1);
            }
        }
    }

    /** The one who is let go of finds the universe aborted, whatever it tries next, and however it was let go of. */
    @ParameterizedTest
    @EnumSource
    void shouldPublishAbortBeforeWaiterLeaves(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member aborter = cast.farJoined("aborter");
            final int slot = aborter.slot();
            final Member waiter = cast.nearJoined("waiter");
            aborter.ask("acquire");
            final Answer left = waiter.start("acquire");
            cast.await("waits", () -> cast.isWaitingForTopology(waiter.group().slot()));
            final Answer next = waiter.start("entries");
            final Answer abort = aborter.start("abort " + CODE);
            assertAborted(left.refusal(), CODE, slot, 1);
            assertTrue(cast.shared().isAborted());
            assertEquals("", next.text());
            abort.text();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldReleaseWaitersForModulesMutexesAndStateLock(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member mailbox = cast.farJoined("mailbox");
            final Member mutex = cast.farJoined("mutex");
            final Member reader = cast.farJoined("reader");
            final int mutexSlot = mutex.slot();
            final Member holder = cast.nearJoined("holder");
            holder.ask("mutex 0");
            final List<Answer> waiting =
                    new ArrayList<>(List.of(mailbox.start("await-module 1"), mutex.start("mutex 0")));
            cast.await("waits for mutex", () -> cast.isWaitingForMutex(0, mutexSlot));
            cast.main().ask("write");
            waiting.add(reader.start("read"));
            waiting.add(holder.start("write"));
            cast.main().ask("abort " + CODE);
            for (final Answer answer : waiting) {
                assertAborted(answer.refusal(), CODE, cast.main().group().slot(), 1);
            }
            cast.main().ask("unwrite");
            assertEquals(0, cast.shared().stateLock.version() & 1, "nobody has taken the state lock");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseBroadcastOfWriterThatWasHeldBefore(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member aborter = cast.farJoined("aborter");
            cast.main().ask("write-with-topology");
            aborter.ask("abort " + CODE);
            final Outcome refusal = cast.main().refused("broadcast-held 3");
            assertAborted(refusal, CODE, aborter.slot(), 1);
            cast.main().ask("unwrite");
            assertTrue(cast.shared().topology.isFree(), "what is held can be given back");
            cast.main().ask("shutdown");
            aborter.ask("shutdown");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldAbortWhenConstructorOwnerShutsDownHalfWay(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member owner = cast.farJoined("owner");
            final int slot = owner.slot();
            final String handle = owner.ask("load lib 2");
            owner.ask("advance-module " + handle + " DATA CTORS");
            owner.ask("shutdown");
            assertAborted(
                    cast.main().pollFailure(), SynchronizationAbortedException.CODE_CONSTRUCTOR_OWNER_DIED, slot, 2);
        }
    }
}
