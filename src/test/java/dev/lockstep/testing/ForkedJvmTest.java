package dev.lockstep.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForkedJvmTest {
    /** Answers each line with itself; "exit" and "throw" end it. */
    static final class EchoMain {
        public static void main(final String[] args) {
            ForkedJvm.say("ready " + String.join(",", args) + " " + System.getProperty("own", "none"));
            while (true) {
                final String line = ForkedJvm.nextLine();
                switch (line) {
                    case "exit" -> System.exit(7);
                    case "throw" -> throw new IllegalStateException("told to");
                    default -> ForkedJvm.say(line);
                }
            }
        }
    }

    @Test
    void shouldConverseLineByLine() {
        try (ForkedJvm jvm = ForkedJvm.startWith(List.of("-Down=yes"), EchoMain.class, "a", "b c")) {
            assertEquals("a,b c yes", jvm.expect("ready"));
            assertEquals("hello", jvm.ask("hello"));
            jvm.send("exit");
            assertEquals(7, jvm.waitForEnd());
        }
    }

    @Test
    void shouldSayWhatWasPrintedWhenChildFails() {
        try (ForkedJvm jvm = ForkedJvm.start(EchoMain.class)) {
            jvm.expect("ready");
            jvm.send("throw");
            final AssertionError error = assertThrows(AssertionError.class, jvm::readLine);
            assertTrue(error.getMessage().contains("told to"), error.getMessage());
            assertTrue(error.getMessage().contains("exit=1"), error.getMessage());
        }
    }

    @Test
    void shouldTimeOutWhenChildIsSuspendedAndGoOnAfterwards() {
        try (ForkedJvm jvm = ForkedJvm.start(EchoMain.class)) {
            jvm.expect("ready");
            jvm.suspend();
            jvm.send("late");
            assertThrows(AssertionError.class, () -> jvm.readLine(Duration.ofMillis(50)));
            assertTrue(jvm.isAlive());
            jvm.resume();
            assertEquals("late", jvm.readLine());
        }
    }

    @Test
    void shouldBeGoneAfterKillAndAfterClose() {
        final ForkedJvm killed = ForkedJvm.start(EchoMain.class);
        killed.expect("ready");
        killed.killAndWait();
        assertEquals(137, killed.waitForEnd());
        final ForkedJvm closed = ForkedJvm.start(EchoMain.class);
        closed.close();
        closed.close();
        killed.close();
        assertFalse(closed.isAlive());
    }
}
