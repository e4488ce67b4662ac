package dev.lockstep.engine;

/** A symbol can't be resolved. Nothing has changed; the same call can be made again. */
public final class ResolveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What has happened. */
    private final ResolveError error;

    /** Where it was looked for, or null. */
    private final String module;

    /** Name of the symbol, or null. */
    private final String symbol;

    /** What there should be, or null. */
    private final String expected;

    /** What there is, or null. */
    private final String found;

    /**
     * Makes the exception.
     *
     * @param error that has happened.
     * @param what has happened, and what to do, in words.
     * @param module where the symbol was looked for: a name or a handle.
     * @param symbol name of it, or null.
     * @param expected what there should be, or null.
     * @param found what there is, or null.
     */
    public ResolveException(
            final ResolveError error,
            final String what,
            final Object module,
            final String symbol,
            final Object expected,
            final Object found) {
        super(Messages.of(what, text(module), symbol, text(expected), text(found), ""));
        this.error = error;
        this.module = text(module);
        this.symbol = symbol;
        this.expected = text(expected);
        this.found = text(found);
    }

    private static String text(final Object value) {
        return value == null ? null : value.toString();
    }

    /** {@return what has happened} */
    public ResolveError error() {
        return error;
    }

    /** {@return where the symbol was looked for: a module's name or handle} */
    public String module() {
        return module;
    }

    /** {@return name of the symbol; null if it is about none} */
    public String symbol() {
        return symbol;
    }

    /** {@return what there should be; null if that says nothing} */
    public String expected() {
        return expected;
    }

    /** {@return what there is; null if there is nothing} */
    public String found() {
        return found;
    }
}
