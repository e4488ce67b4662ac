package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * What came of it.
 *
 * @param plan that was carried out.
 * @param expected what the reference run came to, by grammar.
 * @param spawned groups beside the residents.
 * @param spawnedByTicket those of them that were made in another JVM than the group that made their place.
 * @param left those of them that have left.
 * @param loads of grammars, by all groups.
 * @param unloads of grammars, by visitors.
 * @param takenOut unloads that took the module out, since nobody else had it.
 * @param parses of samples, by all groups.
 * @param differences from the reference run or between groups, a line each.
 * @param fingerprints of the residents' function tables, and of the tables of those that joined late.
 * @param operations that were committed.
 * @param interpretedFunctions that were too big to compile.
 * @param wallNanos from the start to the last group's end.
 * @param cpuMillis that all JVMs have used, the launcher's own not included.
 */
record GrammarsReport(
        GrammarsPlan plan,
        SortedMap<String, Outcome> expected,
        int spawned,
        int spawnedByTicket,
        int left,
        int loads,
        int unloads,
        int takenOut,
        int parses,
        List<String> differences,
        List<String> fingerprints,
        long operations,
        int interpretedFunctions,
        long wallNanos,
        long cpuMillis) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final int SHOWN_DIFFERENCES = 10;

    /** Takes a copy of the lists. */
    GrammarsReport {
        differences = List.copyOf(differences);
        fingerprints = List.copyOf(fingerprints);
    }

    /** {@return whether all is as in the reference run and all groups are alike} */
    boolean isGood() {
        return differences.isEmpty() && fingerprintsEqual();
    }

    /** {@return whether all groups had the same function table at the end} */
    boolean fingerprintsEqual() {
        return fingerprints.stream().distinct().count() == 1;
    }

    private List<String> loadedOnly() {
        return expected.entrySet().stream()
                .filter(entry -> entry.getValue().verdict().isEmpty())
                .map(entry -> entry.getKey() + " (version " + entry.getValue().version() + ")")
                .toList();
    }

    /** {@return one JSON object, on one line} */
    String toJson() {
        return new Json()
                .put("grammars", plan.grammars().size())
                .put("jvms", plan.jvms())
                .put("groups", plan.residents())
                .put("spawned", spawned)
                .put("left", left)
                .put("loads", loads)
                .put("parses", parses)
                .put("mismatches", differences.size())
                .put("fingerprints_equal", fingerprintsEqual())
                .put("seed", plan.seed())
                .put("interpreted_functions", interpretedFunctions)
                .put("seconds", wallNanos / NANOS_PER_SECOND, 2)
                .put("parsed_grammars", expected.size() - loadedOnly().size())
                .put("loaded_only", loadedOnly())
                .put("spawned_by_ticket", spawnedByTicket)
                .put("unloads", unloads)
                .put("taken_out", takenOut)
                .put("operations", operations)
                .put("fingerprints", fingerprints)
                .put("cpu_s", cpuMillis / MILLIS_PER_SECOND, 2)
                .putObjects("trees", trees())
                .toString();
    }

    private List<Json> trees() {
        final List<Json> trees = new ArrayList<>();
        for (final Grammar grammar : plan.grammars()) {
            final Outcome outcome = expected.get(grammar.name());
            if (outcome != null && outcome.verdict().isPresent()) {
                trees.add(new Json()
                        .put("grammar", grammar.name())
                        .put("sample", grammar.sample().toString())
                        .put("tree", outcome.verdict().get().toString()));
            }
        }
        return trees;
    }

    /** {@return what is wrong, a line each, the first few; empty if nothing is} */
    List<String> problems() {
        final List<String> lines = new ArrayList<>();
        if (!fingerprintsEqual()) {
            lines.add("function tables differ: fingerprints=" + fingerprints);
        }
        differences.stream().limit(SHOWN_DIFFERENCES).forEach(lines::add);
        if (differences.size() > SHOWN_DIFFERENCES) {
            lines.add("and differences more: " + (differences.size() - SHOWN_DIFFERENCES));
        }
        return lines;
    }

    /** {@return the report as lines for people} */
    List<String> toLines() {
        final List<String> lines = new ArrayList<>();
        lines.add(format(
                "grammars    %6d  (%d parsed; %d only loaded%s)",
                plan.grammars().size(),
                expected.size() - loadedOnly().size(),
                loadedOnly().size(),
                loadedOnly().isEmpty()
                        ? ""
                        : ", the parser does not know their versions: " + String.join(", ", loadedOnly())));
        lines.add(format("groups      %6d  in %d jvms, each loaded every grammar", plan.residents(), plan.jvms()));
        lines.add(format(
                "spawned     %6d  more groups meanwhile, %d in another jvm by ticket; %d have left",
                spawned, spawnedByTicket, left));
        lines.add(format("loads       %6d  and %d unloads, which took %d modules out", loads, unloads, takenOut));
        lines.add(format("parses      %6d", parses)
                + (differences.isEmpty() ? "  all equal to those of one group in one jvm" : "  DIFFERENCES"));
        lines.add(format("operations  %6d  each applied by every group", operations));
        lines.add(format("interpreted %6d  functions, too big to compile", interpretedFunctions));
        lines.add(format(
                "wall time   %6.1f  s  (cpu time %.1f s, the reference run included)",
                wallNanos / NANOS_PER_SECOND, cpuMillis / MILLIS_PER_SECOND));
        lines.add("");
        if (isGood()) {
            lines.add(format(
                    "all function tables are equal, those of groups that joined at the end too: %s",
                    fingerprints.get(0)));
        } else {
            lines.addAll(problems());
            lines.add("seed=" + plan.seed());
        }
        return lines;
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
