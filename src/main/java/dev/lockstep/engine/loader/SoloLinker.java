package dev.lockstep.engine.loader;

import static org.agrona.BitUtil.align;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.linker.ModuleRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The linker of a process that has one group: nobody to agree with, so no universe, lock or operation. What it loads
 * behaves as under the real one, which makes it the yardstick for that. It gives nothing back: a module that is unloaded goes on
 * taking its place.
 *
 * <p>Used by its group's thread only.
 */
public final class SoloLinker implements GuestLinker {
    private final GuestProcess process;
    private final GuestReplica replica;
    private final Map<Integer, Integer> references = new HashMap<>();
    private final Map<Integer, String> paths = new HashMap<>();
    private final BitSet closures = new BitSet();
    private int nextHandle = GuestReplica.MAIN_HANDLE;
    private long memoryEnd;

    /** Modules are being initialised, so many loads of them one inside of the other. */
    private int starts;

    /**
     * Takes over a fresh replica, loads the main module and what it needs, and initialises them.
     *
     * @param process of the replica.
     * @param replica of the one group.
     * @throws IOException if a module that is needed can't be stored.
     * @throws LinkException if a module can't be loaded.
     */
    public SoloLinker(final GuestProcess process, final GuestReplica replica) throws IOException {
        this.process = process;
        this.replica = replica;
        memoryEnd = process.memory().plan().modulesBase();
        replica.ensureTableLength(GuestReplica.MAIN_TABLE_BASE);
        replica.linkBy(this, 0);
        replica.resolveWith(this::resolveLazily);
        final List<PendingModule> modules = new ArrayList<>();
        modules.add(process.mainModule());
        modules.addAll(PendingModule.collectNeeded(process, process.mainModule(), name -> false));
        load(modules);
        replica.initializeMain();
        references.put(GuestReplica.MAIN_HANDLE, 1);
    }

    @Override
    public int loadModule(final Path file) throws IOException {
        return load(ModuleSource.of(file.toAbsolutePath().normalize()), PendingModule.Request.PATH);
    }

    @Override
    public int loadModule(final String name) throws IOException {
        final GuestModule present = name.indexOf('/') < 0 ? replica.linkage().find(name) : null;
        return present != null
                ? retain(present)
                : load(
                        PendingModule.locate(process, name, null),
                        name.indexOf('/') < 0 ? PendingModule.Request.NAME : PendingModule.Request.PATH);
    }

    @Override
    public int loadModule(final String name, final byte[] module) throws IOException {
        final GuestModule present = replica.linkage().find(name);
        if (present != null && !present.prepared().hash().equals(ContentHash.of(module))) {
            throw LinkException.of(LinkError.NAME_TAKEN, "another module goes by that name, choose another one")
                    .module(name)
                    .build();
        }
        return load(ModuleSource.of(name, module), PendingModule.Request.BYTES);
    }

    private int load(final ModuleSource given, final PendingModule.Request request) throws IOException {
        final ModuleSource source = given.real();
        GuestModule present = replica.linkage().find(source.name());
        if (request == PendingModule.Request.PATH) {
            final String path = source.path().toString();
            if (present == null || !paths.get(present.handle()).equals(path)) {
                present = replica.linkage().find(path);
            }
        }
        if (present != null) {
            return retain(present);
        }
        final List<PendingModule> modules = PendingModule.collect(
                process, source, request, name -> replica.linkage().find(name) != null);
        final int handle = load(modules);
        references.put(handle, 1);
        return handle;
    }

    private int retain(final GuestModule module) {
        references.merge(module.handle(), 1, Integer::sum);
        return module.handle();
    }

    private int load(final List<PendingModule> modules) throws IOException {
        final int handlesBefore = nextHandle;
        final long memoryBefore = memoryEnd;
        final List<ModuleRecord> records = new ArrayList<>();
        int tableLength = replica.tableLength();
        for (final PendingModule module : modules) {
            final ModuleRecord record = place(module, tableLength);
            records.add(record);
            tableLength = record.tableBase() + record.tableSize();
        }
        boolean isLoaded = false;
        try {
            process.memory().ensureLength(memoryEnd);
            replica.rehearse(records, tableLength);
            isLoaded = true;
        } finally {
            if (!isLoaded) {
                nextHandle = handlesBefore;
                memoryEnd = memoryBefore;
            }
        }
        replica.ensureTableLength(tableLength);
        replica.load(records);
        replica.runAs(0);
        start(records);
        return records.get(records.size() - 1).handle();
    }

