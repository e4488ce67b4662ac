package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slots of the function table for closures: batches of 100, each slot given to one at a time. */
class ClosureTest {
    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeBatchesOfHundredSlots(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            assertEquals("10", far.ask("table-length"));
            far.ask("closure");
            assertEquals("110", far.ask("table-length"));
            assertEquals(2, cast.committed());
            cast.main().ask("closures 99");
            assertEquals("110", cast.main().ask("table-length"), "the whole batch was used first");
            assertEquals(2, cast.committed());
            far.ask("closure");
            assertEquals("210", cast.main().ask("table-length"));
            assertEquals(3, cast.committed());
            cast.assertSameTables(cast.main(), far);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldUseFreedSlotAgainInAnotherGroup(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String index = far.ask("closure");
            assertEquals("true", cast.main().ask("is-closure " + index));
            cast.main().ask("free " + index);
            assertEquals("false", far.ask("is-closure " + index));
            assertEquals(index, cast.main().ask("closure"));
            assertEquals("true", far.ask("is-closure " + index));
            assertEquals(2, cast.committed(), "that took no operation");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseToFreeTwiceOrWhatIsNoClosure(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final String index = cast.main().ask("closure");
            far.ask("free " + index);
            for (final String wrong : List.of(index, "3", "109", "110", "2000000000")) {
                final Outcome refusal = cast.main().refused("free " + wrong);
                assertTrue(refusal.failedBy(IllegalArgumentException.class), refusal::toString);
                assertEquals("false", far.ask("is-closure " + wrong));
            }
            assertEquals(index, far.ask("closure"), "the list of free slots is whole");
            cast.awaitQuiet();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNeverGiveOneSlotToTwoGroups(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            final Member farther = cast.farJoined("farther");
            final List<Answer> answers = List.of(
                    cast.main().start("closures 130"), far.start("closures 130"), farther.start("closures 130"));
            final Set<String> indices = new HashSet<>();
            for (final Answer answer : answers) {
                for (final String index : answer.text().split(" ")) {
                    assertTrue(indices.add(index), () -> "given twice: " + index);
                }
            }
            assertEquals(390, indices.size());
            assertEquals("410", cast.main().ask("table-length"));
            for (final Member member : Arrays.asList(cast.main(), far, farther)) {
                member.ask("poll");
            }
            cast.assertSameTables(cast.main(), far, farther);
        }
    }
}
