package dev.lockstep.engine.loader;

import static dev.lockstep.engine.loader.PreparedModule.CONSTRUCT;
import static dev.lockstep.engine.loader.PreparedModule.INITIALIZE;
import static dev.lockstep.engine.loader.PreparedModule.INIT_THREAD;
import static dev.lockstep.engine.loader.PreparedModule.RELOCATE_DATA;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.GuestWait;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestMemory;
import dev.lockstep.engine.wasm.GuestSpace;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.engine.wasm.WasmInstance;
import dev.lockstep.engine.wasm.WasmStore;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One group's replica of the guest: its function table and its instances of every module.
 *
 * <p>It begins empty: all modules come by operations. The first one loads the main module, which is handle
 * {@value #MAIN_HANDLE}, at the base that the universe's memory plan gives it and from slot {@value #MAIN_TABLE_BASE} of
 * the table. Instances are made without touching linear memory, in every group alike; the group that loads a module then
 * fills its memory once, by {@link #initializeData}, {@link #relocate} and {@link #construct}, holding no lock of the linker's.
 * Its own thread-local block of a module each group makes before it next runs guest code.
 *
 * <p>The addresses of functions that a module asks for (GOT.func) are slots: the one that the function has already, else one that
 * was reserved right after the module's own; every replica finds the same, since it applies the same operations in the same
 * order.
 *
 * <p>Used by its group's thread only.
 */
public final class GuestReplica implements Replica {
    /** Handle of the main module. */
    public static final int MAIN_HANDLE = 1;

    /** First slot of the main module; slot 0 stays empty, so that null is no function. */
    public static final int MAIN_TABLE_BASE = 1;

    private static final int NO_THREAD = -1;

    /** Modules whose thread-local block this group has yet to make, by handle. */
    private final Map<Integer, GuestModule> threadless = new TreeMap<>();

    private final GuestProcess process;
    private final HostCalls host;
    private final ReplicaWait wait;
    private final WasmStore store;
    private final GuestMemory memory;
    private final SlotTable slots = new SlotTable();
    private final Linkage linkage;
    private final Closures closures;
    private LazyFunction.Resolver resolver;
    private int thread = NO_THREAD;
    private boolean linking;
    private long appliedNanos;
    private long appliedSequence;
    private ApplyListener applyListener = (sequence, began, ended) -> {};

    GuestReplica(final GuestProcess process, final HostFunctions functions) {
        this.process = process;
        memory = new GuestMemory(process.memory());
        host = new HostCalls(functions, memory);
        wait = new ReplicaWait(process.memory(), this::makeThreadBlocks);
        store = newStore(slots);
        linkage = new Linkage(process, store, host, slots);
        closures = new Closures(slots, memory, store.stackPointer());
        host.onReturn(this::makeThreadBlocks);
    }

    private WasmStore newStore(final SlotTable table) {
        return process.engine()
                .newStore(new GuestSpace(
                        process.memory(),
                        process.memoryType(),
                        wait,
                        table,
                        process.memory().plan().stackHigh(0)));
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
        final Runnable action = poll == null
                ? null
                : () -> {
                    if (!linking) {
                        poll.run();
                        makeThreadBlocks();
                    }
                };
        store.pollWith(action);
        host.pollWith(action);
    }

    /** Sets what the group does about functions of the host's that block. */
    void blockIn(final HostCalls.SafeRegion region) {
        host.blockIn(region);
    }

    /** Sets how the guest waits at an address of its memory. */
    void waitLike(final GuestWait other) {
        wait.waitLike(other);
    }

    /** Says whose linker the functions of the host's see. */
    void linkBy(final GuestLinker linker, final int slot) {
        host.linkBy(linker, slot);
    }

    /** Sets who finds functions that were not there when a module was loaded. */
    void resolveWith(final LazyFunction.Resolver found) {
        resolver = found;
        linkage.modules().forEach(this::setResolver);
    }

    private void setResolver(final GuestModule module) {
        module.lazy().values().forEach(function -> function.resolveWith(resolver));
    }

    /**
     * Says which thread of the guest this group is, before it runs guest code: sets its stack, and makes its thread-local block of
     * every module.
     *
     * @param index of the thread: the group's slot.
     * @throws LinkException if there is no such stack.
     */
    void runAs(final int index) {
        if (index == thread) {
            return;
        }
        if (index >= process.threads()) {
            throw LinkException.of(
                            LinkError.NO_STACK, "there are more groups than stacks, make the guest with more threads")
                    .expected("less than " + process.threads())
                    .found(index)
                    .build();
        }
        thread = index;
        store.stackPointer().value(process.memory().plan().stackHigh(index));
        linkage.modules().forEach(this::addThread);
        makeThreadBlocks();
    }

    /**
     * Makes this group's thread-local block of each module that has come since the last time: before guest code runs, or runs on.
     * Not when the operation is applied: a group that catches up with what was committed while it was in a safe region would
     * write into memory that a module was given which is there no more, and that may be another's by now. A group that has
     * caught up is waited for by the next operation, so nothing is taken out before it comes here.
     */
    void makeThreadBlocks() {
        while (!threadless.isEmpty()) {
            makeThreadBlock(threadless.keySet().iterator().next());
        }
    }

    /** Makes this group's thread-local block of one module, unless it has. */
    void makeThreadBlock(final int handle) {
        final GuestModule module = threadless.remove(handle);
        if (module != null) {
            final int block = (int) module.threadBlock(thread);
            memory.clear(block, (int) module.prepared().threadBytes());
            function(module.instance(), module.prepared().functionIndex(INIT_THREAD))
                    .run(block);
        }
    }

    private void addThread(final GuestModule module) {
        final LinearMemoryPlan plan = process.memory().plan();
        for (final GuestModule.ThreadAddress address : module.threadAddresses()) {
            final long value;
            if (address.provider() != null) {
                value = address.provider().threadAddress(address.symbol(), thread);
            } else if (address.symbol().equals(Linkage.STACK_LOW)) {
                value = plan.stackLow(thread);
            } else {
                value = plan.stackHigh(thread);
            }
            address.global().value(value);
        }
        if (module.prepared().hasThreadBlocks()) {
            threadless.put(module.handle(), module);
        }
    }

    @Override
    public void apply(final OperationFlyweight operation) {
        final long start = System.nanoTime();
        applyInStep(operation);
        final long end = System.nanoTime();
        appliedNanos += end - start;
        appliedSequence = operation.sequence();
        applyListener.applied(appliedSequence, start, end);
    }

    /**
     * Sets who is told when this group has applied an operation.
     *
     * @param listener from now on.
     */
    public void timeApplied(final ApplyListener listener) {
        applyListener = listener;
    }

    /** {@return sequence of the last operation that this group has applied} */
    long appliedSequence() {
        return appliedSequence;
    }

    /** {@return how long this group has taken for all that it has applied} */
    long appliedNanos() {
        return appliedNanos;
    }

    private void applyInStep(final OperationFlyweight operation) {
        if (operation.tableLengthBefore() != slots.length()) {
            throw new IllegalStateException("function table is out of step: sequence=" + operation.sequence()
                    + " length=" + slots.length() + " expected=" + operation.tableLengthBefore());
        }
        ensureMemory(operation.memoryLengthAfter());
        slots.ensureLength(operation.tableLengthAfter());
        switch (operation.kind()) {
            case OperationFlyweight.LOAD_MODULES -> load(modulesOf(operation));
            case OperationFlyweight.RESOLVE_FUNCTION ->
                putFunction(operation.resolvedFrom(), operation.functionName(), operation.functionTableIndex());
            case OperationFlyweight.ALLOCATE_FUNCTION_TABLE -> requireSlots(operation);
            case OperationFlyweight.PREPARE_CLOSURE ->
                prepareClosure(
                        operation.closureIndex(),
                        operation.closureSignature(),
                        operation.closureBackingFunction(),
                        operation.closureUserData());
            case OperationFlyweight.RETIRE_MODULE -> retire(operation.retiredHandle());
            default -> throw new IllegalStateException("unknown operation: kind=" + operation.kind());
        }
        if (operation.tableLengthAfter() != slots.length()) {
            throw new IllegalStateException("function table went out of step: sequence=" + operation.sequence()
                    + " length=" + slots.length() + " expected=" + operation.tableLengthAfter());
        }
    }

    private void ensureMemory(final long bytes) {
        try {
            process.memory().ensureLength(bytes);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<ModuleRecord> modulesOf(final OperationFlyweight operation) {
        final List<ModuleRecord> records = new ArrayList<>();
        operation.rewindModules();
        while (operation.nextModule()) {
            records.add(operation.module());
        }
        return records;
    }

    private static void requireSlots(final OperationFlyweight operation) {
        if (operation.allocateIndex() > operation.tableLengthAfter() - operation.allocateSize()) {
            throw new IllegalStateException("slots lie beyond the table: index=" + operation.allocateIndex() + " size="
                    + operation.allocateSize() + " length=" + operation.tableLengthAfter());
        }
    }

    /** Makes an instance of each module where its record says. */
    void load(final List<ModuleRecord> records) {
        final List<GuestModule> loaded;
        linking = true; // a start function must not answer operations in the middle of one
        try {
            loaded = linkage.load(records);
        } finally {
            linking = false;
        }
        loaded.forEach(this::setResolver);
        if (thread != NO_THREAD) {
            loaded.forEach(this::addThread);
        }
    }

    /** Takes a module out. */
    void retire(final int handle) {
        threadless.remove(handle);
        linkage.retire(module(handle));
    }

    /** Makes the function table at least so long. */
    void ensureTableLength(final int length) {
        slots.ensureLength(length);
    }

    /**
     * Finds out whether an operation that loads modules will succeed, by doing to a copy what it will do.
     *
     * @param records of the modules, in the operation's order.
     * @param tableLengthAfter the operation.
     * @throws LinkException if it would fail; the replica is as it was either way.
     */
    void rehearse(final List<ModuleRecord> records, final int tableLengthAfter) {
        final SlotTable copiedSlots = slots.copy();
        copiedSlots.ensureLength(tableLengthAfter);
        final Linkage copy = linkage.copy(newStore(copiedSlots), copiedSlots);
        linking = true;
        try {
            copy.load(records);
        } catch (final LinkException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw LinkException.of(LinkError.INSTANTIATION_ERROR, "no instance can be made of the module")
                    .module(records.get(records.size() - 1).name())
                    .cause(e)
                    .build();
        } finally {
            linking = false;
        }
    }

    /** Puts an exported function into a slot. */
    void putFunction(final int handle, final String name, final int slot) {
        final GuestModule module = module(handle);
        final int function = module.prepared().functionIndex(name);
        if (function < 0 || !slots.isSlot(slot)) {
            throw new IllegalStateException("function can't be put into its slot: name=" + name + " handle=" + handle
                    + " slot=" + slot + " length=" + slots.length());
        }
        slots.set(slot, module.instance(), function);
    }

    /** Puts a closure into its slot. */
    void prepareClosure(final int slot, final String signature, final int backingFunction, final int userData) {
        if (!slots.isSlot(slot)) {
            throw new IllegalStateException(
                    "closure lies beyond the table: slot=" + slot + " length=" + slots.length());
        }
        closures.prepare(slot, signature, backingFunction, userData);
    }

    /**
     * Fills a module's memory: zeros, then its data segments. Done once, by the group that loads the module.
     *
     * @param handle of the module.
     */
    public void initializeData(final int handle) {
        final GuestModule module = module(handle);
        memory.clear((int) module.memoryBase(), (int) module.prepared().dylink().memorySize());
        module.instance().initialize();
    }

    /**
     * Writes the addresses into a module's data that are known only now. Done once, by the group that loads the module,
     * after {@link #initializeData}.
     *
     * @param handle of the module.
     */
    public void relocate(final int handle) {
        callIfExported(handle, RELOCATE_DATA);
    }

    /**
     * Runs a module's constructors, and the main module's {@code _initialize}. Done once, by the group that loads the module,
     * after {@link #relocate}; runs guest code.
     *
     * @param handle of the module.
     */
    public void construct(final int handle) {
        callIfExported(handle, CONSTRUCT);
    }

    /** Runs the main module's own initialisation, after the constructors of all that was loaded with it. */
    void initializeMain() {
        callIfExported(MAIN_HANDLE, INITIALIZE);
    }

    private void callIfExported(final int handle, final String name) {
        final GuestModule module = module(handle);
        if (module.prepared().functionIndex(name) >= 0) {
            function(module.instance(), module.prepared().functionIndex(name)).call();
        }
    }

    private GuestFunction function(final WasmInstance instance, final int function) {
        return new GuestFunction(this, store.stackPointer(), instance, function);
    }

    Linkage linkage() {
        return linkage;
    }

    SlotTable slots() {
        return slots;
    }

    /** {@return the module with a handle} */
    GuestModule module(final int handle) {
        final GuestModule module = linkage.find(handle);
        if (module == null) {
            throw noSuchModule(handle);
        }
        return module;
    }

    static ResolveException noSuchModule(final int handle) {
        return new ResolveException(
                ResolveError.INVALID_MODULE_HANDLE, "no such module, or it was taken out", handle, null, null, null);
    }

    /** {@return name of a module, or its handle if it was taken out} */
    String nameOf(final int handle) {
        final GuestModule module = linkage.find(handle);
        return module == null ? Integer.toString(handle) : module.name();
    }

    /** {@return handles of the side modules that a module needs or was bound to; none if it is not here (any more)} */
    Set<Integer> dependencies(final int handle) {
        final GuestModule module = linkage.find(handle);
        return module == null ? Set.of() : Collections.unmodifiableSet(module.dependencies());
    }

    /** {@return handle of the module whose function a slot holds; 0 if it is empty or no module's} */
    int ownerOf(final int slot) {
        final WasmInstance owner = slots.isSlot(slot) ? slots.owner(slot) : null;
        if (owner != null) {
            for (final GuestModule module : linkage.modules()) {
                if (module.instance() == owner) {
                    return module.handle();
                }
            }
        }
        return 0;
    }

    /**
     * The slot that an exported function has already: a function has one address.
     *
     * @param handle of the module.
     * @param name of the function.
     * @return the slot, or −1 if it has none.
     * @throws ResolveException if the module is not there or exports no such function.
     */
    public int slotOf(final int handle, final String name) {
        final GuestModule module = module(handle);
        return slots.slotOf(module.instance(), functionIndex(module, name));
    }

    private static int functionIndex(final GuestModule module, final String name) {
        final WasmExport export = export(module, name);
        if (!(export.type() instanceof ExternType.Function)) {
            throw new ResolveException(
                    ResolveError.INVALID_EXPORT_TYPE,
                    "export is not a function",
                    module.name(),
                    name,
                    "func",
                    export.type());
        }
        return export.index();
    }

    static WasmExport export(final GuestModule module, final String name) {
        final WasmExport export = module.prepared().module().export(name);
        if (export == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT, "module exports no such symbol", module.name(), name, null, null);
        }
        return export;
    }

    /**
     * The address of data that a module exports: this group's own if it is thread-local.
     *
     * @param handle of the module.
     * @param name of the data.
     * @return the address.
     * @throws ResolveException if the module is not there or exports no such data.
     */
    public int dataAddress(final int handle, final String name) {
        final GuestModule module = module(handle);
        final WasmExport export = export(module, name);
        if (!(export.type() instanceof ExternType.Global)) {
            throw new ResolveException(
                    ResolveError.INVALID_EXPORT_TYPE,
                    "export is not data",
                    module.name(),
                    name,
                    "global",
                    export.type());
        }
        if (!module.prepared().dylink().isThreadLocalExport(name)) {
            return (int) module.address(name);
        }
        if (!module.prepared().hasThreadBlocks() || thread == NO_THREAD) {
            throw new ResolveException(
                    ResolveError.NO_TLS_BASE_GLOBAL_EXPORT,
                    "thread-local symbol's module gives no way to make its block, or the group does not run yet",
                    module.name(),
                    name,
                    INIT_THREAD,
                    null);
        }
        return (int) module.threadAddress(name, thread);
    }

    /**
     * A function that a module exports.
     *
     * @param handle of the module.
     * @param name of the function.
     * @return the function, to be called by this group.
     * @throws ResolveException if the module is not there or exports no such function.
     */
    public GuestFunction exported(final int handle, final String name) {
        final GuestModule module = module(handle);
        return function(module.instance(), functionIndex(module, name));
    }

    /**
     * The function in a slot of the table.
     *
     * @param slot of the table.
     * @return the function, to be called by this group.
     * @throws ResolveException if the slot is empty or beyond the table.
     */
    public GuestFunction slot(final int slot) {
        if (!slots.isSlot(slot) || slots.owner(slot) == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT,
                    "no function in the slot",
                    null,
                    "slot " + slot,
                    null,
                    "table of " + slots.length());
        }
        return function(slots.owner(slot), slots.function(slot));
    }

    /** {@return the linear memory as the host sees it} */
    public GuestMemory memory() {
        return memory;
    }

    /** {@return number of functions, over all modules, that run slower since the engine could not compile them} */
    public int interpretedFunctions() {
        return linkage.modules().stream()
                .mapToInt(module -> module.prepared().interpretedFunctions())
                .sum();
    }

    /** {@return number of modules that are loaded, main included} */
    public int moduleCount() {
        return linkage.modules().size();
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
        final Map<WasmInstance, Integer> handles = new IdentityHashMap<>();
        linkage.modules().forEach(module -> handles.put(module.instance(), module.handle()));
        for (int slot = 0; slot < slots.length(); slot++) {
            bytes.putInt(handles.getOrDefault(slots.owner(slot), 0));
            bytes.putInt(slots.function(slot));
        }
        return ContentHash.of(bytes.array()).hex().substring(0, 16);
    }
}
