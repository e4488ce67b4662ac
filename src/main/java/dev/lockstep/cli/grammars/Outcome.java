package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.Verdict;
import dev.lockstep.cli.launch.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What came of a grammar, to be compared. Immutable.
 *
 * @param version of the language's layout.
 * @param verdict on the sample's tree; nothing if the parser does not know that version.
 */
record Outcome(int version, Optional<Verdict> verdict) {
    /** {@return the fields of a line: the grammar's name, then the outcome} */
    static Object[] fields(final Grammar grammar, final int version, final Optional<Verdict> verdict) {
        final List<Object> fields = new ArrayList<>(List.of(grammar.name(), version));
        verdict.ifPresent(parsed -> fields.addAll(parsed.fields()));
        return fields.toArray();
    }

    /** {@return the outcome that a line holds behind the grammar's name} */
    static Outcome in(final Line line, final int from) {
        return new Outcome(
                line.intField(from),
                line.fields().size() == from + 1 ? Optional.empty() : Optional.of(Verdict.in(line, from + 1)));
    }

    @Override
    public String toString() {
        return "version " + version + verdict.map(parsed -> " tree " + parsed).orElse(" not parsed");
    }
}
