package dev.lockstep.region;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JvmFlagsTest {
    private static final String CORE = "core";
    private static final String JOURNAL = "journal";

    @Test
    void shouldAcceptJvmThatHasTheFlags() {
        assertDoesNotThrow(JvmFlags::check);
        assertDoesNotThrow(JvmFlags::checkJournal);
    }

    @Test
    void shouldNameTheFlagToAddWhenAgronaCannotReachIntoTheJdk() throws Exception {
        final Outcome outcome = probe(List.of(), CORE);

        assertEquals(
                "agrona cannot reach into the jdk: missing=jdk.internal.misc, add to the java command:"
                        + " --add-exports java.base/jdk.internal.misc=ALL-UNNAMED",
                outcome.answer());
    }

    @Test
    void shouldLoadNoClassOfAgronaBeforeTheFlagsAreChecked() throws Exception {
        final Outcome outcome = probe(List.of("-Xlog:class+load"), CORE);

        assertTrue(outcome.output().contains("dev.lockstep.region.JvmFlags"), outcome.output());
        assertFalse(outcome.output().contains("org.agrona."), outcome.output());
        assertFalse(outcome.output().contains("net.openhft."), outcome.output());
    }

    @Test
    void shouldNameEveryFlagToAddWhenChronicleCannotReachIntoTheJdk() throws Exception {
        final Outcome outcome = probe(List.of(), JOURNAL);

        assertEquals(
                "chronicle bytes cannot reach into the jdk:"
                        + " missing=jdk.internal.ref,sun.nio.ch,java.lang.reflect, add to the java command:"
                        + " --add-exports java.base/jdk.internal.ref=ALL-UNNAMED"
                        + " --add-exports java.base/sun.nio.ch=ALL-UNNAMED"
                        + " --add-opens java.base/java.lang.reflect=ALL-UNNAMED",
                outcome.answer());
    }

    @Test
    void shouldAcceptJvmWithoutTheFlagThatOnlyKeepsChronicleQuiet() throws Exception {
        final List<String> flags = new ArrayList<>(JvmFlags.required());
        final int quiet = flags.indexOf("java.base/jdk.internal.ref=ALL-UNNAMED");
        flags.subList(quiet - 1, quiet + 1).clear();

        assertEquals("fine", probe(flags, JOURNAL).answer());
    }

    @Test
    void shouldStartAnotherJvmThatHasTheFlags() throws Exception {
        assertAll(
                () -> assertEquals("fine", probe(JvmFlags.arguments(), CORE).answer()),
                () -> assertEquals("fine", probe(JvmFlags.arguments(), JOURNAL).answer()));
    }

    @Test
    void shouldHaveTheSameFlagsAsTheBuild() {
        assertEquals(String.join(" ", JvmFlags.required()), System.getProperty("lockstep.jvm.flags"));
    }

    private record Outcome(List<String> lines) {
        String answer() {
            return lines.get(lines.size() - 1);
        }

        String output() {
            return String.join("\n", lines);
        }
    }

    private static Outcome probe(final List<String> flags, final String what) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName(), what));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        final Process process = builder.start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), output);
        return new Outcome(output.lines().toList());
    }

    /** Runs in a JVM of its own and prints, as its last line, what the check says. */
    static final class Probe {
        public static void main(final String[] arguments) {
            try {
                if (arguments[0].equals(CORE)) {
                    JvmFlags.check();
                } else {
                    JvmFlags.checkJournal();
                }
                System.out.println("fine");
            } catch (final IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
