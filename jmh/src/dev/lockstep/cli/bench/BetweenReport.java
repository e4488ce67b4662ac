package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What two JVMs were measured with, as a table for people and as JSON. For one thread. */
final class BetweenReport {
    private static final String LINE = "%-34s %11s %11s %11s %11s %11s %7s %10s  %s";
    private static final int NANOS_IN_MICRO = 1_000;
    private static final double PLAIN = 1_000;

    private final List<String> header;
    private final List<String> lines = new ArrayList<>();
    private final List<Json> rows = new ArrayList<>();

    /**
     * A report without rows.
     *
     * @param header machine, JDK, date and how it is measured, one a line.
     */
    BetweenReport(final List<String> header) {
        this.header = List.copyOf(header);
    }

    /** {@return what stands above the rows} */
    List<String> head() {
        final List<String> head = new ArrayList<>(header);
        head.add("");
        head.add(line(
                "row",
                "p50",
                "p99",
                "p99.9",
                "count",
                "per s",
                "share",
                "p50/floor",
                "floor: ping-pong of the same two JVMs"));
        return head;
    }

    /** Adds what was measured; returns lines for people. */
    List<String> add(final Contest contest, final Collection<BetweenTimes> times) {
        final int from = lines.size();
        final BetweenTimes first = times.iterator().next(); // the ping-pong
        final double floor = first.nanos(50);
        for (final BetweenTimes recorded : times) {
            if (recorded == first && times.size() > 1) {
                continue; // beside the others of its JVMs it is their floor, a row by itself where it is alone
            }
            final String name = recorded == first ? contest.name() : contest.name() + "_" + recorded.name();
            lines.add(line(
                    name,
                    time(recorded.nanos(50)),
                    time(recorded.nanos(99)),
                    time(recorded.nanos(99.9)),
                    Long.toString(recorded.count()),
                    perSecond(recorded),
                    recorded.leastShare() == 1 ? "" : format("%.0f %%", 100 * recorded.leastShare()),
                    format("%.3f", recorded.nanos(50) / floor),
                    time(floor)));
            rows.add(recorded.into(new Json()
                    .put("name", name)
                    .put("text", contest.text())
                    .put("unit", "ns")
                    .put("pingpong_p50", floor, 0)));
        }
        return List.copyOf(lines.subList(from, lines.size()));
    }

    /** Adds that something was not measured, and why; returns a line for people. */
    String skip(final Contest contest, final String why) {
        rows.add(new Json()
                .put("name", contest.name())
                .put("text", contest.text())
                .put("skipped", why));
        lines.add(format("%-34s skipped: %s", contest.name(), why));
        return lines.get(lines.size() - 1);
    }

    /** What is counted of an uncontended lock are batches. */
    private static String perSecond(final BetweenTimes recorded) {
        return recorded.unitsAreNanos() ? format("%.0f", recorded.perSecond()) : "";
    }

    private static String line(final String... columns) {
        return format(LINE, (Object[]) columns).stripTrailing();
    }

    private static String time(final double nanos) {
        return nanos < PLAIN ? format("%.1f ns", nanos) : format("%.2f us", nanos / NANOS_IN_MICRO);
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** {@return header and rows} */
    String json() {
        return new Json().put("header", header).putObjects("rows", rows) + "\n";
    }
}
