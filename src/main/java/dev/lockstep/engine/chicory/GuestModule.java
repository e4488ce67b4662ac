package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import java.util.Set;
import java.util.TreeSet;

/** A module as one group has it: its instance, its views, and where it was put. */
final class GuestModule {
    private final int handle;
    private final String name;
    private final CompiledModule compiled;
    private final MappedMemory memory;
    private final long memoryBase;
    private final long memorySize;
    private final int tableBase;
    private final Set<Integer> dependencies = new TreeSet<>();
    private Instance instance;
    private boolean retired;

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

    /** {@return handles of the side modules that it needs or takes symbols from, all lower than its own} */
    Set<Integer> dependencies() {
        return dependencies;
    }

    void dependOn(final GuestModule other) {
        if (other != this && other.handle != ChicoryReplica.MAIN_HANDLE) {
            dependencies.add(other.handle);
        }
    }

    /** {@return whether it has failed and was taken out: nothing is linked to it any more} */
    boolean isRetired() {
        return retired;
    }

    void retire() {
        retired = true;
    }

    /** {@return address of exported data} */
    long address(final String symbol) {
        final long value = instance.exports().global(symbol).getValue();
        return compiled.dylink().isAbsoluteExport(symbol) ? value : memoryBase + value;
    }
}
