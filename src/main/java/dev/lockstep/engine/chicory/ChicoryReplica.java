package dev.lockstep.engine.chicory;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.types.StartSection;
import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.OperationFlyweight;
import dev.lockstep.linker.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * One group's replica in Chicory: its function table and its instances of every module.
 *
 * <p>It begins empty: all modules come by operations. The first one loads the main module, which is handle
 * {@value #MAIN_HANDLE}, at the base that the universe's memory plan gives it and from slot {@value #MAIN_TABLE_BASE} of
 * the table. Instances are made without touching linear memory, in every group alike; the group that loads a module then
 * fills its memory once, by {@link #initializeData}, {@link #relocate} and {@link #construct}, holding no lock of the
 * linker's.
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
    private final StackPointer stackPointer;
    private final MappedMemory memory;
    private final Linkage linkage;
    private final SlotTable slots;

    ChicoryReplica(final ChicoryEngine engine, final HostFunctions host) {
        this.engine = engine;
        memory = new MappedMemory(engine.memory());
        stackPointer = new StackPointer(engine.memory().plan().stackHigh());
        linkage = new Linkage(engine, stackPointer, host);
        slots = linkage.slots();
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
            engine.memory().ensureLength(bytes);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void loadModules(final OperationFlyweight operation) {
        ensureTableLength(operation.tableLengthAfter());
        operation.rewindModules();
        while (operation.nextModule()) {
            linkage.load(operation.module());
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

    /** Takes a module out that has failed. */
    void retire(final int handle) {
        linkage.retire(module(handle));
    }

    /** Makes the function table at least so long. */
    void ensureTableLength(final int length) {
        slots.ensureLength(length);
    }

    /** Makes an instance of a module where the record says. */
    void load(final ModuleRecord module) {
        linkage.load(module);
    }

    /**
     * Finds out whether an operation that loads modules will succeed, by doing to a copy what it will do.
     *
     * @param records of the modules, in the operation's order.
     * @param tableLengthAfter the operation.
     * @throws LinkException if it would fail; the replica is as it was either way.
     */
    void rehearse(final List<ModuleRecord> records, final int tableLengthAfter) {
        final Linkage copy = linkage.copy();
        copy.slots().ensureLength(tableLengthAfter);
        for (final ModuleRecord module : records) {
            try {
                copy.load(module);
            } catch (final ChicoryException | IllegalStateException e) {
                throw new LinkException(
                        "no instance can be made of the module: module=" + module.name() + " reason=" + e.getMessage(),
                        e);
            }
        }
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

    private GuestModule module(final int handle) {
        final GuestModule module = linkage.find(handle);
        if (module == null) {
            throw new IllegalArgumentException("no such module: handle=" + handle);
        }
        return module;
    }

    private GuestModule usable(final int handle) {
        final GuestModule module = module(handle);
        if (module.isRetired()) {
            throw new LinkException("module's initialisation has failed, it can't be used: module=" + module.name()
                    + " handle=" + handle);
        }
        return module;
    }

    /** {@return handle of a module that was not taken out, or 0 if there is none of that name} */
    int handleOf(final String name) {
        final GuestModule module = linkage.find(name);
        return module == null ? 0 : module.handle();
    }

    /** {@return name of a module} */
    String nameOf(final int handle) {
        return module(handle).name();
    }

    /** {@return handles of the side modules that a module needs or takes symbols from; none if it is not here (yet)} */
    Set<Integer> dependencies(final int handle) {
        final GuestModule module = linkage.find(handle);
        return module == null ? Set.of() : Collections.unmodifiableSet(module.dependencies());
    }

    /**
     * The slot that an exported function has already: a function has one address.
     *
     * @param handle of the module.
     * @param name of the function.
     * @return the slot, or −1 if it has none.
     * @throws LinkException if the module exports no such function, or has failed.
     */
    public int slotOf(final int handle, final String name) {
        final GuestModule module = usable(handle);
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
     * @throws LinkException if the module exports no such function, or has failed.
     */
    public GuestFunction exported(final int handle, final String name) {
        final GuestModule module = usable(handle);
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
        return linkage.modules().stream()
                .mapToInt(module -> module.compiled().interpretedFunctions())
                .sum();
    }

    /** {@return number of modules, main included and those that have failed} */
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
        for (int slot = 0; slot < slots.length(); slot++) {
            bytes.putInt(handleOf(slots.owner(slot)));
            bytes.putInt(slots.function(slot));
        }
        return ContentHash.of(bytes.array()).hex().substring(0, 16);
    }

    private int handleOf(final Instance owner) {
        for (final GuestModule module : linkage.modules()) {
            if (module.instance() == owner) {
                return module.handle();
            }
        }
        return 0;
    }
}
