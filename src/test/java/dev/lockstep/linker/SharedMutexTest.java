package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.Cast.Answer;
import dev.lockstep.linker.Cast.Member;
import dev.lockstep.linker.Cast.Spread;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The mutexes that guest calls are guarded by: between all groups of all JVMs, in turn, and cooperative. */
class SharedMutexTest {
    private static final int TIMES = 200;

    @RegisterExtension
    static final SharedWorker WORKER = new SharedWorker();

    @TempDir
    private Path directory;

    private Cast cast(final Spread spread) {
        return new Cast(spread, directory.resolve("u"), WORKER);
    }

    @ParameterizedTest
    @EnumSource
    void shouldExcludeEachOtherAndSeeWhatTheLastOwnerWrote(final Spread spread) throws Exception {
        final Path counter = Files.write(directory.resolve("counter"), new byte[2 * Long.BYTES]);
        try (Cast cast = cast(spread)) {
            final List<Answer> answers = new ArrayList<>();
            for (final Member member :
                    List.of(cast.main(), cast.farJoined("f1"), cast.nearJoined("n1"), cast.farJoined("f2"))) {
                answers.add(member.start("count " + TIMES + " " + counter));
            }
            answers.forEach(Answer::text);
        }
        final ByteBuffer words = ByteBuffer.wrap(Files.readAllBytes(counter)).order(ByteOrder.BIG_ENDIAN);
        assertEquals(4 * TIMES, words.getLong(0));
        assertEquals(4 * TIMES, words.getLong(Long.BYTES), "one grant each");
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeWaitersInOrderWhileOperationsGoOn(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member first = cast.farJoined("first");
            final Member second = cast.nearJoined("second");
            final Member third = cast.farJoined("third");
            final int[] slots = {first.slot(), second.slot(), third.slot()};
            final long grant = cast.main().askNumber("mutex 1");
            final List<Answer> answers = new ArrayList<>();
            for (final Member waiter : List.of(first, second, third)) {
                final int slot = slots[answers.size()];
                answers.add(waiter.start("mutex 1"));
                cast.await("waits", () -> cast.isWaitingForMutex(1, slot));
            }
            cast.main().ask("broadcast 2");
            cast.main().ask("unmutex 1");
            for (int i = 0; i < 3; i++) {
                assertEquals(grant + 1 + i, Long.parseLong(answers.get(i).text()));
                List.of(first, second, third).get(i).ask("unmutex 1");
            }
            cast.assertSameTables(cast.main(), first, second, third);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseReleaseByWhoDoesNotHoldIt(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member far = cast.farJoined("far");
            cast.main().ask("mutex 0");
            assertTrue(far.refused("unmutex 0").failedBy(IllegalMonitorStateException.class));
            cast.main().ask("unmutex 0");
            assertTrue(cast.main().refused("unmutex 0").failedBy(IllegalMonitorStateException.class));
            far.ask("mutex 0");
            assertTrue(cast.main().refused("unmutex 0").failedBy(IllegalMonitorStateException.class));
            far.ask("unmutex 0");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldPassMutexOnWhenItsOwnerShutsDown(final Spread spread) {
        try (Cast cast = cast(spread)) {
            final Member owner = cast.farJoined("owner");
            owner.ask("mutex 0");
            final Answer waiter = cast.main().start("mutex 0");
            cast.await(
                    "waits", () -> cast.isWaitingForMutex(0, cast.main().group().slot()));
            owner.ask("shutdown");
            waiter.text();
            cast.main().ask("unmutex 0");
        }
    }
}
