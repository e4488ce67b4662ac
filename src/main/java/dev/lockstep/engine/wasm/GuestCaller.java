package dev.lockstep.engine.wasm;

/** The group whose guest calls a function of the host's. Used during the call only. */
public interface GuestCaller {
    /** {@return handle of the module whose import was called; 0 if the function was called through the function table} */
    int module();

    /** {@return the guest's memory} */
    GuestMemory memory();

    /**
     * Does something that may take long or block, such as reading a file: in a safe region, so that no other group waits for
     * this one meanwhile. It must not touch the guest's memory, its instances or its table.
     *
     * @param work to do.
     * @param <T> what comes of it.
     * @param <E> what it may throw.
     * @return what came of it.
     * @throws E as the work has thrown it; the group runs again then, too.
     */
    <T, E extends Exception> T blocking(Blocking<T, E> work) throws E;

    /**
     * Something that may block.
     *
     * @param <T> what comes of it.
     * @param <E> what it may throw.
     */
    @FunctionalInterface
    interface Blocking<T, E extends Exception> {
        /**
         * Does it.
         *
         * @return what came of it.
         * @throws E if it fails.
         */
        T run() throws E;
    }
}
