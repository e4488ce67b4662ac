package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.ContentHash;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What came of parsing a file, to be compared. Immutable.
 *
 * @param text 16 digits of the hash of what was read.
 * @param tree 16 digits of the hash of the tree as an S-expression.
 * @param nodes of the tree.
 * @param errors whether a part could not be parsed.
 */
public record Verdict(String text, String tree, int nodes, boolean errors) {
    private static final int DIGITS = 16;

    /**
     * {@return the verdict on a tree}
     *
     * @param text that was parsed.
     * @param expression hash of the tree as an S-expression.
     * @param nodes of the tree.
     * @param errors whether a part could not be parsed.
     */
    public static Verdict of(final String text, final ContentHash expression, final int nodes, final boolean errors) {
        return new Verdict(
                digits(ContentHash.of(text.getBytes(StandardCharsets.UTF_8))), digits(expression), nodes, errors);
    }

    private static String digits(final ContentHash hash) {
        return hash.hex().substring(0, DIGITS);
    }

    /** {@return what {@link #in} reads, for a line} */
    public List<Object> fields() {
        return List.of(text, tree, nodes, errors);
    }

    /**
     * {@return the verdict that a line holds from a field on}
     *
     * @param line that holds it.
     * @param from index of the field.
     */
    public static Verdict in(final Line line, final int from) {
        return new Verdict(
                line.field(from),
                line.field(from + 1),
                line.intField(from + 2),
                Boolean.parseBoolean(line.field(from + 3)));
    }

    @Override
    public String toString() {
        return tree + "/" + nodes + (errors ? "/errors" : "");
    }
}
