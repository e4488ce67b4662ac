package dev.lockstep.engine.loader;

/** What a symbol was resolved to: what a pointer to it is in the guest. */
public sealed interface ResolvedExport {
    /** {@return the pointer} */
    int pointer();

    /**
     * A function.
     *
     * @param slot of the function table, the same in every group.
     */
    record Function(int slot) implements ResolvedExport {
        @Override
        public int pointer() {
            return slot;
        }
    }

    /**
     * Data.
     *
     * @param address in linear memory; the same in every group, unless the data is thread-local.
     */
    record Data(int address) implements ResolvedExport {
        @Override
        public int pointer() {
            return address;
        }
    }
}
