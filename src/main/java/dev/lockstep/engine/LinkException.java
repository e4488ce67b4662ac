package dev.lockstep.engine;

/**
 * A module can't be linked into the process. The universe is as before the call, which can be repeated.
 */
public final class LinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What has happened. */
    private final LinkError error;

    /** Name of the module, or null. */
    private final String module;

    /** Name of the symbol, or null. */
    private final String symbol;

    /** What there should be, or null. */
    private final String expected;

    /** What there is, or null. */
    private final String found;

    private LinkException(final Builder from) {
        super(from.text(), from.reason);
        error = from.kind;
        module = from.moduleName;
        symbol = from.symbolName;
        expected = from.wanted;
        found = from.actual;
    }

    /** {@return what has happened} */
    public LinkError error() {
        return error;
    }

    /** {@return name of the module that can't be linked; null if none is known} */
    public String module() {
        return module;
    }

    /** {@return name of the import, export or needed module that it is about; null if it is about none} */
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

    /**
     * Begins an exception.
     *
     * @param error that has happened.
     * @param what has happened, and what to do, in words.
     * @return a builder.
     */
    public static Builder of(final LinkError error, final String what) {
        return new Builder(error, what);
    }

    /** Puts an exception together. Not thread-safe. */
    public static final class Builder {
        private final LinkError kind;
        private final String what;
        private final StringBuilder more = new StringBuilder();
        private String moduleName;
        private String symbolName;
        private String wanted;
        private String actual;
        private Throwable reason;

        private Builder(final LinkError kind, final String what) {
            this.kind = kind;
            this.what = what;
        }

        /**
         * Names the module.
         *
         * @param name of it.
         * @return this.
         */
        public Builder module(final String name) {
            moduleName = name;
            return this;
        }

        /**
         * Names the symbol.
         *
         * @param name of it.
         * @return this.
         */
        public Builder symbol(final String name) {
            symbolName = name;
            return this;
        }

        /**
         * Says what there should be.
         *
         * @param value anything with a text.
         * @return this.
         */
        public Builder expected(final Object value) {
            wanted = String.valueOf(value);
            return this;
        }

        /**
         * Says what there is.
         *
         * @param value anything with a text.
         * @return this.
         */
        public Builder found(final Object value) {
            actual = String.valueOf(value);
            return this;
        }

        /**
         * Adds to the message.
         *
         * @param key of a value.
         * @param value anything with a text.
         * @return this.
         */
        public Builder with(final String key, final Object value) {
            more.append(' ').append(key).append('=').append(value);
            return this;
        }

        /**
         * Says what it came of.
         *
         * @param throwable as the engine or the guest reported it.
         * @return this.
         */
        public Builder cause(final Throwable throwable) {
            reason = throwable;
            return this;
        }

        /** {@return the exception} */
        public LinkException build() {
            return new LinkException(this);
        }

        private String text() {
            return Messages.of(what, moduleName, symbolName, wanted, actual, more)
                    + (reason == null ? "" : " reason=" + reason.getMessage());
        }
    }
}
