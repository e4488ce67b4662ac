package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;

/** A module as one group has it: its instance, its views, and where it was put. */
final class GuestModule {
    private final int handle;
    private final String name;
    private final CompiledModule compiled;
    private final MappedMemory memory;
    private final long memoryBase;
    private final long memorySize;
    private final int tableBase;
    private Instance instance;

    GuestModule(
            final int handle,
            final String name,
            final CompiledModule compiled,
            final MappedMemory memory,
            final long memoryBase,
            final long memorySize,
            final int tableBase) {
        this.handle = handle;
        this.name = name;
        this.compiled = compiled;
        this.memory = memory;
        this.memoryBase = memoryBase;
        this.memorySize = memorySize;
        this.tableBase = tableBase;
    }

    int handle() {
        return handle;
    }

    String name() {
        return name;
    }

    CompiledModule compiled() {
        return compiled;
    }

    MappedMemory memory() {
        return memory;
    }

    long memoryBase() {
        return memoryBase;
    }

    long memorySize() {
        return memorySize;
    }

    int tableBase() {
        return tableBase;
    }

    /** {@return the instance, or null while it is being made} */
    Instance instance() {
        return instance;
    }

    void instance(final Instance made) {
        instance = made;
    }

    /** {@return address of exported data} */
    long address(final String symbol) {
        final long value = instance.exports().global(symbol).getValue();
        return compiled.dylink().isAbsoluteExport(symbol) ? value : memoryBase + value;
    }
}
