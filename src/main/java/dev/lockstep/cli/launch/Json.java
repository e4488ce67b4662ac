package dev.lockstep.cli.launch;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes one JSON object, on one line, its members in the order in which they were given. For one thread. */
public final class Json {
    private final StringBuilder text = new StringBuilder("{");

    /** An object without members. */
    public Json() {}

    private Json raw(final String name, final String value) {
        if (text.length() > 1) {
            text.append(", ");
        }
        text.append(quote(name)).append(": ").append(value);
        return this;
    }

    /**
     * Adds a whole number.
     *
     * @param name of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final long value) {
        return raw(name, Long.toString(value));
    }

    /**
     * Adds true or false.
     *
     * @param name of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final boolean value) {
        return raw(name, Boolean.toString(value));
    }

    /**
     * Adds a number with so many decimals.
     *
     * @param name of the member.
     * @param value of it.
     * @param decimals behind the point.
     * @return this.
     */
    public Json put(final String name, final double value, final int decimals) {
        return raw(name, String.format(Locale.ROOT, "%." + decimals + "f", value));
    }

    /**
     * Adds an array of strings.
     *
     * @param name of the member.
     * @param values of it.
     * @return this.
     */
    public Json put(final String name, final List<String> values) {
        return raw(name, values.stream().map(Json::quote).collect(Collectors.joining(", ", "[", "]")));
    }

    /**
     * Adds an object.
     *
     * @param name of the member.
     * @param value of it, complete.
     * @return this.
     */
    public Json put(final String name, final Json value) {
        return raw(name, value.toString());
    }

    /**
     * Adds an array of whole numbers.
     *
     * @param name of the member.
     * @param values in the array.
     * @return this.
     */
    public Json putNumbers(final String name, final List<? extends Number> values) {
        return raw(name, values.stream().map(Number::toString).collect(Collectors.joining(", ", "[", "]")));
    }

    /**
     * Adds an array of objects.
     *
     * @param name of the member.
     * @param values of it, complete.
     * @return this.
     */
    public Json putObjects(final String name, final List<Json> values) {
        return raw(name, values.stream().map(Json::toString).collect(Collectors.joining(", ", "[", "]")));
    }

    /**
     * Adds a string.
     *
     * @param name of the member.
     * @param value of it.
     * @return this.
     */
    public Json put(final String name, final String value) {
        return raw(name, quote(value));
    }

    private static String quote(final String value) {
        final StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            final char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    /** {@return the object} */
    @Override
    public String toString() {
        return text + "}";
    }
}
