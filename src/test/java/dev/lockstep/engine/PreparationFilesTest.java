package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparationFilesTest {
    private static final ContentHash MODULE = ContentHash.of(new byte[] {1});
    private static final ContentHash OTHER = ContentHash.of(new byte[] {2});
    private static final Member EARLIER = new Member(1, 7);
    private static final Member LATER = new Member(1, 8);
    private static final Member NEIGHBOUR = new Member(11, 7);

    @TempDir
    Path directory;

    private PreparationFiles files;

    @BeforeEach
    void open() throws IOException {
        files = new PreparationFiles(directory);
    }

    private void append(final byte[] bytes) throws IOException {
        Files.write(directory.resolve("wanted"), bytes, StandardOpenOption.APPEND);
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    @Test
    void shouldReadRequestsAsTheyAreWritten() throws IOException {
        files.publish(new Request(MODULE, 1));
        try (PreparationFiles.Reader reader = files.reader()) {
            assertEquals(new Request(MODULE, 1), reader.next());
            assertNull(reader.next());
            files.publish(new Request(OTHER, -1));
            files.publish(new Request(MODULE, Long.MIN_VALUE));
            assertEquals(new Request(OTHER, -1), reader.next());
            assertEquals(new Request(MODULE, Long.MIN_VALUE), reader.next());
            assertNull(reader.next());
        }
    }

    @Test
    void shouldReadRequestsWhateverStandsBetweenThem() throws IOException {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            final byte[] garbage = new byte[random.nextInt(10_000)];
            random.nextBytes(garbage);
            append(garbage);
            files.publish(new Request(MODULE, i));
            append(MODULE.hex().substring(0, random.nextInt(64)).getBytes(StandardCharsets.US_ASCII));
        }
        try (PreparationFiles.Reader reader = files.reader()) {
            for (int i = 0; i < 100; i++) {
                assertEquals(new Request(MODULE, i), reader.next(), "seed=" + seed);
            }
            assertNull(reader.next(), "seed=" + seed);
        }
    }

    @Test
    void shouldNotTakeWhatADeadProcessHasSaidForItsSuccessors() throws IOException {
        final Request request = new Request(MODULE, 5);
        files.join(EARLIER);
        files.prepared(MODULE, EARLIER);
        files.refused(request, EARLIER, "no");
        assertEquals(0, files.answers(EARLIER));
        assertTrue(files.isPrepared(MODULE, EARLIER));
        assertEquals(-1, files.answers(LATER));
        assertFalse(files.isPrepared(MODULE, LATER));
        assertNull(files.refusal(request, LATER));
        assertFalse(files.isPrepared(OTHER, EARLIER));
    }

    @Test
    void shouldClearAwayWhatItsPredecessorsHaveLeft() throws IOException {
        files.join(EARLIER);
        files.prepared(MODULE, EARLIER);
        files.refused(new Request(MODULE, 5), EARLIER, "no");
        files.join(NEIGHBOUR);
        files.prepared(MODULE, NEIGHBOUR);
        Files.createFile(directory.resolve(MODULE.hex()));
        files.join(LATER);
        files.prepared(MODULE, LATER);
        assertEquals(
                Set.of(
                        "wanted",
                        MODULE.hex(),
                        "11-7.process",
                        MODULE + ".11-7.prepared",
                        "1-8.process",
                        MODULE + ".1-8.prepared"),
                names());
        files.leave(LATER);
        files.leave(NEIGHBOUR);
        assertEquals(Set.of("wanted", MODULE.hex()), names());
    }

    @Test
    void shouldCountAnswers() throws IOException {
        files.join(LATER);
        files.answered(LATER);
        files.answered(LATER);
        assertEquals(2, files.answers(LATER));
        files.join(NEIGHBOUR);
        assertEquals(0, files.answers(NEIGHBOUR));
        files.leave(LATER);
        assertEquals(-1, files.answers(LATER));
        assertThrows(NoSuchFileException.class, () -> files.answered(LATER));
    }

    @Test
    void shouldGiveARefusalOnceAndPrintable() throws IOException {
        final Request request = new Request(MODULE, 5);
        files.refused(request, LATER, "bell\u0007, line\n" + "x".repeat(1_000));
        assertNull(files.refusal(new Request(MODULE, 6), LATER));
        final String reason = files.refusal(request, LATER);
        assertTrue(reason.startsWith("bell , line x"), reason);
        assertEquals(500, reason.length());
        assertNull(files.refusal(request, LATER));
    }

    @Test
    void shouldKeepItsFilesFromOtherUsers() throws IOException {
        files.join(LATER);
        files.prepared(MODULE, LATER);
        files.refused(new Request(MODULE, 5), LATER, "no");
        for (final String name : names()) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
        }
    }
}
