package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The rows as a table for people, and as JSON. Immutable. */
final class BenchReport {
    private static final String LINE = "%-32s %14s  %-34s %7s %6s  %s";
    private static final String INDENT = "    ";
    private static final int VALUE_DECIMALS = 3;
    private static final int RATIO_DECIMALS = 4;

    private final List<String> header;
    private final List<Row> rows;

    BenchReport(final List<String> header, final List<Row> rows) {
        this.header = List.copyOf(header);
        this.rows = List.copyOf(rows);
    }

    /** {@return the table, with its header} */
    String text() {
        final List<String> lines = new ArrayList<>(header);
        lines.add("");
        lines.add(line("row", "value", "against", "ratio", "goal", "verdict"));
        for (final Row row : rows) {
            lines.add(line(
                    row.name(),
                    Numbers.text(row.value()) + " " + row.unit(),
                    row.isFloor() ? "" : row.against() + " " + Numbers.text(row.baseline()) + " " + row.unit(),
                    row.isFloor() ? "" : Numbers.text(row.ratio()),
                    row.isFloor() ? "" : Numbers.text(row.goal()),
                    verdict(row)));
            row.conditions().forEach(also -> lines.add(INDENT + (also.met() ? "met: " : "missed: ") + also.text()));
            row.remarks().forEach(remark -> lines.add(INDENT + remark));
        }
        final List<Row> goals =
                rows.stream().filter(row -> !row.isFloor() && row.judged()).toList();
        lines.add("");
        lines.add("goals met: " + goals.stream().filter(Row::met).count() + " of " + goals.size());
        return String.join("\n", lines);
    }

    private static String line(final String... columns) {
        return String.format(Locale.ROOT, LINE, (Object[]) columns).stripTrailing();
    }

    private static String verdict(final Row row) {
        if (row.isFloor()) {
            return "floor";
        }
        if (!row.judged()) {
            return "not applicable";
        }
        if (row.met()) {
            return "met";
        }
        return row.ratio() <= row.goal() ? "missed: not all that belongs to it" : "missed";
    }

    /** {@return a list of one object a row; the names of its members are a contract} */
    String json() {
        return rows.stream().map(row -> "  " + json(row)).collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private static Json json(final Row row) {
        return new Json()
                .put("name", row.name())
                .put("value", row.value(), VALUE_DECIMALS)
                .put("unit", row.unit())
                .put("against", row.against())
                .put("ratio", row.ratio(), RATIO_DECIMALS)
                .put("goal", row.goal(), RATIO_DECIMALS)
                .put("met", row.met());
    }
}
