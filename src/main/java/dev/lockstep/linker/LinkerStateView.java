package dev.lockstep.linker;

/**
 * The linker state as its holder sees it: a reader, a writer (with its own uncommitted changes), or an optimistic reader
 * (whose results count only once they have been validated).
 *
 * <p>Confined to the thread that holds it. Lookups by name do not allocate.
 */
public interface LinkerStateView {
    /** {@return length of the function table, in slots} */
    int tableLength();

    /** {@return first byte of linear memory that nobody has been given, in bytes} */
    long memoryEnd();

    /** {@return the handle that the next module gets} */
    int nextHandle();

    /**
     * {@return handle of a module, or 0 if there is none of that name}
     *
     * @param name of the module.
     */
    int findModule(String name);

    /**
     * {@return a module, or null if the handle is of none; allocates}
     *
     * @param handle of the module.
     */
    ModuleRecord module(int handle);

    /**
     * {@return whether a module was taken out: it has failed or was unloaded, and its name is free}
     *
     * @param handle of the module.
     */
    boolean isRetired(int handle);

    /**
     * {@return how often a module was retained and not released; 0 if there is no such module, or it was taken out}
     *
     * @param handle of the module.
     */
    int moduleReferences(int handle);

    /**
     * {@return slot of the function table that a function was given, or −1; −1 as well once the module was taken out}
     *
     * @param resolvedFrom handle of the module that exports it.
     * @param name of the function.
     */
    int findSymbol(int resolvedFrom, String name);

    /**
     * {@return whether a slot of the function table is a closure that is in use}
     *
     * @param functionTableIndex of it.
     */
    boolean isClosure(int functionTableIndex);
}
