package dev.lockstep.linker;

import java.util.List;

/**
 * A mutation that every group must apply: the view for the cold path. On the hot path the same bytes are read through
 * {@link OperationFlyweight}.
 *
 * <p>The first three kinds and their names are the origin's (wasmer's WASIX linker), which leaves a module that fails
 * where it is.
 */
public sealed interface DlOperation {
    /**
     * Modules were loaded; every group instantiates them at the same bases.
     *
     * @param modules in the order in which they are instantiated.
     */
    record LoadModules(List<ModuleRecord> modules) implements DlOperation {
        /** Takes a copy of the list, which must not be empty. */
        public LoadModules {
            modules = List.copyOf(modules);
            if (modules.isEmpty()) {
                throw new IllegalArgumentException("no modules to load");
            }
        }
    }

    /**
     * A function was given a slot of the function table; every group puts it there.
     *
     * @param name of the exported function.
     * @param resolvedFrom handle of the module that exports it.
     * @param functionTableIndex slot of the function table.
     */
    record ResolveFunction(String name, int resolvedFrom, int functionTableIndex) implements DlOperation {}

    /**
     * Slots were taken at the end of the function table; every group grows its own.
     *
     * @param index first slot.
     * @param size number of slots.
     */
    record AllocateFunctionTable(int index, int size) implements DlOperation {}

    /**
     * A module whose initialisation has failed was taken out: its name and its memory are free, and no group links what
     * is loaded later to it. Its handle and its slots of the function table are not given to others.
     *
     * @param handle of the module.
     */
    record RetireModule(int handle) implements DlOperation {}
}
