package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.Line;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Keeps what the JVMs say, and compares it. For one thread. */
final class GrammarsTally {
    /** How many groups join when all is over: one by a ticket, one on a thread. */
    static final int LATE = 2;

    /** Number of the first of them. */
    static final int FIRST_LATE = 1_000_000;

    /** What is known of one group. */
    private static final class Group {
        private Kind kind;
        private int inviter = -1;
        private boolean byTicket;
        private boolean joined;
        private boolean walked;
        private boolean left;
        private String fingerprint;
        private final Map<String, Integer> uses = new HashMap<>();
        private String doing = "joining";
    }

    /** A grammar under one handle: every group must say the same of it. */
    private record Module(String grammar, int handle) {}

    private record Place(int slot, int address) {}

    private record Use(int group, String grammar, Outcome outcome) {}

    private final GrammarsPlan plan;
    private final Map<Integer, Group> groups = new TreeMap<>();
    private final Map<String, Outcome> expected = new HashMap<>();
    private final Map<Module, Place> places = new HashMap<>();
    private final List<Use> uses = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();
    private int loads;
    private int unloads;
    private int takenOut;
    private int referenceModules = -1;
    private int referenceInterpreted;
    private long operations;
    private long cpuMillis;

    GrammarsTally(final GrammarsPlan plan) {
        this.plan = plan;
        for (int i = 0; i < plan.residents(); i++) {
            groups.put(i, new Group());
            groups.get(i).kind = Kind.RESIDENT;
        }
    }

    /**
     * Takes down what was said.
     *
     * @param line that was said.
     * @return whether it was something to take down.
     * @throws RuntimeException if a field is out of range.
     */
    boolean hear(final Line line) {
        switch (line.word()) {
            case "expect" -> expected.put(line.field(0), Outcome.in(line, 1));
            case "reference" -> {
                referenceModules = line.intField(0);
                referenceInterpreted = line.intField(1);
            }
            case "invited" -> {
                final Group group = groups.computeIfAbsent(line.intField(1), number -> new Group());
                group.kind = Kind.valueOf(line.field(2));
                group.inviter = line.intField(0);
                group.byTicket = line.field(3).equals("ticket");
            }
            case "joined" -> {
                group(line).joined = true;
                group(line).doing = "joined";
            }
            case "loading" -> group(line).doing = "loading " + line.field(1);
            case "loaded" -> {
                loads++;
                group(line).doing = "parsing " + line.field(1);
                comparePlace(line);
            }
            case "outcome" -> {
                group(line).uses.merge(line.field(1), 1, Integer::sum);
                uses.add(new Use(line.intField(0), line.field(1), Outcome.in(line, 2)));
            }
            case "unloaded" -> {
                unloads++;
                takenOut += Boolean.parseBoolean(line.field(1)) ? 1 : 0;
            }
            case "walked" -> {
                group(line).walked = true;
                group(line).doing = "done";
            }
            case "settled" -> settle(line);
            case "left" -> group(line).left = true;
            case "bye" -> cpuMillis += line.longField(0);
            default -> {
                return false;
            }
        }
        return true;
    }

    private Group group(final Line line) {
        final Group group = groups.get(line.intField(0));
        if (group == null) {
            throw new IllegalArgumentException("no such group");
        }
        return group;
    }

    private void comparePlace(final Line loaded) {
        final Module module = new Module(loaded.field(1), loaded.intField(2));
        final Place place = new Place(loaded.intField(3), loaded.intField(4));
        final Place known = places.putIfAbsent(module, place);
        if (known != null && !known.equals(place)) {
            differences.add("place differs: group=" + loaded.field(0) + " " + module + " found=" + place + " expected="
                    + known);
        }
    }

    private void settle(final Line line) {
        final Group group = group(line);
        group.fingerprint = line.field(1);
        group.doing = "settled";
        operations = line.longField(4);
        compare("modules", line, 2, referenceModules);
        compare("interpreted functions", line, 3, referenceInterpreted);
    }

