package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Line;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Keeps what the JVMs say while the demonstration runs, and makes the report of it. For one thread. */
final class Tally {
    private static final int SIGNIFICANT_DIGITS = 3;

    private record Parse(int group, int file, Verdict verdict) {}

    /** What is known of one group. */
    private static final class Group {
        private long pid;
        private int slot;
        private DemoReport.Origin origin;
        private int parses;
        private int opened;
        private long waitedNanos;
        private long walkedNanos;
        private String fingerprint = "";
        private String doing = "joining";
    }

    private final DemoPlan plan;
    private final List<Group> groups = new ArrayList<>();
    private final Verdict[] expected;
    private final List<Parse> parses = new ArrayList<>();
    private final Map<String, Integer> grammars = new HashMap<>();
    private final Histogram rounds = new Histogram(SIGNIFICANT_DIGITS);
    private final Loads loads = new Loads();
    private int joined;
    private int walked;
    private int settled;
    private int expectedCount;
    private int referenceModules;
    private int modules;
    private int interpretedFunctions;
    private long operations;
    private long cpuMillis;

    Tally(final DemoPlan plan) {
        this.plan = plan;
        expected = new Verdict[plan.corpus().files().size()];
        for (int i = 0; i < plan.groups(); i++) {
            groups.add(new Group());
        }
    }

    /**
     * Takes down what was said.
     *
     * @param pid of the JVM that said it.
     * @param line that it said.
     * @return whether it was something to take down.
     * @throws RuntimeException if a field is out of range.
     */
    boolean hear(final long pid, final Line line) {
        switch (line.word()) {
            case "expect" -> {
                expected[line.intField(0)] = Verdict.in(line, 1);
                expectedCount++;
            }
            case "reference" -> referenceModules = line.intField(0);
            case "joined" -> {
                final Group group = group(line);
                group.pid = pid;
                group.slot = line.intField(1);
                group.origin = DemoReport.Origin.valueOf(line.field(2));
                group.doing = "waiting for the others";
                joined++;
            }
            case "opening" -> group(line).doing = "opening " + line.field(1);
            case "opened" -> {
                if (grammars.putIfAbsent(line.field(1), line.intField(0)) == null) {
                    group(line).opened++;
                }
            }
            case "operation" -> rounds.recordValue(line.longField(1));
            case "loaded" -> loads.add(line);
            case "applied" -> loads.addApplied(line);
            case "parsed" -> {
                final Group group = group(line);
                group.parses++;
                group.doing = "walking";
                parses.add(new Parse(line.intField(0), line.intField(1), Verdict.in(line, 2)));
            }
            case "walked" -> {
                final Group group = group(line);
                group.waitedNanos = line.longField(1);
                group.walkedNanos = line.longField(2);
                group.doing = "done with its share";
                walked++;
            }
            case "settled" -> {
                final Group group = group(line);
                group.fingerprint = line.field(1);
                group.doing = "settled";
                modules = line.intField(2);
                interpretedFunctions = line.intField(3);
                operations = line.longField(4);
                settled++;
            }
            case "bye" -> cpuMillis += line.longField(0);
            default -> {
                return false;
            }
        }
        return true;
    }

    private Group group(final Line line) {
        return groups.get(line.intField(0));
    }

    /**
     * {@return whether a group was the first that opened a grammar}
     *
     * @param opened what it said of that, and was heard.
     */
    boolean wasFirst(final Line opened) {
        return grammars.get(opened.field(1)) == opened.intField(0);
    }

    /** {@return number of groups that have joined} */
    int joined() {
        return joined;
    }

    /** {@return whether every group has walked its share} */
    boolean allWalked() {
        return walked == plan.groups();
    }

    /** {@return whether every group has told its fingerprint} */
    boolean allSettled() {
        return settled == plan.groups();
    }

    /** {@return how far things are, in one line} */
    String progress() {
        return "parses=" + parses.size() + "/" + plan.parses() + " modules=" + (1 + grammars.size()) + " operations="
                + (rounds.getTotalCount() + (joined == 0 ? 0 : 1)) + " reference=" + expectedCount + "/"
                + expected.length;
    }

    /** {@return what each group does, a line each} */
    List<String> doings() {
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            final Group group = groups.get(i);
            lines.add("group " + i + " (jvm " + i / plan.groupsPerJvm() + "): " + group.doing + ", parses="
                    + group.parses);
        }
        return lines;
    }

    /** {@return the report, once everything has been heard} */
    DemoReport report(final long wallNanos) {
        final List<DemoReport.GroupReport> reports = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            final Group group = groups.get(i);
            reports.add(new DemoReport.GroupReport(
                    i,
                    i / plan.groupsPerJvm(),
                    group.pid,
                    group.slot,
                    group.origin,
                    group.parses,
                    group.opened,
                    group.waitedNanos,
                    group.walkedNanos,
                    group.fingerprint));
        }
        return new DemoReport(
                plan,
                reports,
                parses.size(),
                differences(),
                modules,
                operations,
                rounds,
                loads,
                interpretedFunctions,
                wallNanos,
                cpuMillis);
    }

    private List<String> differences() {
        final List<String> differences = new ArrayList<>();
        final int[] times = new int[expected.length];
        for (final Parse parse : parses) {
            times[parse.file()]++;
            final Verdict wanted = expected[parse.file()];
            if (!parse.verdict().equals(wanted)) {
                final boolean changed =
                        wanted != null && !wanted.text().equals(parse.verdict().text());
                differences.add((changed ? "file was changed meanwhile: file=" : "tree differs: file=")
                        + name(parse.file()) + " group=" + parse.group() + " tree=" + parse.verdict() + " expected="
                        + wanted);
            }
        }
        for (int file = 0; file < times.length; file++) {
            if (times[file] != plan.passes()) {
                differences.add("file was not parsed as often as it should: file=" + name(file) + " parses="
                        + times[file] + " expected=" + plan.passes());
            }
        }
        if (modules != referenceModules) {
            differences.add("number of modules differs: modules=" + modules + " expected=" + referenceModules);
        }
        return differences;
    }

    private String name(final int file) {
        return plan.corpus().files().get(file).name();
    }
}