    private ModuleRecord place(final PendingModule module, final int tableLength) {
        final PreparedModule prepared = module.prepared();
        final boolean isMain = module == process.mainModule();
        final long bytes = prepared.memoryBytes(process.threads());
        final long base = isMain ? process.memory().plan().mainBase() : align(memoryEnd, prepared.memoryAlignment());
        if (base + bytes > process.memory().plan().heapBase()) {
            throw LinkException.of(LinkError.MEMORY_ALLOCATION_ERROR, "no room for the module's data")
                    .module(module.name())
                    .expected(bytes + " bytes")
                    .build();
        }
        memoryEnd = isMain ? memoryEnd : base + bytes;
        final boolean isTaken = module.request() == PendingModule.Request.PATH
                && replica.linkage().find(module.name()) != null;
        paths.put(nextHandle, module.pathText());
        return new ModuleRecord(
                nextHandle++,
                isTaken ? module.pathText() : module.name(),
                module.pathText(),
                prepared.hash().bytes(),
                base,
                bytes,
                align(tableLength, prepared.dylink().tableAlignment()),
                prepared.tableSlots(),
                0);
    }

    private void start(final List<ModuleRecord> records) {
        boolean isStarted = false;
        starts++;
        try {
            replica.makeThreadBlocks();
            records.forEach(module -> replica.initializeData(module.handle()));
            records.forEach(module -> replica.relocate(module.handle()));
            records.forEach(module -> replica.construct(module.handle()));
            isStarted = true;
        } finally {
            starts--;
            if (!isStarted) {
                records.forEach(module -> replica.retire(module.handle()));
            }
        }
    }

    @Override
    public boolean unloadModule(final int handle) {
        final GuestModule module = replica.module(handle);
        final int left = references.getOrDefault(handle, 0) - 1;
        if (left < 0 || module.isMain()) {
            throw new ResolveException(
                    ResolveError.INVALID_MODULE_HANDLE,
                    "module was let go of as often as it was loaded, or is the main module",
                    module.name(),
                    null,
                    null,
                    null);
        }
        references.put(handle, left);
        final boolean isNeeded = replica.linkage().modules().stream()
                .anyMatch(other -> other.dependencies().contains(handle));
        if (left == 0 && !isNeeded) {
            replica.retire(handle);
            return true;
        }
        return false;
    }

    @Override
    public boolean isHandleValid(final int handle) {
        return replica.linkage().find(handle) != null;
    }

    @Override
    public ResolvedExport resolveExport(final int handle, final String symbol) {
        return handle == RTLD_DEFAULT ? resolveAfter(0, symbol) : resolve(replica.module(handle), symbol);
    }

    @Override
    public ResolvedExport resolveNext(final int caller, final String symbol) {
        return resolveAfter(replica.module(caller).handle(), symbol);
    }

    private ResolvedExport resolveAfter(final int handle, final String symbol) {
        final GuestModule exporter = replica.linkage().exporter(symbol, handle);
        if (exporter == null) {
            throw missing(symbol);
        }
        return resolve(exporter, symbol);
    }

    private static ResolveException missing(final String symbol) {
        return new ResolveException(
                ResolveError.MISSING_EXPORT, "no module exports such a symbol", "any", symbol, null, null);
    }

    private ResolvedExport resolve(final GuestModule module, final String symbol) {
        return GuestReplica.export(module, symbol).type() instanceof ExternType.Function
                ? new ResolvedExport.Function(resolveFunction(module.handle(), symbol))
                : new ResolvedExport.Data(replica.dataAddress(module.handle(), symbol));
    }

    @Override
    public int resolveFunction(final int handle, final String name) {
        final int present = replica.slotOf(handle, name);
        if (present >= 0) {
            return present;
        }
        final int slot = replica.tableLength();
        replica.ensureTableLength(slot + 1);
        replica.putFunction(handle, name, slot);
        return slot;
    }

    private LazyFunction.Found resolveLazily(final int importer, final String name) {
        final GuestModule exporter = replica.linkage().functionExporter(name, 0);
        if (exporter == null) {
            throw missing(name);
        }
        return new LazyFunction.Found(
                new Binding.Function(exporter.instance(), exporter.prepared().functionIndex(name)), starts == 0);
    }

    @Override
    public int allocateClosureIndex() {
        final int slot = replica.tableLength();
        replica.ensureTableLength(slot + 1);
        closures.set(slot);
        return slot;
    }

    @Override
    public void prepareClosure(
            final int closure, final int backingFunction, final String signature, final int userData) {
        requireClosure(closure);
        replica.prepareClosure(closure, signature, backingFunction, userData);
    }

    @Override
    public void freeClosureIndex(final int closure) {
        requireClosure(closure);
        closures.clear(closure);
    }

    private void requireClosure(final int slot) {
        if (slot < 0 || !closures.get(slot)) {
            throw new IllegalArgumentException("not a closure slot in use: index=" + slot);
        }
    }
}
