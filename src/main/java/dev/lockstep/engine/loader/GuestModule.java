package dev.lockstep.engine.loader;

import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.engine.wasm.WasmGlobal;
import dev.lockstep.engine.wasm.WasmModuleInstance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A module as one group has it: its instance, and where it was put. */
final class GuestModule {
    /** An address that depends on the thread: it is set once that is known. */
    record ThreadAddress(WasmGlobal global, GuestModule provider, String symbol) {}

    private final int handle;
    private final String name;
    private final PreparedModule prepared;
    private final WasmModuleInstance instance;
    private final long memoryBase;
    private final int tableBase;
    private final int tableSize;
    private final Set<Integer> dependencies = new TreeSet<>();
    private final Map<String, LazyFunction> lazy = new LinkedHashMap<>();
    private final List<ThreadAddress> threadAddresses = new ArrayList<>();

    GuestModule(
            final int handle,
            final String name,
            final PreparedModule prepared,
            final WasmModuleInstance instance,
            final long memoryBase,
            final int tableBase,
            final int tableSize) {
        this.handle = handle;
        this.name = name;
        this.prepared = prepared;
        this.instance = instance;
        this.memoryBase = memoryBase;
        this.tableBase = tableBase;
        this.tableSize = tableSize;
    }

    int handle() {
        return handle;
    }

    boolean isMain() {
        return handle == GuestReplica.MAIN_HANDLE;
    }

    String name() {
        return name;
    }

    PreparedModule prepared() {
        return prepared;
    }

    WasmModuleInstance instance() {
        return instance;
    }

    long memoryBase() {
        return memoryBase;
    }

    int tableBase() {
        return tableBase;
    }

    int tableSize() {
        return tableSize;
    }

    /** {@return handles of the side modules that it needs or was bound to when it was loaded} */
    Set<Integer> dependencies() {
        return dependencies;
    }

    void dependOn(final GuestModule other) {
        if (other != this && !other.isMain()) {
            dependencies.add(other.handle);
        }
    }

    /** {@return functions that nobody had when it was loaded, by name} */
    Map<String, LazyFunction> lazy() {
        return lazy;
    }

    List<ThreadAddress> threadAddresses() {
        return threadAddresses;
    }

    /** {@return address of exported data that all threads share} */
    long address(final String symbol) {
        return prepared.dylink().isAbsoluteExport(symbol) ? value(symbol) : memoryBase + value(symbol);
    }

    /** {@return address of exported data of one thread} */
    long threadAddress(final String symbol, final int thread) {
        return threadBlock(thread) + value(symbol);
    }

    long threadBlock(final int thread) {
        return memoryBase + prepared.threadBlockOffset(thread);
    }

    private long value(final String symbol) {
        final WasmExport export = prepared.module().export(symbol);
        return export.constant() == null ? instance.global(symbol) : export.constant();
    }
}