    private void compare(final String what, final Line line, final int field, final int expectedNumber) {
        if (line.intField(field) != expectedNumber) {
            differences.add("number of " + what + " differs: group=" + line.field(0) + " found=" + line.field(field)
                    + " expected=" + expectedNumber);
        }
    }

    /** {@return who invited a group, if it is a visitor, or −1} */
    int inviterOfVisitor(final int number) {
        final Group group = groups.get(number);
        return group.kind == Kind.VISITOR ? group.inviter : -1;
    }

    private boolean all(final Kind kind, final Predicate<Group> holds) {
        return groups.values().stream().filter(group -> group.kind == kind).allMatch(holds);
    }

    private int count(final Predicate<Group> holds) {
        return (int) groups.values().stream().filter(holds).count();
    }

    /** {@return whether all residents are there} */
    boolean residentsHaveJoined() {
        return all(Kind.RESIDENT, group -> group.joined);
    }

    /** {@return whether all residents have walked, no visitor is there, and what is expected is known} */
    boolean isQuiet() {
        return all(Kind.RESIDENT, group -> group.walked) && all(Kind.VISITOR, group -> group.left);
    }

    /** {@return whether those who join when all is over have left again} */
    boolean lateHaveLeft() {
        return count(group -> group.kind == Kind.LATE && group.left) == LATE;
    }

    /** {@return whether every resident has told its fingerprint} */
    boolean allSettled() {
        return all(Kind.RESIDENT, group -> group.fingerprint != null);
    }

    private int spawned() {
        return count(group -> group.kind != Kind.RESIDENT);
    }

    private int left() {
        return count(group -> group.kind != Kind.RESIDENT && group.left);
    }

    /** {@return how far things are, in one line} */
    String progress() {
        return "uses=" + uses.size() + " residents="
                + groups.values().stream()
                        .filter(group -> group.kind == Kind.RESIDENT)
                        .map(group -> group.uses.size() + "/" + plan.grammars().size())
                        .toList()
                + " spawned=" + spawned() + " left=" + left() + " reference=" + expected.size() + "/"
                + plan.grammars().size();
    }

    /** {@return what each group does that is there, a line each} */
    List<String> doings() {
        final List<String> lines = new ArrayList<>();
        groups.forEach((number, group) -> {
            if (!group.left) {
                lines.add("group " + number + " (" + group.kind + "): " + group.doing + ", uses=" + group.uses.size());
            }
        });
        return lines;
    }

    /** {@return the report, once everything has been heard} */
    GrammarsReport report(final long wallNanos) {
        uses.forEach(use -> {
            final Outcome wanted = expected.get(use.grammar());
            if (!use.outcome().equals(wanted)) {
                differences.add("result differs: grammar=" + use.grammar() + " group=" + use.group() + " found="
                        + use.outcome() + " expected=" + wanted);
            }
        });
        groups.forEach((number, group) -> {
            if (group.kind != Kind.VISITOR) {
                plan.grammars().forEach(grammar -> {
                    if (group.uses.getOrDefault(grammar.name(), 0) != 1) {
                        differences.add("grammar was not used once: group=" + number + " grammar=" + grammar.name()
                                + " uses=" + group.uses.get(grammar.name()));
                    }
                });
            }
        });
        if (spawned() != left()) {
            differences.add("not every group that was spawned has left: spawned=" + spawned() + " left=" + left());
        }
        final List<String> fingerprints = groups.values().stream()
                .filter(group -> group.kind != Kind.VISITOR)
                .map(group -> String.valueOf(group.fingerprint))
                .toList();
        return new GrammarsReport(
                plan,
                new TreeMap<>(expected),
                spawned(),
                count(group -> group.kind != Kind.RESIDENT && group.byTicket),
                left(),
                loads,
                unloads,
                takenOut,
                (int) uses.stream()
                        .filter(use -> use.outcome().verdict().isPresent())
                        .count(),
                differences,
                fingerprints,
                operations,
                referenceInterpreted,
                wallNanos,
                cpuMillis);
    }
}
