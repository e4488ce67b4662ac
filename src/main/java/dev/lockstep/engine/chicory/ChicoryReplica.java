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
import com.dylibso.chicory.wasm.types.StartSection;
import com.dylibso.chicory.wasm.types.ValType;
import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One group's replica in Chicory: its function table and its instances of every module.
 *
 * <p>Made with the main module, which is handle {@value #MAIN_HANDLE}, at the base that the universe's memory plan gives
 * it and from slot {@value #MAIN_TABLE_BASE} of the table. Side modules come by operations. Instances are made without
 * touching linear memory, in every group alike; the group that loads a module then fills its memory once, by
 * {@link #initializeData}, {@link #relocate} and {@link #construct}, holding no lock of the linker's.
 *
 * <p>Symbols are looked for in the main module, then among the host's functions, then in the module itself, then in the
 * side modules in the order of their handles. The addresses of functions that a module asks for (GOT.func) are slots: the
 * one that the function has already, else one that was reserved right after the module's own; every replica finds the
 * same, since it applies the same operations in the same order.
 *
 * <p>Used by its group's thread only.
 */
public final class ChicoryReplica implements Replica {
    /** Handle of the main module. */
    public static final int MAIN_HANDLE = 1;

    /** First slot of the main module; slot 0 stays empty, so that null is no function. */
    public static final int MAIN_TABLE_BASE = 1;

    private final ChicoryEngine engine;
    private final SlotTable slots = new SlotTable();
    private final StackPointer stackPointer;
    private final MappedMemory memory;
    private final List<ImportFunction> hostFunctions;
    private final List<GuestModule> modules = new ArrayList<>();
    private final Map<String, Long> hostAddresses = new HashMap<>();

    ChicoryReplica(final ChicoryEngine engine, final HostFunctions host) {
        this.engine = engine;
        hostFunctions = List.copyOf(host.functions());
        memory = new MappedMemory(engine.memory());
        final LinearMemoryPlan plan = engine.memory().plan();
        stackPointer = new StackPointer(plan.stackHigh());
        hostAddresses.put("__stack_low", plan.stackLow());
        hostAddresses.put("__stack_high", plan.stackHigh());
        hostAddresses.put("__heap_base", plan.heapBase());
        final CompiledModule main = engine.main();
        slots.ensureLength(MAIN_TABLE_BASE + main.tableSlots());
        load(new GuestModule(
                MAIN_HANDLE,
                "main",
                main,
                new MappedMemory(engine.memory()),
                plan.mainBase(),
                main.dylink().memorySize(),
                MAIN_TABLE_BASE));
    }

    @Override
    public int tableLength() {
        return slots.length();
    }

    /**
     * Sets what is run when guest code reaches a point where it may stop: a poll for pending operations.
     *
     * @param poll to run, often; null for none.
     */
    public void pollWith(final Runnable poll) {
        stackPointer.pollWith(poll);
    }

    @Override
    public void apply(final OperationFlyweight operation) {
        if (operation.tableLengthBefore() != slots.length()) {
            throw new IllegalStateException("function table is out of step: sequence=" + operation.sequence()
                    + " length=" + slots.length() + " expected=" + operation.tableLengthBefore());
        }
        ensureMemory(operation.memoryLengthAfter());
        switch (operation.kind()) {
            case OperationFlyweight.LOAD_MODULES -> loadModules(operation);
            case OperationFlyweight.RESOLVE_FUNCTION -> resolveFunction(operation);
            case OperationFlyweight.ALLOCATE_FUNCTION_TABLE -> allocateSlots(operation);
            default -> throw new IllegalStateException("unknown operation: kind=" + operation.kind());
        }
        if (operation.tableLengthAfter() != slots.length()) {
            throw new IllegalStateException("function table went out of step: sequence=" + operation.sequence()
                    + " length=" + slots.length() + " expected=" + operation.tableLengthAfter());
        }
    }

    private void ensureMemory(final long bytes) {
        try {
            engine.memory().ensureLength(bytes);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void loadModules(final OperationFlyweight operation) {
        ensureTableLength(operation.tableLengthAfter());
        operation.rewindModules();
        while (operation.nextModule()) {
            load(operation.module());
        }
    }

    private void resolveFunction(final OperationFlyweight operation) {
        ensureTableLength(operation.tableLengthAfter());
        putFunction(operation.resolvedFrom(), operation.functionName(), operation.functionTableIndex());
    }

    private void allocateSlots(final OperationFlyweight operation) {
        if (operation.allocateIndex() > operation.tableLengthAfter() - operation.allocateSize()) {
            throw new IllegalStateException("slots lie beyond the table: index=" + operation.allocateIndex() + " size="
                    + operation.allocateSize() + " length=" + operation.tableLengthAfter());
        }
        ensureTableLength(operation.tableLengthAfter());
    }

    /** Makes the function table at least so long. */
    void ensureTableLength(final int length) {
        slots.ensureLength(length);
    }

    /** Makes an instance of a side module where the record says. */
    void load(final ModuleRecord record) {
        final CompiledModule compiled = engine.compile(ContentHash.ofBytes(record.hash()));
        if (record.tableSize() < compiled.tableSlots()
                || record.tableBase() < 0
                || record.tableBase() > slots.length() - record.tableSize()
                || record.memorySize() < compiled.dylink().memorySize()) {
            throw new IllegalStateException("module does not fit its place: handle=" + record.handle() + " tableBase="
                    + record.tableBase() + " tableSize=" + record.tableSize() + " tableSlots=" + compiled.tableSlots()
                    + " memorySize=" + record.memorySize());
        }
        if (find(record.handle()) != null) {
            throw new IllegalStateException("handle is taken: handle=" + record.handle());
        }
        load(new GuestModule(
                record.handle(),
                record.name(),
                compiled,
                new MappedMemory(engine.memory()),
                record.memoryBase(),
                record.memorySize(),
                record.tableBase()));
    }

    /** Puts an exported function into a slot. */
    void putFunction(final int handle, final String name, final int slot) {
        final GuestModule module = module(handle);
        final int function = module.compiled().functionIndex(name);
        if (function < 0 || !slots.isSlot(slot)) {
            throw new IllegalStateException("function can't be put into its slot: name=" + name + " handle=" + handle
                    + " slot=" + slot + " length=" + slots.length());
        }
        slots.set(slot, module.instance(), function);
    }

    private void load(final GuestModule module) {
        final CompiledModule compiled = module.compiled();
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

    private ImportFunction bind(final GuestModule module, final FunctionImport needed) {
        final FunctionType type = module.compiled().module().typeSection().getType(needed.typeIndex());
        final GuestModule provider = provider(module, needed.name());
        final ImportFunction host = host(needed);
        if (host != null && (provider == null || provider.handle() != MAIN_HANDLE)) {
            checkType(module, needed, type, host.functionType());
            return host;
        }
        if (provider == null) {
            throw missing(module, needed.module(), needed.name());
        }
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
            if (other.compiled().functionIndex(function) >= 0) {
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
            if (other.compiled().exportsGlobal(symbol)) {
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

    /**
     * Fills a module's memory: zeros, then its data segments. Done once, by the group that loads the module.
     *
     * @param handle of the module.
     */
    public void initializeData(final int handle) {
        final GuestModule module = module(handle);
        final int base = (int) module.memoryBase();
        module.memory().fill((byte) 0, base, (int) (base + module.memorySize()));
        module.memory().initializeNow(module.instance());
        module.compiled()
                .module()
                .startSection()
                .map(StartSection::startIndex)
                .ifPresent(start -> new GuestFunction(stackPointer, module.instance(), start.intValue()).call());
    }

    /**
     * Writes the addresses into a module's data that are known only now. Done once, by the group that loads the module,
     * after {@link #initializeData}.
     *
     * @param handle of the module.
     */
    public void relocate(final int handle) {
        callIfExported(handle, "__wasm_apply_data_relocs");
    }

    /**
     * Runs a module's constructors. Done once, by the group that loads the module, after {@link #relocate}; runs guest
     * code.
     *
     * @param handle of the module.
     */
    public void construct(final int handle) {
        callIfExported(handle, "__wasm_call_ctors");
    }

    private void callIfExported(final int handle, final String name) {
        if (module(handle).compiled().functionIndex(name) >= 0) {
            exported(handle, name).call();
        }
    }

    /**
     * Checks that a module could be linked now, so that the operation that loads it will not fail.
     *
     * @param name of the module, for the message.
     * @param compiled module.
     * @throws LinkException if something that it imports is not there or has another type.
     */
    public void checkLinkable(final String name, final CompiledModule compiled) {
        final GuestModule candidate = new GuestModule(0, name, compiled, memory, 0, 0, 0);
        compiled.functionImports().forEach(needed -> bind(candidate, needed));
        for (final GlobalImport needed : compiled.globalImports()) {
            global(candidate, needed);
            final String symbol = needed.name();
            if (needed.module().equals(CompiledModule.GOT_FUNC) && provider(candidate, symbol) == null) {
                undefined(candidate, needed.module(), symbol);
            }
            if (needed.module().equals(CompiledModule.GOT_MEM)
                    && !hostAddresses.containsKey(symbol)
                    && !compiled.exportsGlobal(symbol)
                    && modules.stream().noneMatch(m -> m.compiled().exportsGlobal(symbol))) {
                undefined(candidate, needed.module(), symbol);
            }
        }
        final int pages = engine.memory().length() / LinearMemoryPlan.PAGE;
        if (compiled.leastMemoryPages() > pages) {
            throw new LinkException("module wants more memory than there is: module=" + name + " pages="
                    + compiled.leastMemoryPages() + " actual=" + pages);
        }
    }

    private GuestModule find(final int handle) {
        for (final GuestModule module : modules) {
            if (module.handle() == handle) {
                return module;
            }
        }
        return null;
    }

    private GuestModule module(final int handle) {
        final GuestModule module = find(handle);
        if (module == null) {
            throw new IllegalArgumentException("no such module: handle=" + handle);
        }
        return module;
    }

    /**
     * The slot that an exported function has already: a function has one address.
     *
     * @param handle of the module.
     * @param name of the function.
     * @return the slot, or −1 if it has none.
     * @throws LinkException if the module exports no such function.
     */
    public int slotOf(final int handle, final String name) {
        final GuestModule module = module(handle);
        return slots.slotOf(module.instance(), functionIndex(module, name));
    }

    private static int functionIndex(final GuestModule module, final String name) {
        final int function = module.compiled().functionIndex(name);
        if (function < 0) {
            throw new LinkException("function not found: module=" + module.name() + " name=" + name);
        }
        return function;
    }

    /**
     * A function that a module exports.
     *
     * @param handle of the module.
     * @param name of the function.
     * @return the function, to be called by this group.
     * @throws LinkException if the module exports no such function.
     */
    public GuestFunction exported(final int handle, final String name) {
        final GuestModule module = module(handle);
        return new GuestFunction(stackPointer, module.instance(), functionIndex(module, name));
    }

    /**
     * The function in a slot of the table.
     *
     * @param slot of the table.
     * @return the function, to be called by this group.
     * @throws LinkException if the slot is empty or beyond the table.
     */
    public GuestFunction slot(final int slot) {
        if (!slots.isSlot(slot) || slots.owner(slot) == null) {
            throw new LinkException("no function in slot: slot=" + slot + " length=" + slots.length());
        }
        return new GuestFunction(stackPointer, slots.owner(slot), slots.function(slot));
    }

    /** {@return the linear memory as the host sees it} */
    public MappedMemory memory() {
        return memory;
    }

    /** {@return number of functions, over all modules, that are interpreted because they were too big to compile} */
    public int interpretedFunctions() {
        return modules.stream()
                .mapToInt(module -> module.compiled().interpretedFunctions())
                .sum();
    }

    /** {@return number of modules, main included} */
    public int moduleCount() {
        return modules.size();
    }

    /**
     * A digest of the function table: which function of which module is in each slot. Two groups that have applied the
     * same operations have the same.
     *
     * @return 16 hexadecimal digits.
     */
    public String fingerprint() {
        final ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + slots.length() * 2 * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(slots.length());
        for (int slot = 0; slot < slots.length(); slot++) {
            bytes.putInt(handleOf(slots.owner(slot)));
            bytes.putInt(slots.function(slot));
        }
        return ContentHash.of(bytes.array()).hex().substring(0, 16);
    }

    private int handleOf(final Instance owner) {
        for (final GuestModule module : modules) {
            if (module.instance() == owner) {
                return module.handle();
            }
        }
        return 0;
    }
}
