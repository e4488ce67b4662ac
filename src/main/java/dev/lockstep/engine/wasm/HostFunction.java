package dev.lockstep.engine.wasm;

/**
 * A function that the host gives to the modules of one group. Made by {@link #of}, or by an engine's adapter from a function in
 * the engine's own form.
 */
public interface HostFunction {
    /** {@return name of the module that it is imported from} */
    String module();

    /** {@return name that it is imported by} */
    String name();

    /** {@return type that it must be imported with} */
    ExternType.Function type();

    /** {@return what it does; null if it is in an engine's own form} */
    Body body();

    /** What a function of the host's does. */
    @FunctionalInterface
    interface Body {
        /**
         * Runs on the group's thread, which has answered what was pending just before.
         *
         * @param guest who calls.
         * @param arguments as WebAssembly has them: an i32 in the lower half of each, floats as their bits.
         * @return the results, null or empty if there are none.
         */
        long[] call(GuestCaller guest, long... arguments);
    }

    /**
     * Makes a function of the host's.
     *
     * @param module that it is imported from, {@code env} for example.
     * @param name of it.
     * @param type of it.
     * @param body what it does.
     * @return the function.
     */
    static HostFunction of(final String module, final String name, final ExternType.Function type, final Body body) {
        return new PlainHostFunction(module, name, type, body);
    }
}
