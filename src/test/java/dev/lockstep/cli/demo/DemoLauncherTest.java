package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.launch.LaunchFailedException;
import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the launcher, and what it has started, end when something goes wrong; with JVMs that only pretend. */
@Timeout(60)
class DemoLauncherTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    private Scratch scratch;
    private DemoPlan plan;

    @BeforeEach
    void makeScratch() throws IOException {
        scratch = Scratch.create("lockstep-test-");
        plan = new DemoPlan(
                2,
                1,
                1,
                scratch.directory().resolve("universe"),
                "",
                Path.of("/nowhere"),
                new Corpus(Path.of("/nowhere"), List.of(new Corpus.Entry("a.json", Language.JSON)), 0));
    }

    @AfterEach
    void removeScratch() throws IOException {
        scratch.close();
    }

    private LaunchFailedException failureOf(final Class<?> worker, final Class<?> reference, final Duration patience)
            throws IOException {
        try (DemoLauncher launcher = new DemoLauncher(plan, scratch, patience, line -> {}, worker, reference)) {
            return assertThrows(LaunchFailedException.class, launcher::run);
        } finally {
            assertFalse(Files.exists(scratch.directory()), "scratch directory is left behind");
            assertEquals(
                    0,
                    ProcessHandle.current()
                            .children()
                            .filter(DemoLauncherTest::isOurs)
                            .count());
        }
    }

    private static boolean isOurs(final ProcessHandle process) {
        return process.info().commandLine().orElse("").contains("lockstep-test-");
    }

    @Test
    void shouldShowTheStandardErrorOfAJvmThatDied() throws IOException {
        final String message = failureOf(Dying.class, Waiting.class, LONG).getMessage();
        assertTrue(message.startsWith("jvm "), message);
        assertTrue(message.contains(" died: pid="), message);
        assertTrue(message.contains(" exit=7 phase=starting parses=0/1"), message);
        assertTrue(message.endsWith(" ends:\n    last words"), message);
    }

    @Test
    void shouldSayWhichGroupFailedAndWhy() throws IOException {
        final String message = failureOf(Failing.class, Waiting.class, LONG).getMessage();
        assertTrue(
                message.startsWith("group 3 failed: java.lang.IllegalStateException: no more slots: slot=3"), message);
        assertTrue(message.contains("at dev.lockstep.cli.demo.DemoLauncherTest$Failing.main"), message);
    }

    @Test
    void shouldFailWhenReferenceRunDies() throws IOException {
        final String message = failureOf(Waiting.class, Dying.class, LONG).getMessage();
        assertTrue(message.startsWith("reference run died: pid="), message);
    }

    @Test
    void shouldFailWhenAJvmTalksNonsense() throws IOException {
        final String message = failureOf(Babbling.class, Waiting.class, LONG).getMessage();
        assertTrue(message.contains(" is not understood: line=babble reason=unknown word"), message);
    }

    @Test
    void shouldDumpWhatIsKnownWhenNothingIsHeard() throws IOException {
        final String message =
                failureOf(Waiting.class, Waiting.class, Duration.ofMillis(2500)).getMessage();
        assertTrue(message.startsWith("nothing was heard of any jvm: seconds=2 phase=starting parses=0/1"), message);
        assertTrue(message.contains("\n  group 1 (jvm 1): joining, parses=0"), message);
        assertTrue(message.contains("threads of jvm 1:\n    \"main\""), message);
    }

    @Test
    void shouldEndAndCleanUpWhenTheLauncherIsGone() throws Exception {
        Files.createDirectories(scratch.directory().resolve("universe/modules"));
        final Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Waiting.class.getName(),
                        scratch.directory().toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            child.getOutputStream().close();
            assertTrue(child.waitFor(30, TimeUnit.SECONDS), "child of a launcher that is gone lives on");
            assertEquals(3, child.exitValue());
            assertFalse(Files.exists(scratch.directory()));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    /** Dies at once. */
    static final class Dying {
        private Dying() {}

        public static void main(final String[] arguments) {
            System.err.println("last words");
            System.exit(7);
        }
    }

    /** Fails properly. */
    static final class Failing {
        private Failing() {}

        public static void main(final String[] arguments) {
            new LauncherLink(Path.of(arguments[0])).fail("group 3", new IllegalStateException("no more slots: slot=3"));
        }
    }

    /** Says nothing. */
    static final class Waiting {
        private Waiting() {}

        public static void main(final String[] arguments) {
            new LauncherLink(Path.of(arguments[0])).next();
        }
    }

    /** Says what nobody understands. */
    static final class Babbling {
        private Babbling() {}

        public static void main(final String[] arguments) {
            final LauncherLink link = new LauncherLink(Path.of(arguments[0]));
            link.say("babble");
            link.next();
        }
    }
}
