package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportGlobal;
import com.dylibso.chicory.runtime.ImportMemory;
import com.dylibso.chicory.runtime.ImportTable;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.GlobalImport;
import com.dylibso.chicory.wasm.types.MutabilityType;
import com.dylibso.chicory.wasm.types.ValType;
import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A group's modules and function table, and how a further module is linked to them. Making an instance touches nothing
 * but the lists here: not the linear memory, not the instances that are there. So a {@link #copy} can be used to find out
 * whether it would work. Nothing is linked to a module that was {@linkplain #retire taken out}.
 *
 * <p>Used by its group's thread only.
 */
final class Linkage {
    private final ChicoryEngine engine;
    private final StackPointer stackPointer;
    private final List<ImportFunction> hostFunctions;
    private final Map<String, Long> hostAddresses;
    private final SlotTable slots;
    private final List<GuestModule> modules;

    Linkage(final ChicoryEngine engine, final StackPointer stackPointer, final HostFunctions host) {
        this(
                engine,
                stackPointer,
                List.copyOf(host.functions()),
                hostAddresses(engine.memory().plan()),
                new SlotTable(),
                new ArrayList<>());
    }

    private Linkage(
            final ChicoryEngine engine,
            final StackPointer stackPointer,
            final List<ImportFunction> hostFunctions,
            final Map<String, Long> hostAddresses,
            final SlotTable slots,
            final List<GuestModule> modules) {
        this.engine = engine;
        this.stackPointer = stackPointer;
        this.hostFunctions = hostFunctions;
        this.hostAddresses = hostAddresses;
        this.slots = slots;
        this.modules = modules;
    }

    private static Map<String, Long> hostAddresses(final LinearMemoryPlan plan) {
        return Map.of("__stack_low", plan.stackLow(), "__stack_high", plan.stackHigh(), "__heap_base", plan.heapBase());
    }

    /** {@return a linkage of its own with the same modules and slots} */
    Linkage copy() {
        return new Linkage(engine, stackPointer, hostFunctions, hostAddresses, slots.copy(), new ArrayList<>(modules));
    }

    SlotTable slots() {
        return slots;
    }

    /** {@return the modules, by handle; not to be changed} */
    List<GuestModule> modules() {
        return modules;
    }

    /**
     * Makes an instance of a module where the record says; the table must be long enough.
     *
     * @throws LinkException if something that it imports is missing.
     * @throws IllegalStateException if the record can't be right.
     */
    void load(final ModuleRecord module) {
        final ContentHash hash = ContentHash.ofBytes(module.hash());
        if (modules.isEmpty()) {
            requireMain(module, hash);
        }
        if (find(module.handle()) != null) {
            throw new IllegalStateException("handle is taken: handle=" + module.handle());
        }
        final CompiledModule compiled = engine.compile(hash);
        if (module.tableSize() < compiled.tableSlots()
                || module.tableBase() < 0
                || module.tableBase() > slots.length() - module.tableSize()
                || module.memoryBase() < 0
                || module.memorySize() < compiled.dylink().memorySize()) {
            throw new IllegalStateException("module does not fit its place: handle=" + module.handle() + " tableBase="
                    + module.tableBase() + " tableSize=" + module.tableSize() + " tableSlots=" + compiled.tableSlots()
                    + " memoryBase=" + module.memoryBase() + " memorySize=" + module.memorySize());
        }
        load(new GuestModule(
                module.handle(),
                module.name(),
                compiled,
                new MappedMemory(engine.memory()),
                module.memoryBase(),
                module.memorySize(),
                module.tableBase()));
    }

    private void requireMain(final ModuleRecord module, final ContentHash hash) {
        if (module.handle() != ChicoryReplica.MAIN_HANDLE
                || module.memoryBase() != engine.memory().plan().mainBase()) {
            throw new IllegalStateException("first module is not the main module: handle=" + module.handle()
                    + " memoryBase=" + module.memoryBase() + " module=" + module.name());
        }
        if (!hash.equals(engine.main().hash())) {
            throw new IllegalStateException(
                    "universe has another main module, open the engine with that one: module=" + module.name()
                            + " hash=" + hash + " actual=" + engine.main().hash());
        }
    }

    private void load(final GuestModule module) {
        final CompiledModule compiled = module.compiled();
        final int pages = engine.memory().length() / LinearMemoryPlan.PAGE;
        if (compiled.leastMemoryPages() > pages) {
            throw new LinkException("module wants more memory than there is: module=" + module.name() + " pages="
                    + compiled.leastMemoryPages() + " actual=" + pages);
        }
        for (final String needed : compiled.dylink().needed()) {
            module.dependOn(needed(module, PendingModule.nameOf(Path.of(needed))));
        }
        final List<ImportFunction> functions = new ArrayList<>();
        for (final FunctionImport needed : compiled.functionImports()) {
            functions.add(bind(module, needed));
        }
        final List<ImportGlobal> globals = new ArrayList<>();
        final Map<String, GlobalInstance> functionAddresses = new HashMap<>();
        final Map<String, GlobalInstance> dataAddresses = new HashMap<>();
        for (final GlobalImport needed : compiled.globalImports()) {
            final GlobalInstance global = global(module, needed);
            globals.add(new ImportGlobal(needed.module(), needed.name(), global));
            if (needed.module().equals(CompiledModule.GOT_FUNC)) {
                functionAddresses.put(needed.name(), global);
            } else if (needed.module().equals(CompiledModule.GOT_MEM)) {
                dataAddresses.put(needed.name(), global);
            }
        }
        module.memory().swallowInitialization(true);
        final Instance instance = Instance.builder(compiled.module())
                .withMachineFactory(compiled.machineFactory())
                .withInitialize(false)
                .withImportValues(ImportValues.builder()
                        .addFunction(functions.toArray(new ImportFunction[0]))
                        .addGlobal(globals.toArray(new ImportGlobal[0]))
                        .addMemory(new ImportMemory("env", "memory", module.memory()))
                        .addTable(new ImportTable("env", "__indirect_function_table", new TableView(slots, module)))
                        .build())
                .build();
        module.instance(instance);
        instance.initialize(false);
        module.memory().swallowInitialization(false);
        modules.add(module);
        dataAddresses.forEach((name, global) -> global.setValue(dataAddress(module, name)));
        int reserved = module.tableBase() + compiled.dylink().tableSize();
        for (final String name : compiled.functionAddresses()) {
            functionAddresses.get(name).setValue(functionAddress(module, name, reserved++));
        }
    }

    private GuestModule needed(final GuestModule module, final String name) {
        final GuestModule present = find(name);
        if (present == null) {
            throw new LinkException("module needs another one that is not loaded, or not any more since its"
                    + " initialisation has failed, try again: module=" + module.name() + " needed=" + name);
        }
        return present;
    }

    private ImportFunction bind(final GuestModule module, final FunctionImport needed) {
        final FunctionType type = module.compiled().module().typeSection().getType(needed.typeIndex());
        final GuestModule provider = provider(module, needed.name());
        final ImportFunction host = host(needed);
        if (host != null && (provider == null || provider.handle() != ChicoryReplica.MAIN_HANDLE)) {
            checkType(module, needed, type, host.functionType());
            return host;
        }
        if (provider == null) {
            throw missing(module, needed.module(), needed.name());
        }
        module.dependOn(provider);
        final int function = provider.compiled().functionIndex(needed.name());
        checkType(module, needed, type, provider.compiled().functionType(function));
        return new ImportFunction(
                needed.module(),
                needed.name(),
                type,
                (caller, arguments) -> provider.instance().getMachine().call(function, arguments));
    }

    private static void checkType(
            final GuestModule module, final FunctionImport needed, final FunctionType type, final FunctionType actual) {
        if (!type.equals(actual)) {
            throw new LinkException("import has another type: module=" + module.name() + " import=" + needed.module()
                    + "." + needed.name() + " type=" + type + " actual=" + actual);
        }
    }

    private static LinkException missing(final GuestModule module, final String importModule, final String name) {
        return new LinkException("import not found, load the module that has it first or give a host function: module="
                + module.name() + " import=" + importModule + "." + name);
    }

    private ImportFunction host(final FunctionImport needed) {
        for (final ImportFunction function : hostFunctions) {
            if (function.name().equals(needed.name()) && function.module().equals(needed.module())) {
                return function;
            }
        }
        return null;
    }

    /** {@return the module that a function of this name is taken from, or null} */
    private GuestModule provider(final GuestModule module, final String function) {
        final GuestModule main = modules.isEmpty() ? module : modules.get(0);
        if (main != module && main.compiled().functionIndex(function) >= 0) {
            return main;
        }
        if (module.compiled().functionIndex(function) >= 0) {
            return module;
        }
        for (final GuestModule other : modules) {
            if (!other.isRetired() && other.compiled().functionIndex(function) >= 0) {
                return other;
            }
        }
        return null;
    }

    private GlobalInstance global(final GuestModule module, final GlobalImport needed) {
        if (needed.module().equals("env")) {
            switch (needed.name()) {
                case "__memory_base" -> {
                    return new GlobalInstance(module.memoryBase(), 0, ValType.I32, MutabilityType.Const);
                }
                case "__table_base" -> {
                    return new GlobalInstance(module.tableBase(), 0, ValType.I32, MutabilityType.Const);
                }
                case "__stack_pointer" -> {
                    return stackPointer;
                }
                default -> throw missing(module, needed.module(), needed.name());
            }
        }
        if (needed.module().equals(CompiledModule.GOT_FUNC) || needed.module().equals(CompiledModule.GOT_MEM)) {
            return new GlobalInstance(0, 0, ValType.I32, MutabilityType.Var);
        }
        throw missing(module, needed.module(), needed.name());
    }

    private long dataAddress(final GuestModule module, final String symbol) {
        final Long given = hostAddresses.get(symbol);
        if (given != null) {
            return given;
        }
        if (modules.get(0).compiled().exportsGlobal(symbol)) {
            return modules.get(0).address(symbol);
        }
        if (module.compiled().exportsGlobal(symbol)) {
            return module.address(symbol);
        }
        for (final GuestModule other : modules) {
            if (!other.isRetired() && other.compiled().exportsGlobal(symbol)) {
                module.dependOn(other);
                return other.address(symbol);
            }
        }
        return undefined(module, CompiledModule.GOT_MEM, symbol);
    }

    private long functionAddress(final GuestModule module, final String symbol, final int reserved) {
        final GuestModule provider = provider(module, symbol);
        if (provider == null) {
            return undefined(module, CompiledModule.GOT_FUNC, symbol);
        }
        module.dependOn(provider);
        final int function = provider.compiled().functionIndex(symbol);
        final int present = slots.slotOf(provider.instance(), function);
        if (present >= 0) {
            return present;
        }
        slots.set(reserved, provider.instance(), function);
        return reserved;
    }

    private static long undefined(final GuestModule module, final String kind, final String symbol) {
        if (module.compiled().dylink().isWeakImport(kind, symbol)) {
            return 0;
        }
        throw missing(module, kind, symbol);
    }

    /** Takes a module out that has failed: its slots are emptied, and nothing that is loaded later finds it. */
    void retire(final GuestModule module) {
        module.retire();
        slots.clear(module.instance());
    }

    /** {@return the module of a name that was not taken out, or null} */
    GuestModule find(final String name) {
        for (final GuestModule module : modules) {
            if (!module.isRetired() && module.name().equals(name)) {
                return module;
            }
        }
        return null;
    }

    /** {@return the module with a handle, or null} */
    GuestModule find(final int handle) {
        for (final GuestModule module : modules) {
            if (module.handle() == handle) {
                return module;
            }
        }
        return null;
    }
}
