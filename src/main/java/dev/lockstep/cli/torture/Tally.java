package dev.lockstep.cli.torture;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What a torture has come to so far. For one thread. */
final class Tally {
    private static final int KEPT_TEXTS = 20;

    final Map<Finding, Long> found = new EnumMap<>(Finding.class);
    final Map<Role, Long> killsByRole = new EnumMap<>(Role.class);
    final Map<KillPoint, Long> killsByPoint = new EnumMap<>(KillPoint.class);
    final Histogram detection = new Histogram(3);
    final Histogram floor = new Histogram(3);
    final Histogram afterFloor = new Histogram(3);
    final List<String> texts = new ArrayList<>();
    long kills;
    long stops;
    long namespaces;
    long universes;
    long operations;
    long joins;
    long leaves;
    long nanos;

    Tally() {
        for (final Finding finding : Finding.values()) {
            found.put(finding, 0L);
        }
    }

    void found(final Finding finding, final long count) {
        found.merge(finding, count, Long::sum);
    }

    void text(final String text) {
        if (texts.size() < KEPT_TEXTS) {
            texts.add(text);
        }
    }

    void killed(final Role role, final KillPoint point) {
        kills++;
        killsByRole.merge(role, 1L, Long::sum);
        if (point != null) {
            killsByPoint.merge(point, 1L, Long::sum);
        }
    }

    boolean isClean() {
        return found.values().stream().allMatch(count -> count == 0);
    }
}
