package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock is the test's: a time is a number in nanoseconds, the timeout is 100. */
class PreparationWaitTest {
    private static final Request FIRST = new Request(ContentHash.of(new byte[] {1}), 5);
    private static final Request SECOND = new Request(ContentHash.of(new byte[] {2}), 5);
    private static final ContentHash ELSE = ContentHash.of(new byte[] {3});
    private static final Member ONE = new Member(1, 7);
    private static final Member OTHER = new Member(2, 9);
    private static final long START = Long.MAX_VALUE - 50;

    @TempDir
    Path directory;

    private PreparationFiles files;
    private PreparationWait wait;

    @BeforeEach
    void open() throws IOException {
        files = new PreparationFiles(directory);
        files.join(ONE);
        wait = new PreparationWait(files, List.of(FIRST, SECOND), Duration.ofNanos(100));
    }

    private void prepare(final ContentHash module, final Member member) throws IOException {
        files.prepared(module, member);
        files.answered(member);
    }

    private boolean isOverAt(final long time) throws IOException {
        return wait.isOver(List.of(ONE, OTHER), START + time);
    }

    private LinkException failureAt(final long time) {
        return assertThrows(LinkException.class, () -> isOverAt(time));
    }

    @Test
    void shouldWaitForEveryModuleOfEveryProcess() throws IOException {
        files.join(OTHER);
        assertFalse(isOverAt(0));
        prepare(FIRST.module(), ONE);
        prepare(SECOND.module(), ONE);
        prepare(SECOND.module(), OTHER);
        assertFalse(isOverAt(1));
        prepare(FIRST.module(), OTHER);
        assertTrue(isOverAt(2));
    }

    @Test
    void shouldNotWaitForWhatWasPreparedBefore() throws IOException {
        prepare(FIRST.module(), ONE);
        prepare(SECOND.module(), ONE);
        assertTrue(isOverAt(0));
    }

    @Test
    void shouldNotWaitForWhoTakesNoPartOrNoLonger() throws IOException {
        files.join(OTHER);
        assertFalse(isOverAt(0));
        files.leave(ONE);
        assertFalse(isOverAt(1));
        assertTrue(wait.isOver(List.of(ONE), START + 2));
        assertTrue(wait.isOver(List.of(), START + 1_000));
    }

    @Test
    void shouldWaitAgainForWhoComesBackWithNothing() throws IOException {
        prepare(FIRST.module(), ONE);
        prepare(SECOND.module(), ONE);
        assertTrue(isOverAt(0));
        files.leave(ONE);
        assertTrue(isOverAt(1));
        files.join(ONE);
        assertFalse(isOverAt(2));
    }

    @Test
    void shouldFailWhenAProcessGivesNoAnswer() throws IOException {
        assertFalse(isOverAt(0));
        assertFalse(isOverAt(99));
        final LinkException e = failureAt(100);
        assertTrue(e.getMessage().contains("does not prepare a module"), e.getMessage());
        assertTrue(e.getMessage().contains("process=1 "), e.getMessage());
        assertTrue(e.getMessage().contains("prepared=0 of=2"), e.getMessage());
    }

    @Test
    void shouldStartTheTimeAgainWithEveryAnswer() throws IOException {
        assertFalse(isOverAt(0));
        prepare(FIRST.module(), ONE);
        assertFalse(isOverAt(90));
        assertFalse(isOverAt(189));
        final LinkException e = failureAt(190);
        assertTrue(e.getMessage().contains("module=" + SECOND.module() + " "), e.getMessage());
        assertTrue(e.getMessage().contains("prepared=1 of=2"), e.getMessage());
    }

    @Test
    void shouldTakeAnAnswerToAnotherRequestForASignOfLife() throws IOException {
        assertFalse(isOverAt(0));
        prepare(ELSE, ONE);
        assertFalse(isOverAt(90));
        assertFalse(isOverAt(189));
        failureAt(190);
    }

    @Test
    void shouldGiveEachProcessItsOwnTime() throws IOException {
        assertFalse(isOverAt(0));
        files.join(OTHER);
        assertFalse(isOverAt(60));
        prepare(ELSE, OTHER);
        assertFalse(isOverAt(80));
        assertTrue(failureAt(100).getMessage().contains("process=1 "));
        prepare(FIRST.module(), ONE);
        prepare(SECOND.module(), ONE);
        assertFalse(isOverAt(170));
        assertTrue(failureAt(180).getMessage().contains("process=2 "));
    }

    @Test
    void shouldFailAtOnceWhenAProcessRefusesAnyModule() throws IOException {
        assertFalse(isOverAt(0));
        files.refused(SECOND, ONE, "not here");
        files.answered(ONE);
        final LinkException e = failureAt(1);
        assertTrue(e.getMessage().contains("reason=not here"), e.getMessage());
        assertTrue(e.getMessage().contains("module=" + SECOND.module()), e.getMessage());
    }

    @Test
    void shouldPassOverTheRefusalOfAnotherRequest() throws IOException {
        files.refused(new Request(FIRST.module(), 4), ONE, "not here");
        files.answered(ONE);
        assertFalse(isOverAt(0));
        assertEquals("not here", files.refusal(new Request(FIRST.module(), 4), ONE));
    }
}
