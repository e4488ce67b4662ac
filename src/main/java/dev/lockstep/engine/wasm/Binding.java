package dev.lockstep.engine.wasm;

/** What an import is bound to. */
public sealed interface Binding {
    /**
     * A function of an instance, which need not be linked yet.
     *
     * @param instance that has it.
     * @param function index of it.
     */
    record Function(WasmInstance instance, int function) implements Binding {}

    /**
     * Code of the host's.
     *
     * @param type of it, as the module imports it.
     * @param code to run.
     */
    record Host(ExternType.Function type, Code code) implements Binding {}

    /**
     * A function of the host's in the engine's own form.
     *
     * @param function made by the engine's adapter.
     * @param before to run before each call.
     * @param after to run before each call returns to the guest.
     */
    record Native(HostFunction function, Runnable before, Runnable after) implements Binding {}

    /**
     * A global.
     *
     * @param global of the same store.
     */
    record Global(WasmGlobal global) implements Binding {}

    /** The linear memory. */
    record Memory() implements Binding {}

    /** The function table. */
    record Table() implements Binding {}

    /** What a bound function does. */
    @FunctionalInterface
    interface Code {
        /**
         * Runs.
         *
         * @param arguments as WebAssembly has them.
         * @return the results, null or empty if there are none.
         */
        long[] call(long... arguments);
    }
}
