package dev.lockstep.engine;

/** What {@link ModulePreparation} asks of an engine. Thread-safe. */
public interface ModulePreparer {
    /** {@return the modules' bytes} */
    ModuleStore store();

    /**
     * Gets a module of the store ready, so that making an instance of it later is quick and does not fail for the
     * module's own sake.
     *
     * @param hash of the module.
     * @throws RuntimeException if it can't be read or the engine refuses it.
     */
    void prepare(ContentHash hash);
}
