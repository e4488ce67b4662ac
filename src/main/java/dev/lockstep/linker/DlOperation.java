package dev.lockstep.linker;

import java.util.List;

/**
 * A mutation that every group must apply: the view for the cold path. On the hot path the same bytes are read through
 * {@link OperationFlyweight}.
 *
 * <p>The first three kinds and their names are the origin's (wasmer's WASIX linker), which leaves a module where it is
 * once it has been loaded, and writes closures without telling its linker.
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
     * A module was taken out, since its initialisation has failed or since it was unloaded: every group empties the slots of
     * the function table that hold its functions and links nothing to it any more. Its name and its memory are free, and its
     * slots are as far as {@link LinkerStateWriter#releaseTable} says. Its handle is not given to others.
     *
     * @param handle of the module.
     */
    record RetireModule(int handle) implements DlOperation {}

    /**
     * A closure was given the function that it calls; every group puts it into the closure's slot, in place of what is there.
     *
     * @param functionTableIndex slot of the closure.
     * @param backingFunction slot of the function that is called by it.
     * @param userData that the function is given.
     * @param signature of the closure, in the embedder's own words: 1 to 255 printable ASCII characters.
     */
    record PrepareClosure(int functionTableIndex, int backingFunction, int userData, String signature)
            implements DlOperation {
        /** The longest signature, in characters. */
        public static final int MAX_SIGNATURE_LENGTH = 255;

        /** Checks what cannot be right of any closure. */
        public PrepareClosure {
            if (functionTableIndex < 0 || backingFunction < 0) {
                throw new IllegalArgumentException("not a slot of the function table: functionTableIndex="
                        + functionTableIndex + " backingFunction=" + backingFunction);
            }
            if (signature.isEmpty() || signature.length() > MAX_SIGNATURE_LENGTH) {
                throw new IllegalArgumentException("not a length for a signature: characters=" + signature.length()
                        + ", choose from 1 to " + MAX_SIGNATURE_LENGTH);
            }
            for (int i = 0; i < signature.length(); i++) {
                if (signature.charAt(i) < ' ' || signature.charAt(i) > '~') {
                    throw new IllegalArgumentException("signature is not printable ASCII: character=" + i);
                }
            }
        }
    }
}
