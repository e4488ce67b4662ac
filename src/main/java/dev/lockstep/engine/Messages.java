package dev.lockstep.engine;

/** The common form of the engine's messages. */
final class Messages {
    private Messages() {}

    static String of(
            final String what,
            final String module,
            final String symbol,
            final String expected,
            final String found,
            final CharSequence more) {
        final StringBuilder text = new StringBuilder(what).append(':');
        append(text, "module", module);
        append(text, "symbol", symbol);
        append(text, "expected", expected);
        append(text, "found", found);
        return text.append(more).toString();
    }

    private static void append(final StringBuilder text, final String key, final String value) {
        if (value != null) {
            text.append(' ').append(key).append('=').append(value);
        }
    }
}
