package dev.lockstep.engine.loader;

import static dev.lockstep.engine.loader.PreparedModule.ENV;
import static dev.lockstep.engine.loader.PreparedModule.GOT_FUNC;
import static dev.lockstep.engine.loader.PreparedModule.GOT_MEM;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.engine.wasm.ValueType;
import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.engine.wasm.WasmGlobal;
import dev.lockstep.engine.wasm.WasmImport;
import dev.lockstep.engine.wasm.WasmInstance;
import dev.lockstep.engine.wasm.WasmStore;
import dev.lockstep.linker.ModuleRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A group's modules and function table, and how further modules are linked to them. Linking touches nothing but the lists here:
 * not the linear memory, not the instances that are there. So a {@link #copy} can be used to find out whether it would work.
 * Nothing is linked to a module that was {@linkplain #retire taken out}.
 *
 * <p>Modules that are loaded together are made first and then linked, so they may be bound to each other in any direction. A
 * symbol is taken from the main module, else from the host, else from the module itself, else from the side module with the
 * lowest handle that has it.
 *
 * <p>Used by its group's thread only.
 */
final class Linkage {
    private static final ExternType.Global CONSTANT_ADDRESS = new ExternType.Global(ValueType.I32, false);
    private static final ExternType.Global ADDRESS = new ExternType.Global(ValueType.I32, true);
    static final String STACK_LOW = "__stack_low";
    private static final String STACK_HIGH = "__stack_high";
    private static final String HEAP_BASE = "__heap_base";

    private final GuestProcess process;
    private final WasmStore store;
    private final HostCalls host;
    private final SlotTable slots;
    private final List<GuestModule> modules;
    private final Map<Integer, GuestModule> byHandle = new HashMap<>();

    Linkage(final GuestProcess process, final WasmStore store, final HostCalls host, final SlotTable slots) {
        this(process, store, host, slots, List.of());
    }

    private Linkage(
            final GuestProcess process,
            final WasmStore store,
            final HostCalls host,
            final SlotTable slots,
            final List<GuestModule> modules) {
        this.process = process;
        this.store = store;
        this.host = host;
        this.slots = slots;
        this.modules = new ArrayList<>(modules);
        modules.forEach(module -> byHandle.put(module.handle(), module));
    }

    /**
     * {@return a linkage with the same modules, which can be linked to but not changed}
     *
     * @param other store and table to link into.
     */
    Linkage copy(final WasmStore otherStore, final SlotTable otherSlots) {
        return new Linkage(process, otherStore, host, otherSlots, modules);
    }

    SlotTable slots() {
        return slots;
    }

    /** {@return the modules, by handle; not to be changed} */
    List<GuestModule> modules() {
        return modules;
    }

    /**
     * Makes instances of modules where the records say; the table must be long enough.
     *
     * @throws LinkException if something that they import is missing.
     * @throws IllegalStateException if a record can't be right.
     * @return the modules.
     */
    List<GuestModule> load(final List<ModuleRecord> records) {
        final List<GuestModule> loaded = new ArrayList<>();
        for (final ModuleRecord record : records) {
            final GuestModule module = make(record);
            modules.add(module);
            byHandle.put(module.handle(), module);
            loaded.add(module);
        }
        loaded.forEach(this::dependOnNeeded);
        final Map<GuestModule, List<Addressee>> addressees = new HashMap<>();
        loaded.forEach(module -> addressees.put(module, link(module)));
        for (final GuestModule module : loaded) {
            int reserved = module.tableBase() + module.prepared().dylink().tableSize();
            for (final Addressee addressee : addressees.get(module)) {
                if (addressee.needed().module().equals(GOT_FUNC)) {
                    addressee
                            .global()
                            .value(functionAddress(module, addressee.needed().name(), reserved++));
                } else {
                    setDataAddress(module, addressee);
                }
            }
        }
        return loaded;
    }

    /** An address that a module asks for. */
    private record Addressee(WasmImport needed, WasmGlobal global) {}

    private GuestModule make(final ModuleRecord record) {
        final ContentHash hash = ContentHash.ofBytes(record.hash());
        if (modules.isEmpty()) {
            requireMain(record, hash);
        }
        if (find(record.handle()) != null) {
            throw new IllegalStateException("handle is taken: handle=" + record.handle());
        }
        final PreparedModule prepared = process.prepared(record.name(), hash);
        final long memoryBytes = prepared.memoryBytes(process.threads());
        if (record.tableSize() < prepared.tableSlots()
                || record.tableBase() < 0
                || record.tableBase() > slots.length() - record.tableSize()
                || record.memoryBase() < 0
                || record.memorySize() < memoryBytes
                || memoryBytes > 0 && record.memoryBase() > process.memory().length() - memoryBytes) {
            throw new IllegalStateException("module does not fit its place: handle=" + record.handle() + " tableBase="
                    + record.tableBase() + " tableSize=" + record.tableSize() + " tableSlots=" + prepared.tableSlots()
                    + " memoryBase=" + record.memoryBase() + " memorySize=" + record.memorySize() + " memoryBytes="
                    + memoryBytes);
        }
        process.loaded(hash);
        return new GuestModule(
                record.handle(),
                record.name(),
                prepared,
                store.newInstance(prepared.module()),
                record.memoryBase(),
                record.tableBase(),
                record.tableSize());
    }

    private void requireMain(final ModuleRecord module, final ContentHash hash) {
        if (module.handle() != GuestReplica.MAIN_HANDLE
                || module.memoryBase() != process.memory().plan().mainBase()) {
            throw new IllegalStateException("first module is not the main module: handle=" + module.handle()
                    + " memoryBase=" + module.memoryBase() + " module=" + module.name());
        }
        if (!hash.equals(process.main().hash())) {
            throw new IllegalStateException("universe has another main module, open the guest with that one: module="
                    + module.name() + " hash=" + hash + " actual="
                    + process.main().hash());
        }
    }

    private void dependOnNeeded(final GuestModule module) {
        for (final String name : module.prepared().dylink().needed()) {
            final GuestModule present = find(PendingModule.shortName(name));
            if (present == null) {
                throw LinkException.of(
                                LinkError.DEPENDENCY_FAILED,
                                "module needs another one that is not loaded, or not any more, try again")
                        .module(module.name())
                        .symbol(name)
                        .build();
            }
            module.dependOn(present);
        }
    }

    private List<Addressee> link(final GuestModule module) {
        final List<Binding> bindings = new ArrayList<>();
        final List<Addressee> addressees = new ArrayList<>();
        for (final WasmImport needed : module.prepared().module().imports()) {
            final Binding binding = bind(module, needed);
            bindings.add(binding);
            if (needed.module().startsWith("GOT.")) {
                addressees.add(new Addressee(needed, ((Binding.Global) binding).global()));
            }
        }
        module.instance().link(bindings);
        return addressees;
    }

    private Binding bind(final GuestModule module, final WasmImport needed) {
        if (needed.type() instanceof ExternType.Function function) {
            return bindFunction(module, needed, function);
        }
        switch (needed.module()) {
            case GOT_FUNC, GOT_MEM -> {
                return bindAddress(module, needed);
            }
            case ENV -> {
                return bindEnvironment(module, needed);
            }
            default -> throw missing(module, needed);
        }
    }

    private Binding bindFunction(final GuestModule module, final WasmImport needed, final ExternType.Function type) {
        final boolean symbol = needed.module().equals(ENV);
        final GuestModule provider = symbol ? provider(module, needed.name()) : null;
        final int hosts = host.find(needed.module(), needed.name());
        if (hosts >= 0 && (provider == null || !provider.isMain())) {
            checkType(module, needed, type, host.functionType(hosts));
            return host.binding(hosts, module.handle());
        }
        if (provider != null) {
            module.dependOn(provider);
            final int function = provider.prepared().functionIndex(needed.name());
            checkType(module, needed, type, provider.instance().functionType(function));
            return new Binding.Function(provider.instance(), function);
        }
        if (!symbol || !process.options().lazy() && !isWeak(module, needed)) {
            throw missing(module, needed);
        }
        final LazyFunction lazy =
                module.lazy().computeIfAbsent(needed.name(), name -> new LazyFunction(module, name, type));
        return new Binding.Host(type, lazy);
    }

    private static boolean isWeak(final GuestModule module, final WasmImport needed) {
        return module.prepared().dylink().isWeakImport(needed.module(), needed.name());
    }

    private static void checkType(
            final GuestModule module, final WasmImport needed, final ExternType type, final ExternType actual) {
        if (!type.equals(actual)) {
            throw LinkException.of(LinkError.IMPORT_TYPE_MISMATCH, "import has another type")
                    .module(module.name())
                    .symbol(needed.toString())
                    .expected(type)
                    .found(actual)
                    .build();
        }
    }

    private static LinkException missing(final GuestModule module, final WasmImport needed) {
        return LinkException.of(
                        module.isMain() ? LinkError.MISSING_MAIN_MODULE_IMPORT : LinkError.MISSING_IMPORT,
                        "import not found, load the module that has it first or give a host function")
                .module(module.name())
                .symbol(needed.toString())
                .expected(needed.type())
                .build();
    }

    private Binding bindAddress(final GuestModule module, final WasmImport needed) {
        if (!(needed.type() instanceof ExternType.Global global)
                || global.type() != ValueType.I32
                || !global.mutable()) {
            throw LinkException.of(LinkError.NON_INTEGER_GLOBAL, "address is asked for as something else")
                    .module(module.name())
                    .symbol(needed.toString())
                    .expected(ADDRESS)
                    .found(needed.type())
                    .build();
        }
        return new Binding.Global(store.newGlobal(ADDRESS, 0));
    }

    private Binding bindEnvironment(final GuestModule module, final WasmImport needed) {
        switch (needed.name()) {
            case "__memory_base" -> {
                return constant(module, needed, module.memoryBase());
            }
            case "__table_base" -> {
                return constant(module, needed, module.tableBase());
            }
            case "__stack_pointer" -> {
                requireKnown(module, needed, ADDRESS);
                return new Binding.Global(store.stackPointer());
            }
            case PreparedModule.MEMORY -> {
                requireMemory(module, needed);
                return new Binding.Memory();
            }
            case PreparedModule.TABLE -> {
                requireTable(module, needed);
                return new Binding.Table();
            }
            default ->
                throw LinkException.of(
                                LinkError.IMPORT_MUST_BE_FUNCTION, "import is neither a function nor the loader's own")
                        .module(module.name())
                        .symbol(needed.toString())
                        .expected("func")
                        .found(needed.type())
                        .build();
        }
    }

    private Binding constant(final GuestModule module, final WasmImport needed, final long value) {
        requireKnown(module, needed, CONSTANT_ADDRESS);
        return new Binding.Global(store.newGlobal(CONSTANT_ADDRESS, value));
    }

    private static void requireKnown(final GuestModule module, final WasmImport needed, final ExternType expected) {
        if (!needed.type().equals(expected)) {
            throw badImport(module, needed, expected);
        }
    }

    private static LinkException badImport(final GuestModule module, final WasmImport needed, final Object expected) {
        return LinkException.of(LinkError.BAD_IMPORT, "import that the loader gives has another type")
                .module(module.name())
                .symbol(needed.toString())
                .expected(expected)
                .found(needed.type())
                .build();
    }

    private void requireMemory(final GuestModule module, final WasmImport needed) {
        final ExternType.Memory there = process.memoryType();
        if (!(needed.type() instanceof ExternType.Memory wanted)) {
            throw badImport(module, needed, there);
        }
        if (wanted.shared() != there.shared()) {
            throw LinkException.of(
                            LinkError.MEMORY_NOT_SHARED, "module and main module differ in whether memory is shared")
                    .module(module.name())
                    .symbol(needed.toString())
                    .expected(there)
                    .found(wanted)
                    .build();
        }
        if (wanted.initialPages() > there.initialPages() || wanted.maximumPages() < there.maximumPages()) {
            throw LinkException.of(
                            LinkError.IMPORT_TYPE_MISMATCH,
                            "module's limits do not hold for the memory, link it with others or make the memory with others")
                    .module(module.name())
                    .symbol(needed.toString())
                    .expected(wanted)
                    .found(there)
                    .build();
        }
    }

    private void requireTable(final GuestModule module, final WasmImport needed) {
        final ExternType.Table there = new ExternType.Table(slots.length(), Long.MAX_VALUE);
        if (!(needed.type() instanceof ExternType.Table wanted) || wanted.initialSlots() > slots.length()) {
            throw badImport(module, needed, there);
        }
    }

    /** {@return the module that a function of this name is taken from, or null} */
    private GuestModule provider(final GuestModule module, final String function) {
        final GuestModule main = modules.get(0);
        if (main.prepared().functionIndex(function) >= 0) {
            return main;
        }
        if (module.prepared().functionIndex(function) >= 0) {
            return module;
        }
        return firstSide(function, true, GuestReplica.MAIN_HANDLE);
    }

    /** {@return the side module with the lowest handle above one that exports a function, or data; or null} */
    private GuestModule firstSide(final String symbol, final boolean function, final int after) {
        for (final GuestModule other : modules) {
            if (other.handle() > after && exports(other, symbol, function)) {
                return other;
            }
        }
        return null;
    }

    private static boolean exports(final GuestModule module, final String symbol, final boolean function) {
        return function
                ? module.prepared().functionIndex(symbol) >= 0
                : module.prepared().exportsGlobal(symbol);
    }

    /**
     * {@return the first module after one that exports a symbol in the order main, then sides; or null}
     *
     * @param symbol to look for.
     * @param after handle of the module before the first one to look at; 0 looks at all.
     */
    GuestModule exporter(final String symbol, final int after) {
        for (final GuestModule module : modules) {
            if (module.handle() > after && isSymbol(module.prepared().module().export(symbol))) {
                return module;
            }
        }
        return null;
    }

    /** {@return the first module that exports a function in the order main, then sides; or null} */
    GuestModule functionExporter(final String name) {
        return modules.get(0).prepared().functionIndex(name) >= 0
                ? modules.get(0)
                : firstSide(name, true, GuestReplica.MAIN_HANDLE);
    }

    private static boolean isSymbol(final WasmExport export) {
        return export != null
                && (export.type() instanceof ExternType.Function || export.type() instanceof ExternType.Global);
    }

    private void setDataAddress(final GuestModule module, final Addressee addressee) {
        final String symbol = addressee.needed().name();
        switch (symbol) {
            case STACK_LOW, STACK_HIGH ->
                module.threadAddresses().add(new GuestModule.ThreadAddress(addressee.global(), null, symbol));
            case HEAP_BASE -> addressee.global().value(process.memory().plan().heapBase());
            default -> {
                final GuestModule provider = dataProvider(module, symbol);
                if (provider == null) {
                    requireWeak(module, addressee.needed());
                } else if (!provider.prepared().dylink().isThreadLocalExport(symbol)) {
                    module.dependOn(provider);
                    addressee.global().value(provider.address(symbol));
                } else {
                    requireThreadBlocks(module, provider, symbol);
                    module.dependOn(provider);
                    module.threadAddresses().add(new GuestModule.ThreadAddress(addressee.global(), provider, symbol));
                }
            }
        }
    }

    private static void requireThreadBlocks(final GuestModule module, final GuestModule provider, final String symbol) {
        if (!provider.prepared().hasThreadBlocks()) {
            throw LinkException.of(
                            LinkError.MISSING_TLS_BASE_EXPORT,
                            "thread-local symbol's module gives no way to make its block, export __wasm_init_tls,"
                                    + " __tls_size and __tls_align from it")
                    .module(module.name())
                    .symbol(symbol)
                    .with("provider", provider.name())
                    .build();
        }
    }

    private GuestModule dataProvider(final GuestModule module, final String symbol) {
        final GuestModule main = modules.get(0);
        if (main.prepared().exportsGlobal(symbol)) {
            return main;
        }
        if (module.prepared().exportsGlobal(symbol)) {
            return module;
        }
        return firstSide(symbol, false, GuestReplica.MAIN_HANDLE);
    }

    private long functionAddress(final GuestModule module, final String symbol, final int reserved) {
        final GuestModule provider = provider(module, symbol);
        final int hosts = host.findAddressable(symbol);
        if (hosts >= 0 && (provider == null || !provider.isMain())) {
            return slotOf(host, hosts, reserved);
        }
        if (provider == null) {
            requireWeak(module, new WasmImport(GOT_FUNC, symbol, ADDRESS));
            return 0;
        }
        module.dependOn(provider);
        return slotOf(provider.instance(), provider.prepared().functionIndex(symbol), reserved);
    }

    private int slotOf(final WasmInstance owner, final int function, final int reserved) {
        final int present = slots.slotOf(owner, function);
        if (present >= 0) {
            return present;
        }
        slots.set(reserved, owner, function);
        return reserved;
    }

    private static void requireWeak(final GuestModule module, final WasmImport needed) {
        if (!isWeak(module, needed)) {
            throw LinkException.of(
                            LinkError.UNRESOLVED_GLOBAL,
                            "import not found, load the module that has it first or declare it weak")
                    .module(module.name())
                    .symbol(needed.toString())
                    .build();
        }
    }

    /** Takes a module out: its slots are emptied, and nothing that is loaded later finds it. */
    void retire(final GuestModule module) {
        modules.remove(module);
        byHandle.remove(module.handle());
        slots.clear(module.instance());
    }

    /** {@return the module of a name, or null} */
    GuestModule find(final String name) {
        for (final GuestModule module : modules) {
            if (module.name().equals(name)) {
                return module;
            }
        }
        return null;
    }

    /** {@return the module with a handle, or null} */
    GuestModule find(final int handle) {
        return byHandle.get(handle);
    }
}
