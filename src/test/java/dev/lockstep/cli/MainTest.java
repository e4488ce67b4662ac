package dev.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final CommandLine commandLine, final String... arguments) {
        return commandLine
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void shouldExplainItselfWhenAskedForHelp() {
        assertEquals(0, run(Main.commandLine(), "--help"));
        assertTrue(out.toString().startsWith("Usage: lockstep"), out.toString());
    }

    @Test
    void shouldSayThatCommandIsMissingWhenNoneIsNamed() {
        assertEquals(2, run(Main.commandLine()));
        assertEquals("a command is missing\ntry: lockstep --help\n", err.toString());
    }

    @Test
    void shouldRefuseCommandThatIsUnknown() {
        assertEquals(2, run(Main.commandLine(), "dance"));
        assertTrue(err.toString().contains("dance"), err.toString());
    }

    @Test
    void shouldNameTheSubcommandToAskForHelp() {
        assertEquals(2, run(Main.commandLine(), "demo", "--jvms=0"));
        assertEquals("option out of range: --jvms=0, choose from 1 to 16\ntry: lockstep demo --help\n", err.toString());
    }

    @Test
    void shouldPassTheExitStatusOfTheSubcommand() {
        assertEquals(7, run(Main.commandLine().addSubcommand(new Seven()), "seven"));
    }

    @Test
    void shouldFailWithOneLineWhenSubcommandThrows() {
        assertEquals(1, run(Main.commandLine().addSubcommand(new Failing()), "failing"));
        assertEquals(
                "lockstep: universe is not there: directory=/nowhere",
                err.toString().strip());
    }

    @Command(name = "seven")
    private static final class Seven implements Callable<Integer> {
        @Override
        public Integer call() {
            return 7;
        }
    }

    @Command(name = "failing")
    private static final class Failing implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("universe is not there: directory=/nowhere");
        }
    }
}
