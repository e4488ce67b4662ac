package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(180)
class BenchCommandTest {
    /** Measures nothing worth knowing, but all of it. */
    private static final BenchPlan TINY = new BenchPlan(20, 2, 5, 1, 30, 30, 2_000, 1);

    /** The contract, in the order of the table. */
    private static final List<String> NAMES = List.of(
            "cas_release",
            "pingpong_two_processes",
            "poll_idle",
            "lease_pair",
            "state_write_pair",
            "state_read_optimistic",
            "safe_region_pair",
            "op_two_rendezvous_two_processes",
            "op_one_rendezvous_two_processes",
            "op_two_rendezvous_8_groups",
            "op_1000_groups",
            "lease_8_contenders_p999",
            "wake_sleeping",
            "ops_batched",
            "replay_100k",
            "attach");

    private static final Pattern ROW = Pattern.compile(
            "  \\{\"name\": \"(?<name>[a-z0-9_]+)\", \"value\": (?<value>[0-9.]+), \"unit\": \"(ns|us|ms)\","
                    + " \"against\": \"(?<against>[a-z0-9_]+)\", \"ratio\": (?<ratio>[0-9.]+), \"goal\": (?<goal>[0-9.]+),"
                    + " \"met\": (?<met>true|false)\\}");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int bench(final BenchCommand command, final String... arguments) {
        return new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private static List<Matcher> rows(final String json) {
        final List<String> lines = json.lines().toList();
        assertEquals("[", lines.get(0));
        assertEquals("]", lines.get(lines.size() - 1));
        final List<Matcher> rows = new ArrayList<>();
        for (int i = 1; i < lines.size() - 1; i++) {
            final String line = lines.get(i);
            final boolean isLast = i == lines.size() - 2;
            assertEquals(!isLast, line.endsWith(","), line);
            final Matcher row = ROW.matcher(isLast ? line : line.substring(0, line.length() - 1));
            assertTrue(row.matches(), line);
            rows.add(row);
        }
        return rows;
    }

    @Test
    void shouldMeasureEveryRow(@TempDir final Path directory) throws Exception {
        final Path json = directory.resolve("bench.json");
        final Path svg = directory.resolve("bench.svg");
        assertEquals(
                0,
                bench(new BenchCommand(TINY), "--json", json.toString(), "--svg", svg.toString()),
                () -> out + "\n" + err);

        final List<Matcher> rows = rows(Files.readString(json));
        assertEquals(NAMES, rows.stream().map(row -> row.group("name")).toList());
        for (final Matcher row : rows) {
            assertTrue(Double.parseDouble(row.group("value")) > 0, row::group);
            assertTrue(Double.parseDouble(row.group("ratio")) > 0, row::group);
            final boolean within = Double.parseDouble(row.group("ratio")) <= Double.parseDouble(row.group("goal"));
            assertTrue(within || row.group("met").equals("false"), row::group);
        }
        for (final String name : NAMES) {
            assertTrue(out.toString().lines().anyMatch(line -> line.startsWith(name + " ")), out::toString);
            assertEquals(isFloor(name), !Files.readString(svg).contains(">" + name + "<"), name);
        }
        for (final String heading :
                List.of("date: ", "machine: ", "jdk: ", "plan: warm-up 20 ms", "two-process rows")) {
            assertTrue(out.toString().contains("\n" + heading) || out.toString().startsWith(heading), out::toString);
        }
    }

    private static boolean isFloor(final String name) {
        return name.equals("cas_release") || name.equals("pingpong_two_processes");
    }

    @Test
    void shouldMeasureOnlyWhatIsAskedFor() {
        assertEquals(0, bench(new BenchCommand(TINY), "--only", "cas_release"), () -> out + "\n" + err);
        assertTrue(out.toString().contains("\ncas_release "), out::toString);
        assertFalse(out.toString().contains("\npoll_idle "), out::toString);
    }

    @Test
    void shouldRefuseRowThatIsUnknown() {
        assertEquals(2, bench(new BenchCommand(), "--only", "cas_release,everything"));
        assertTrue(
                err.toString()
                        .contains("no such row: everything, choose from "
                                + NAMES.stream().collect(Collectors.joining(", "))),
                err::toString);
    }
}
