package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a JVM prints and loads that does nothing but use a journal. */
class ChronicleJournalQuietTest {
    /** The flags that the journal needs, and the one that keeps JDK 24 and later quiet. */
    private static final List<String> FLAGS = List.of(
            "--add-exports",
            "java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-exports",
            "java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports",
            "java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.lang.reflect=ALL-UNNAMED",
            "-Dsun.misc.unsafe.memory.access=allow");

    @TempDir
    Path directory;

    @Test
    void shouldPrintNothingWhenJournalIsUsed() throws Exception {
        assertEquals("", run(entry -> true, true));
    }

    @Test
    void shouldPrintNothingWhenThereIsNoLoggingBehindTheFacade() throws Exception {
        assertEquals("", run(entry -> !entry.contains("slf4j-nop"), true));
    }

    @Test
    void shouldLoadNothingOfChronicleBeforeJournalIsWritten() throws Exception {
        assertFalse(run(entry -> true, false, "-Xlog:class+load:stdout").contains("net.openhft"));
        assertTrue(run(entry -> true, true, "-Xlog:class+load:stdout").contains("net.openhft"));
    }

    private String run(final Predicate<String> classPathEntry, final boolean write, final String... options)
            throws IOException, InterruptedException {
        final Path journal = Files.write(directory.resolve("operations.journal"), new byte[5000]);
        final Path output = directory.resolve("output");
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(classPathEntry)
                        .collect(Collectors.joining(File.pathSeparator)),
                JournalMain.class.getName(),
                journal.toString(),
                Boolean.toString(write)));
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        final Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "took too long");
        } finally {
            process.destroyForcibly();
        }
        final String printed = Files.readString(output);
        assertEquals(42, process.exitValue(), printed.substring(Math.max(0, printed.length() - 2000)));
        assertEquals(5000, Files.size(journal));
        return printed;
    }
}
