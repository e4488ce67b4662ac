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

/** New groups, made while others load modules, contend, or sleep. */
class SpawnTest {
    private static final int LOADS = 32;
    private static final int SPAWNS = 48;
    private static final int PARENTS = 32;
    private static final int SPAWNS_A_PARENT = 64;

    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLoadModulesAndSpawnGroupsConcurrently(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member nearLoader = cast.nearJoined("near-loader");
            final Member farLoader = cast.farJoined("far-loader");
            final Member farParent = cast.farJoined("far-parent");
            final List<Answer> answers = List.of(
                    nearLoader.start("load-each near " + LOADS / 2),
                    cast.main().start("spawn-and-keep " + SPAWNS / 2),
                    farLoader.start("load-each far " + LOADS / 2),
                    farParent.start("spawn-and-keep " + SPAWNS / 2));
            answers.forEach(Answer::text);
            assertEquals(LOADS + 1, cast.committed());
            final String nearTables = cast.main().ask("children");
            final String farTables = farParent.ask("children");
            assertEquals(nearTables, farTables);
            assertEquals(Long.toHexString(cast.main().thread().replica().table().fingerprint()), nearTables);
            cast.assertSameTables(cast.main(), nearLoader, farLoader, farParent);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldSpawnUnderContention(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final List<Member> parents = new ArrayList<>(List.of(cast.main()));
            for (int i = 1; i < PARENTS; i++) {
                parents.add(i % 2 == 0 ? cast.nearJoined("n" + i) : cast.farJoined("f" + i));
            }
            final List<Answer> answers = new ArrayList<>();
            for (final Member parent : parents) {
                answers.add(parent.start("spawn " + SPAWNS_A_PARENT));
            }
            answers.forEach(Answer::text);
            cast.awaitQuiet();
            assertEquals(PARENTS, cast.shared().slots.occupied(), "every spawned group has left");
            cast.main().ask("broadcast 1");
            cast.assertSameTables(parents.toArray(new Member[0]));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldSpawnWhileOthersSleep(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final List<Member> sleepers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                sleepers.add(i % 2 == 0 ? cast.nearJoined("n" + i) : cast.farJoined("f" + i));
            }
            for (final Member sleeper : sleepers) {
                sleeper.ask("safe");
            }
            final Member child = cast.far("child");
            child.ask("create " + cast.main().ask("prepare"));
            child.ask("load lib 3");
            cast.main().ask("broadcast 2");
            for (final Member sleeper : sleepers) {
                assertEquals(1, sleeper.askNumber("applied"), "sleeps on");
                sleeper.ask("unsafe");
            }
            cast.assertSameTables(sleepers.toArray(new Member[0]));
            cast.assertSameTables(cast.main(), child, sleepers.get(0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldMakeGroupFromTicketOfAnotherGroup(final Spread spread) {
        try (Cast cast = cast(spread)) {
            cast.main().ask("broadcast 5");
            final Member child = cast.far("child");
            child.ask("create " + cast.main().ask("prepare"));
            final Member grandchild = cast.near("grandchild");
            grandchild.ask("create " + child.ask("prepare"));
            cast.assertSameTables(cast.main(), child, grandchild);
            assertTrue(cast.shared().topology.isFree());
            grandchild.ask("broadcast 1");
            cast.assertSameTables(cast.main(), child, grandchild);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseTicketOfGroupThatWasMadeOrCancelled(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final String used = cast.main().ask("prepare");
            final Member child = cast.far("child");
            child.ask("create " + used);
            final int occupied = cast.shared().slots.occupied();
            assertRefused(cast.far("twin").refused("create " + used));
            final String cancelled = cast.main().ask("prepare");
            assertEquals("true", cast.main().ask("cancel"));
            assertRefused(cast.far("late").refused("create " + cancelled));
            assertEquals(occupied, cast.shared().slots.occupied(), "slots were given back");
            child.ask("broadcast 1");
        }
    }

    private static void assertRefused(final Outcome refusal) {
        assertTrue(refusal.failedBy(IllegalStateException.class), refusal::toString);
        assertTrue(refusal.text().contains("no longer valid"), refusal::toString);
    }

    @ParameterizedTest
    @EnumSource
    void shouldFailOnlyTheJoinWhenReplicaCannotReplay(final Spread spread) {
        try (Cast cast = cast(spread)) {
            cast.main().ask("broadcast-each 3 1");
            final Member follower = cast.nearJoined("follower");
            final int occupied = cast.shared().slots.occupied();
            for (final String script : List.of("fail:3", "skip:2")) {
                final Member joiner = cast.far("joiner-" + script);
                final Outcome join = joiner.refused("join " + script);
                assertTrue(join.failedBy(IllegalStateException.class), join::toString);
                assertTrue(join.text().contains("replica failed to apply"), join::toString);
                final Outcome create = joiner.refused("create " + cast.main().ask("prepare") + " " + script);
                assertTrue(create.failedBy(IllegalStateException.class), create::toString);
                assertEquals(occupied, cast.shared().slots.occupied(), "slots were given back");
            }
            cast.awaitQuiet();
            cast.main().ask("broadcast 1");
            final Member healthy = cast.far("healthy");
            healthy.ask("join");
            cast.assertSameTables(cast.main(), follower, healthy);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldJoinWhileOthersBroadcast(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member busy = cast.farJoined("busy");
            final Answer operations = busy.start("broadcast-each 150 1");
            final List<Member> joined = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                joined.add(i % 2 == 0 ? cast.nearJoined("n" + i) : cast.farJoined("f" + i));
            }
            operations.text();
            for (final Member member : joined) {
                member.ask("poll");
            }
            joined.add(cast.main());
            joined.add(busy);
            cast.assertSameTables(joined.toArray(new Member[0]));
        }
    }
}
