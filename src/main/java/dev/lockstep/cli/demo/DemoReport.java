package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What came of the demonstration.
 *
 * @param plan that was carried out.
 * @param groups each group, by number.
 * @param parses that were made.
 * @param differences from the reference run, a line each.
 * @param modules that each group has loaded, the main module included.
 * @param operations that were committed.
 * @param rounds nanoseconds from an operation's broadcast to its end, at the group that broadcast it.
 * @param loads that were broadcast.
 * @param interpretedFunctions that were too big to compile.
 * @param wallNanos from the command's start to the last group's end.
 * @param cpuMillis that all the JVMs have used, the launcher's own not included.
 */
record DemoReport(
        DemoPlan plan,
        List<GroupReport> groups,
        int parses,
        List<String> differences,
        int modules,
        long operations,
        Histogram rounds,
        Loads loads,
        int interpretedFunctions,
        long wallNanos,
        long cpuMillis) {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int SHOWN_DIFFERENCES = 5;

    /** How a group came to be. */
    enum Origin {
        /** It was the first. */
        BOOTSTRAP("bootstrap"),
        /** Another group of its JVM prepared it. */
        THREAD("thread of its jvm"),
        /** A group of another JVM prepared it. */
        CLAIM_TICKET("ticket of another jvm");

        private final String text;

        Origin(final String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * One group.
     *
     * @param number of the group, from 0.
     * @param jvm number of its JVM, from 0.
     * @param pid of its JVM.
     * @param slot in the universe.
     * @param origin how it came to be.
     * @param parses that it made.
     * @param opened modules that it was the first to open.
     * @param waitedNanos that it waited for the guest lock.
     * @param walkedNanos that it took for its share of the corpus.
     * @param fingerprint of its function table.
     */
    record GroupReport(
            int number,
            int jvm,
            long pid,
            int slot,
            Origin origin,
            int parses,
            int opened,
            long waitedNanos,
            long walkedNanos,
            String fingerprint) {
        double waitingShare() {
            return walkedNanos == 0 ? 0 : (double) waitedNanos / walkedNanos;
        }
    }

    /** {@return whether all is as in the reference run and all groups are alike} */
    boolean isGood() {
        return differences.isEmpty() && fingerprintsEqual();
    }

    /** {@return whether all groups have the same function table} */
    boolean fingerprintsEqual() {
        return groups.stream().map(GroupReport::fingerprint).distinct().count() == 1;
    }

    /** {@return share of the groups' time that they waited for the guest lock} */
    double waitingShare() {
        final long walked = groups.stream().mapToLong(GroupReport::walkedNanos).sum();
        final long waited = groups.stream().mapToLong(GroupReport::waitedNanos).sum();
        return walked == 0 ? 0 : (double) waited / walked;
    }

    private double roundMicros(final double percentile) {
        return rounds.getTotalCount() == 0 ? 0 : rounds.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
    }

    /** {@return one JSON object, on one line} */
    String toJson() {
        return new Json()
                .put("jvms", plan.jvms())
                .put("groups", groups.size())
                .put("files", plan.corpus().files().size())
                .put("parses", parses)
                .put("mismatches", differences.size())
                .put("modules", modules)
                .put("operations", operations)
                .put(
                        "fingerprints",
                        groups.stream().map(GroupReport::fingerprint).toList())
                .put("fingerprints_equal", fingerprintsEqual())
                .put("round_p50_us", roundMicros(50), 1)
                .put("round_p99_us", roundMicros(99), 1)
                .put("wall_s", wallNanos / NANOS_PER_SECOND, 2)
                .put("real_modules", plan.isReal())
                .put("dlopen_coordination_share", loads.coordinationShare(), 4)
                .put("dlopen_ms", loads.totalMillis(), 3)
                .put("coordination_ms", loads.coordinationMillis(), 3)
                .put("dlopens", loads.count())
                .put("dlopen_parts_ms", loads.parts())
                .put("own_modules_because", plan.whyOwn())
                .put("passes", plan.passes())
                .put("skipped_files", plan.corpus().tooLarge())
                .put("interpreted_functions", interpretedFunctions)
                .put("guest_lock_wait_share", waitingShare(), 4)
                .put("cpu_s", cpuMillis / 1e3, 2)
                .putObjects(
                        "group_reports",
                        groups.stream()
                                .map(group -> new Json()
                                        .put("group", group.number())
                                        .put("jvm", group.jvm())
                                        .put("pid", group.pid())
                                        .put("slot", group.slot())
                                        .put("joined_by", group.origin().toString())
                                        .put("parses", group.parses())
                                        .put("opened", group.opened())
                                        .put("guest_lock_wait_share", group.waitingShare(), 4)
                                        .put("fingerprint", group.fingerprint()))
                                .toList())
                .toString();
    }

    /** {@return what is wrong, a line each, the first few; empty if nothing is} */
    List<String> problems() {
        final List<String> lines = new ArrayList<>();
        if (!fingerprintsEqual()) {
            lines.add("function tables differ: fingerprints="
                    + groups.stream().map(GroupReport::fingerprint).toList());
        }
        differences.stream().limit(SHOWN_DIFFERENCES).forEach(lines::add);
        if (differences.size() > SHOWN_DIFFERENCES) {
            lines.add(format("and %d differences more", differences.size() - SHOWN_DIFFERENCES));
        }
        return lines;
    }

    /** {@return the report as lines for people} */
    List<String> toTable() {
        final List<String> lines = new ArrayList<>();
        lines.add(row("files", "%d", plan.corpus().files().size())
                + (plan.corpus().tooLarge() == 0
                        ? ""
                        : format(
                                "  (%d more skipped: over 64 KiB)",
                                plan.corpus().tooLarge())));
        lines.add(row("parses", "%d", parses)
                + (differences.isEmpty()
                        ? "  all equal to those of one group in one jvm"
                        : format("  %d DIFFERENCES", differences.size())));
        lines.add(row("modules", "%d", modules)
                + (interpretedFunctions == 0
                        ? ""
                        : format(
                                "  (%d function%s interpreted: too big to compile)",
                                interpretedFunctions, interpretedFunctions == 1 ? "" : "s")));
        lines.add(row("operations", "%d", operations) + "  each applied by every group");
        lines.add(row("operation p50", "%s", micros(roundMicros(50))));
        lines.add(row("operation p99", "%s", micros(roundMicros(99))));
        lines.add(row("dlopen", "%s", micros(1000 * loads.meanMillis()))
                + format(
                        "  on average, of %d; %.2f %% of it coordination",
                        loads.count(), 100 * loads.coordinationShare())
                + format(" (goal: at most %.0f %%, %s)", 100 * Loads.GOAL, loads.isGoalMet() ? "met" : "MISSED"));
        lines.add(
                plan.isReal()
                        ? row("guest lock", "%.1f %%", 100 * waitingShare())
                                + "  of the groups' time spent waiting for it"
                        : row("guest lock", "%s", "none") + "  all groups run the guest at the same time");
        lines.add(row("wall time", "%.1f s", wallNanos / NANOS_PER_SECOND)
                + format("  (cpu time %.1f s, the reference run included)", cpuMillis / 1e3));
        lines.add("");
        lines.add("group  jvm      pid  slot  joined by              parses  opened  waiting  function table");
        for (final GroupReport group : groups) {
            lines.add(format(
                    "%5d  %3d  %7d  %4d  %-21s  %6d  %6d  %5.1f %%  %s",
                    group.number(),
                    group.jvm(),
                    group.pid(),
                    group.slot(),
                    group.origin(),
                    group.parses(),
                    group.opened(),
                    100 * group.waitingShare(),
                    group.fingerprint()));
        }
        lines.add("");
        if (isGood()) {
            lines.add(format("all trees are right, all function tables are equal: groups=%d", groups.size()));
        } else {
            lines.addAll(problems());
        }
        if (!plan.isReal()) {
            lines.add("no real modules, Lockstep's own in C were run instead: " + plan.whyOwn());
        }
        return lines;
    }

    private static String row(final String name, final String format, final Object value) {
        return format("%-14s %10s", name, format(format, value));
    }

    private static String micros(final double micros) {
        return micros < 1000 ? format("%.0f us", micros) : format("%.1f ms", micros / 1000);
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
