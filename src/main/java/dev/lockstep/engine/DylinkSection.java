package dev.lockstep.engine;

import java.util.List;
import java.util.Map;

/**
 * What a WebAssembly dynamic library says of itself: how much linear memory and table it needs and what it depends on.
 *
 * <p>Both forms are read: {@code dylink.0}, made of subsections (those that are unknown are skipped, as its
 * specification asks for), and the older {@code dylink}, a plain sequence of numbers. Either must be the module's first
 * section. See the tool conventions' <em>DynamicLinking.md</em>.
 *
 * @param legacy true for the older form.
 * @param memorySize bytes of linear memory that the module's data takes.
 * @param memoryAlignment of that memory, in bytes; a power of two.
 * @param tableSize slots of the function table that the module's elements take.
 * @param tableAlignment of those slots, in slots; a power of two.
 * @param needed names of modules that must be loaded before it, in order.
 * @param runtimePath where needed modules are looked for, in order, as it is written: with {@code $ORIGIN} for the
 *     directory of this module, see {@link ModuleSearch}.
 * @param exportFlags symbol flags of exports that have any, by name.
 * @param importFlags symbol flags of imports that have any.
 */
public record DylinkSection(
        boolean legacy,
        long memorySize,
        int memoryAlignment,
        int tableSize,
        int tableAlignment,
        List<String> needed,
        List<String> runtimePath,
        Map<String, Integer> exportFlags,
        Map<Import, Integer> importFlags) {
    /** Symbol flag: the symbol may stay undefined. One of the values under {@link #BINDING_MASK}. */
    public static final int BINDING_WEAK = 1;

    /** The bits of the symbol flags that say how the symbol binds. */
    public static final int BINDING_MASK = 3;

    /** Symbol flag: the symbol is in thread-local storage; an exported global is an offset in that block. */
    public static final int THREAD_LOCAL = 0x100;

    /** Symbol flag: an exported global is a number of its own, not an offset from the memory base. */
    public static final int ABSOLUTE = 0x200;

    private static final String ENVIRONMENT = "env";
    private static final String GOT = "GOT.";

    /**
     * An import as a module names it.
     *
     * @param module of the import.
     * @param name of the import.
     */
    public record Import(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    /** Takes copies of the collections. */
    public DylinkSection {
        needed = List.copyOf(needed);
        runtimePath = List.copyOf(runtimePath);
        exportFlags = Map.copyOf(exportFlags);
        importFlags = Map.copyOf(importFlags);
    }

    /**
     * Reads the section of a module.
     *
     * @param module all of its bytes.
     * @return what the section says.
     * @throws MalformedModuleException if the bytes are no WebAssembly module, it is not a dynamic library, or the
     *     section is damaged.
     */
    public static DylinkSection read(final byte[] module) {
        return DylinkReader.read(module);
    }

    /**
     * {@return whether an import may stay undefined} The linker writes a symbol's flags once, as an import from
     * {@code env}, also if the module imports nothing but its address from {@code GOT.mem} or {@code GOT.func}.
     *
     * @param module of the import.
     * @param name of the import.
     */
    public boolean isWeakImport(final String module, final String name) {
        return (importFlags(module, name) & BINDING_MASK) == BINDING_WEAK;
    }

    /**
     * {@return whether an import is a thread-local symbol} For imports from the {@code GOT} see {@link #isWeakImport}.
     *
     * @param module of the import.
     * @param name of the import.
     */
    public boolean isThreadLocalImport(final String module, final String name) {
        return (importFlags(module, name) & THREAD_LOCAL) != 0;
    }

    private int importFlags(final String module, final String name) {
        final Integer own = importFlags.get(new Import(module, name));
        if (own != null) {
            return own;
        }
        return module.startsWith(GOT) ? importFlags.getOrDefault(new Import(ENVIRONMENT, name), 0) : 0;
    }

    /**
     * {@return whether an exported global is an offset in the module's block of thread-local storage}
     *
     * @param name of the export.
     */
    public boolean isThreadLocalExport(final String name) {
        return (exportFlags.getOrDefault(name, 0) & THREAD_LOCAL) != 0;
    }

    /**
     * {@return whether an exported global is a number of its own}
     *
     * @param name of the export.
     */
    public boolean isAbsoluteExport(final String name) {
        return (exportFlags.getOrDefault(name, 0) & ABSOLUTE) != 0;
    }
}
