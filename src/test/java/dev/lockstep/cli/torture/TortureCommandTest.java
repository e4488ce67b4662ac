package dev.lockstep.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

@Timeout(180)
class TortureCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int torture(final String... arguments) {
        return new CommandLine(new TortureCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private long number(final String member) {
        final Matcher matcher = Pattern.compile("\"" + member + "\": (-?\\d+)").matcher(out.toString());
        assertTrue(matcher.find(), () -> member + " in " + out);
        return Long.parseLong(matcher.group(1));
    }

    @Test
    void shouldFindNothingWhereNothingIsWrong() {
        assertEquals(0, torture("--kills", "8", "--jvms", "2", "--seed", "11", "--json"), () -> out + "\n" + err);
        assertEquals(8, number("kills"));
        assertEquals(11, number("seed"));
        assertTrue(number("operations") > 0, out::toString);
        for (final Finding finding : Finding.values()) {
            assertEquals(0, number(finding.member()), () -> out + "\n" + err);
        }
        for (final String member : new String[] {"by_role", "detection_ms", "floor_ms"}) {
            assertTrue(out.toString().contains("\"" + member + "\": {"), out::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldSeeFault(final Fault fault) {
        final int status = torture(
                "--inject", fault.name().toLowerCase(java.util.Locale.ROOT), "--jvms", "2", "--seed", "12", "--json");
        assertEquals(1, status, () -> out + "\n" + err);
        assertTrue(number(Finding.valueOf(fault.name()).member()) > 0, () -> out + "\n" + err);
    }

    @Test
    void shouldLetGroupsComeAndGoWhileOperationsAreMade() {
        assertEquals(0, torture("--joins", "400", "--jvms", "2", "--json"), () -> out + "\n" + err);
        assertTrue(number("joins") >= 400, out::toString);
        assertEquals(number("joins"), number("leaves"));
    }

    @Test
    void shouldRefuseWhatCannotBe() {
        assertEquals(2, torture("--inject", "nothing"));
        assertTrue(err.toString().contains("no such fault: nothing"), err::toString);
        assertEquals(2, torture("--jvms", "1"));
    }
}
