package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.Json;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The result of a torture, for people and for programs. */
final class TortureReport {
    private static final double NANOS_PER_MILLI = 1e6;

    private final TorturePlan plan;
    private final Tally tally;

    TortureReport(final TorturePlan plan, final Tally tally) {
        this.plan = plan;
        this.tally = tally;
    }

    String json() {
        final Json json = new Json().put("kills", tally.kills).put("by_role", byRole());
        tally.found.forEach((finding, count) -> json.put(finding.member(), count));
        return json.put("detection_ms", percentiles(tally.detection))
                .put("floor_ms", percentiles(tally.floor))
                .put("operations", tally.operations)
                .put("seed", plan.seed())
                .put("after_floor_ms", percentiles(tally.afterFloor))
                .put("inject", plan.fault().name().toLowerCase(Locale.ROOT))
                .put("jvms", plan.jvms())
                .put("groups", plan.groups())
                .put("universes", tally.universes)
                .put("joins", tally.joins)
                .put("leaves", tally.leaves)
                .put("stops", tally.stops)
                .put("namespaces", tally.namespaces)
                .put("by_point", byPoint())
                .put("wall_s", tally.nanos / (double) TimeUnit.SECONDS.toNanos(1), 1)
                .put("jdk", Runtime.version().toString())
                .put("processors", Runtime.getRuntime().availableProcessors())
                .toString();
    }

    private Json byRole() {
        final Json json = new Json();
        for (final Role role : Role.values()) {
            json.put(role.member(), tally.killsByRole.getOrDefault(role, 0L));
        }
        return json;
    }

    private Json byPoint() {
        final Json json = new Json();
        for (final Map.Entry<KillPoint, Long> point : tally.killsByPoint.entrySet()) {
            json.put(point.getKey().member(), point.getValue());
        }
        return json;
    }

    private static Json percentiles(final Histogram nanos) {
        return new Json()
                .put("p50", nanos.getValueAtPercentile(50) / NANOS_PER_MILLI, 2)
                .put("p99", nanos.getValueAtPercentile(99) / NANOS_PER_MILLI, 2)
                .put("max", nanos.getMaxValue() / NANOS_PER_MILLI, 2)
                .put("count", nanos.getTotalCount());
    }

    String text() {
        final StringBuilder text = new StringBuilder();
        line(text, "kills", tally.kills + " in " + tally.universes + " universes, seed " + plan.seed());
        tally.killsByRole.forEach((role, count) -> line(text, "  " + role.member(), count));
        line(text, "operations", tally.operations);
        line(text, "joins, leaves", tally.joins + ", " + tally.leaves);
        tally.found.forEach((finding, count) -> line(text, finding.member(), count));
        line(text, "detection, ms", percentiles(tally.detection));
        line(text, "floor, ms", percentiles(tally.floor));
        line(text, "after floor, ms", percentiles(tally.afterFloor));
        line(text, "wall, s", String.format(Locale.ROOT, "%.1f", tally.nanos / (double) TimeUnit.SECONDS.toNanos(1)));
        line(text, "verdict", tally.isClean() ? "clean" : "NOT CLEAN");
        return text.toString().stripTrailing();
    }

    private static void line(final StringBuilder text, final String what, final Object value) {
        text.append(String.format(Locale.ROOT, "%-18s %s%n", what, value));
    }
}
