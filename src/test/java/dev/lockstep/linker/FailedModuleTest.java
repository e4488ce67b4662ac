package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import dev.lockstep.region.ConstructorPolicy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A module that fails after its operation is taken out by another one, and everybody knows. */
class FailedModuleTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    private static void assertTakenOut(final Member by, final String handle) {
        assertEquals("0", by.ask("find-module lib"));
        assertEquals("true", by.ask("is-retired " + handle));
        assertEquals("FAILED", by.ask("module-state " + handle));
        assertEquals("FAILED", by.ask("await-module " + handle));
    }

    @ParameterizedTest
    @EnumSource
    void shouldLoadAgainUnderAnotherHandleWhatHasFailed(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String handle = far.ask("load lib 3");
            final String memory = far.ask("memory-of " + handle);
            final Answer waits = cast.main().start("await-module " + handle);
            far.ask("advance-module " + handle + " DATA FAILED");
            assertEquals("FAILED", waits.text());
            final String length = cast.main().ask("table-length");
            assertEquals("true", cast.main().ask("retire " + handle));
            assertEquals("false", far.ask("retire " + handle));
            assertTakenOut(cast.main(), handle);
            assertTakenOut(far, handle);
            assertEquals(length, far.ask("table-length"), "slots are not given back");

            assertEquals("3", far.ask("load lib 3"));
            assertEquals(memory, far.ask("memory-of 3"), "what the failed one had");
            assertEquals("3", cast.main().ask("find-module lib"));
            assertEquals("FAILED", cast.main().ask("module-state " + handle));
            assertEquals("DATA", cast.main().ask("module-state 3"));
            far.ask("advance-module 3 DATA CTORS");
            far.ask("advance-module 3 CTORS READY");
            assertEquals("READY", cast.main().ask("await-module 3"));
            final Member late = cast.nearJoined("late");
            cast.assertSameTables(cast.main(), far, late);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeOutOnceWhenSeveralGroupsDoItAtATime(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member other = cast.farJoined("other");
            for (int round = 0; round < 20; round++) {
                final String handle = far.ask("load lib 1");
                far.ask("advance-module " + handle + " DATA FAILED");
                final long before = cast.committed();
                final List<Answer> answers = List.of(
                        cast.main().start("retire " + handle),
                        far.start("retire " + handle),
                        other.start("retire " + handle));
                assertEquals(
                        1,
                        answers.stream()
                                .filter(answer -> answer.text().equals("true"))
                                .count());
                assertEquals(before + 1, cast.committed());
            }
            assertEquals("131072", far.ask("memory-end"), "main's page and one for all twenty");
            cast.assertSameTables(cast.main(), far, other);
        }
    }

    @Test
    void shouldTakeOverTheNameWhenTheOwnerOfTheConstructorsHasDied() {
        try (Cast cast = new Cast(
                Spread.TWO_JVMS, directory.resolve("u"), WORKER, Cast.CAPACITIES, ConstructorPolicy.CONTINUE)) {
            final Member owner = cast.farJoined("owner");
            final String handle = owner.ask("load lib 3");
            owner.ask("advance-module " + handle + " DATA CTORS");
            final String memory = owner.ask("memory-of " + handle);
            final Answer waits = cast.main().start("await-module " + handle);
            cast.killFar();
            assertEquals("FAILED", waits.text());
            assertEquals(handle, cast.main().ask("find-module lib"), "a reaper writes no tables");
            assertEquals("true", cast.main().ask("retire " + handle));
            assertTakenOut(cast.main(), handle);
            assertEquals("3", cast.main().ask("load lib 3"));
            assertEquals(memory, cast.main().ask("memory-of 3"));
            cast.assertSameTables(cast.main(), cast.nearJoined("late"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseToTakeOutWhatHasNotFailed(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String handle = far.ask("load lib 3");
            for (final String one : new String[] {"1", handle, "9"}) {
                final Outcome refusal = far.refused("retire " + one);
                assertTrue(refusal.failedBy(IllegalArgumentException.class), refusal::toString);
            }
            assertEquals(handle, cast.main().ask("find-module lib"));
            final String before = cast.assertSameTables(cast.main(), far);
            far.ask("broadcast 1");
            assertNotEquals(before, cast.assertSameTables(cast.main(), far));
        }
    }
}
