package dev.lockstep.cli.launch;

import java.util.ArrayList;
import java.util.List;

/**
 * A line of the text that the launcher and its JVMs exchange: a word, then fields, with tabs between them. Immutable.
 *
 * @param word that says what the line is about.
 * @param fields that follow; may hold any characters.
 */
public record Line(String word, List<String> fields) {
    private static final char SEPARATOR = '\t';

    /** Takes a copy of the fields. */
    public Line {
        fields = List.copyOf(fields);
    }

    /**
     * {@return a line of these fields, each as its string}
     *
     * @param word that says what the line is about.
     * @param fields that follow.
     */
    public static Line of(final String word, final Object... fields) {
        final List<String> texts = new ArrayList<>(fields.length);
        for (final Object field : fields) {
            texts.add(field.toString());
        }
        return new Line(word, texts);
    }

    /**
     * {@return the line that a text stands for}
     *
     * @param text as {@link #text()} gives it.
     * @throws IllegalArgumentException if it is no such text.
     */
    public static Line parse(final String text) {
        final List<String> parts = new ArrayList<>();
        final StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c == SEPARATOR) {
                parts.add(part.toString());
                part.setLength(0);
            } else if (c == '\\') {
                i++;
                part.append(unescape(text, i));
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        return new Line(parts.get(0), parts.subList(1, parts.size()));
    }

    private static char unescape(final String text, final int at) {
        return switch (at < text.length() ? text.charAt(at) : ' ') {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case '\\' -> '\\';
            default -> throw notUnderstood(text);
        };
    }

    private static IllegalArgumentException notUnderstood(final String text) {
        return new IllegalArgumentException("line is not understood: line=" + text);
    }

    /** {@return the line as text, without the line's end} */
    public String text() {
        final StringBuilder text = new StringBuilder();
        append(text, word);
        for (final String field : fields) {
            text.append(SEPARATOR);
            append(text, field);
        }
        return text.toString();
    }

    private static void append(final StringBuilder text, final String field) {
        for (int i = 0; i < field.length(); i++) {
            final char c = field.charAt(i);
            switch (c) {
                case '\t' -> text.append("\\t");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\\' -> text.append("\\\\");
                default -> text.append(c);
            }
        }
    }

    /**
     * {@return a field}
     *
     * @param index of the field, from 0.
     */
    public String field(final int index) {
        if (index >= fields.size()) {
            throw notUnderstood(text());
        }
        return fields.get(index);
    }

    /**
     * {@return a field that is an int}
     *
     * @param index of the field, from 0.
     */
    public int intField(final int index) {
        return Math.toIntExact(longField(index));
    }

    /**
     * {@return a field that is a long}
     *
     * @param index of the field, from 0.
     */
    public long longField(final int index) {
        try {
            return Long.parseLong(field(index));
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("line is not understood: line=" + text(), e);
        }
    }
}
