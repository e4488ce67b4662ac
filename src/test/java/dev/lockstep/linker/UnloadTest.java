package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.Capacities;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A module that is ready is taken out again, with everything that it had, and everybody knows. */
class UnloadTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLoadAgainToWhereItWas(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String handle = far.ask("ready lib 3");
            final String memory = far.ask("memory-of " + handle);
            final String slot = cast.main().ask("resolve " + handle + " f");
            assertEquals(slot, far.ask("find-symbol " + handle + " f"));
            final String length = far.ask("table-length");
            assertEquals("true", cast.main().ask("unload " + handle));
            for (final Member member : new Member[] {cast.main(), far}) {
                assertEquals("UNLOADED", member.ask("module-state " + handle));
                assertEquals("UNLOADED", member.ask("await-module " + handle));
                assertEquals("true", member.ask("is-retired " + handle));
                assertEquals("0", member.ask("find-module lib"));
                assertEquals("-1", member.ask("find-symbol " + handle + " f"));
            }
            cast.assertSameTables(cast.main(), far);
            assertEquals("3", far.ask("ready lib 3"));
            assertEquals(memory, cast.main().ask("memory-of 3"));
            assertEquals(slot, far.ask("resolve 3 f"));
            assertEquals(length, cast.main().ask("table-length"));
            assertEquals("UNLOADED", cast.main().ask("module-state " + handle));
            final Member late = cast.nearJoined("late");
            cast.assertSameTables(cast.main(), far, late);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldUnloadSeveralWithOneCommit(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String first = far.ask("ready a 3");
            final String second = cast.main().ask("ready b 2");
            final String third = far.ask("ready c 1");
            final long before = cast.committed();
            assertEquals("true", far.ask("unload " + first + " " + third));
            assertEquals(before + 2, cast.committed());
            assertEquals("READY", far.ask("module-state " + second));
            assertEquals("UNLOADED", cast.main().ask("module-state " + first));
            assertEquals("UNLOADED", cast.main().ask("module-state " + third));
            final String length = far.ask("table-length");
            far.ask("ready d 1");
            far.ask("ready e 3");
            assertEquals(length, far.ask("table-length"));
            cast.assertSameTables(cast.main(), far, cast.nearJoined("late"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotUnloadWhatAnybodyRefersTo(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String handle = far.ask("ready lib 3");
            assertEquals("1", far.ask("retain " + handle));
            assertEquals("2", cast.main().ask("retain " + handle));
            assertEquals("1", far.ask("let-go " + handle));
            assertEquals("1", far.ask("references " + handle));
            final Outcome refusal = far.refused("unload " + handle);
            assertTrue(refusal.failedBy(IllegalArgumentException.class), refusal::toString);
            if (spread == Spread.TWO_JVMS) {
                cast.killFar();
            } else {
                far.ask("shutdown");
            }
            assertEquals("1", cast.main().ask("references " + handle), "not a group's, but the universe's");
            assertEquals("0", cast.main().ask("let-go " + handle));
            final Outcome none = cast.main().refused("let-go " + handle);
            assertTrue(none.failedBy(IllegalArgumentException.class), none::toString);
            assertEquals("true", cast.main().ask("unload " + handle));
            assertEquals("0", cast.main().ask("references " + handle));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotGrowHoweverOftenAModuleComesAndGoes(final Spread spread) {
        final int rounds = 1000;
        final Capacities c = Cast.CAPACITIES;
        final Capacities capacities = new Capacities(
                c.processes(),
                c.groups(),
                rounds + 8,
                c.symbols(),
                c.nameBytes(),
                c.freeExtents(),
                c.closureBatches(),
                c.mutexes(),
                c.redoBytes(),
                c.ringBytes(),
                1 << 21);
        try (Cast cast = new Cast(spread, directory.resolve("u"), WORKER, capacities)) {
            final Member far = cast.farJoined("far");
            final String first = far.ask("cycle 1");
            final String second = cast.main().ask("cycle 1");
            assertEquals(first, second);
            assertEquals(first, far.ask("cycle " + (rounds - 2) / 2));
            assertEquals(first, cast.main().ask("cycle " + (rounds - 2) / 2));
            assertEquals(String.valueOf(rounds + 2), far.ask("ready lib 3"), "handles are not used again");
            cast.assertSameTables(cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldPrepareClosureInEveryGroup(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String index = far.ask("closure");
            final String empty = cast.assertSameTables(cast.main(), far);
            far.ask("prepare-closure " + index + " 3 -7 vii");
            final String prepared = cast.assertSameTables(cast.main(), far);
            assertNotEquals(tableOf(empty), tableOf(prepared));
            cast.main().ask("prepare-closure " + index + " 4 -7 vii");
            final String again = cast.assertSameTables(cast.main(), far);
            assertNotEquals(tableOf(prepared), tableOf(again));
            cast.assertSameTables(cast.main(), far, cast.nearJoined("late"));
        }
    }

    private static String tableOf(final String fingerprint) {
        return fingerprint.substring(fingerprint.lastIndexOf('/'));
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseToPrepareWhatIsNoClosure(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String index = far.ask("closure");
            final String last = String.valueOf(far.askNumber("table-length") - 1);
            final String beyond = String.valueOf(far.askNumber("table-length"));
            final long before = cast.committed();
            final String[] refused = {
                "prepare-closure 3 3 0 v",
                "prepare-closure -1 3 0 v",
                "prepare-closure " + last + " 3 0 v",
                "prepare-closure " + index + " " + beyond + " 0 v",
                "prepare-closure " + index + " -1 0 v",
                "prepare-closure " + index + " 3 0 ä",
                "prepare-closure " + index + " 3 0 " + "v".repeat(256)
            };
            for (final String command : refused) {
                final Outcome refusal = far.refused(command);
                assertTrue(refusal.failedBy(IllegalArgumentException.class), refusal::toString);
            }
            assertEquals(before, cast.committed());
            far.ask("prepare-closure " + index + " " + last + " 0 " + "v".repeat(255));
            far.ask("free " + index);
            final Outcome refusal = cast.main().refused("prepare-closure " + index + " 3 0 v");
            assertTrue(refusal.failedBy(IllegalArgumentException.class), refusal::toString);
            cast.assertSameTables(cast.main(), far);
        }
    }
}
