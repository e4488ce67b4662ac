package dev.lockstep.engine.loader;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.GroupWait;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestCaller;
import dev.lockstep.engine.wasm.WasmExport;
import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateView;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.CapacityExceededException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;

/**
 * dlopen, dlsym and dlclose of one group in a universe.
 *
 * <p>A module goes through these steps:
 *
 * <pre>
 *  look up by name                            no lock; found → one more reference, wait until it is ready
 *  look for, read, hash, store, compile       in a safe region
 *  have the other processes compile it        in a safe region
 *  look up again, choose places, rehearse     topology lease and linker state
 *  LoadModules                                the same: every group makes its instances
 *  data, relocations, constructors            the guest's lock, if it has one
 *  if they fail: RetireModule                 topology lease and linker state
 * </pre>
 *
 * <p>An error before the operation leaves everything as it was. One after it makes the module FAILED for every group, and
 * takes it out with whatever was loaded for it only: names and places are free, and the same call loads it anew, under another
 * handle. What can't be given back is the handle, and what constructors have done to other modules or have taken from the guest's
 * heap. If a failed module can't be taken out at once (its owner has died, the journal is full), the next load does it.
 *
 * <p>Used by its group's thread only. Guest code runs between {@link #enterGuest} and {@link #leaveGuest}; the methods here may be
 * called inside and outside.
 */
public final class UniverseLinker implements GuestLinker, AutoCloseable {
    /** Stands for no mutex: the guest's groups run in parallel. */
    public static final int PARALLEL = GuestLock.PARALLEL;

    private static final int NONE = 0;
    private static final int NO_SLOT = -1;

    private final InstanceGroup group;
    private final GuestReplica replica;
    private final GuestProcess process;
    private final ModulePreparation preparation;
    private final GuestLock guest;
    private final Initialization initialization;
    private LongConsumer operationTimes = nanos -> {};
    private Consumer<LoadTimes> loadTimes = times -> {};
    private long timeoutNanos;
    private boolean isPrepared;

    private UniverseLinker(
            final Universe universe,
            final InstanceGroup group,
            final GuestReplica replica,
            final GuestProcess process,
            final ModulePreparation preparation,
            final int guestMutex) {
        this.group = group;
        this.replica = replica;
        this.process = process;
        this.preparation = preparation;
        guest = new GuestLock(group, guestMutex);
        initialization = new Initialization(group, replica, guest);
        replica.pollWith(() -> group.doPendingLinkOperations(true));
        replica.blockIn(this::outside);
        replica.waitLike(new GroupWait(process.memory(), universe, group));
        replica.linkBy(this, group.slot());
        replica.resolveWith(this::resolveLazily);
        replica.runAs(group.slot());
    }

    /**
     * Makes the linker of a running group, and waits until the main module is ready. From now on the group polls for
     * operations while guest code runs; {@link GuestReplica#pollWith} changes that.
     *
     * @param universe of the group.
     * @param group running, bound to the calling thread.
     * @param replica of the group.
     * @param process of the replica.
     * @param preparation of this process.
     * @param guestMutex number of the shared mutex under which guest code runs, or {@link #PARALLEL}; the same in every group.
     * @return the linker.
     * @throws LinkException if the main module's initialisation failed, or there is no stack for the group.
     */
    public static UniverseLinker of(
            final Universe universe,
            final InstanceGroup group,
            final GuestReplica replica,
            final GuestProcess process,
            final ModulePreparation preparation,
            final int guestMutex) {
        final UniverseLinker linker = new UniverseLinker(universe, group, replica, process, preparation, guestMutex);
        linker.initialization.settle(GuestReplica.MAIN_HANDLE);
        return linker;
    }

    /**
     * Makes the main group of a universe, loads the main module and what it needs by the first operation and initialises them.
     *
     * @param universe not bootstrapped yet.
     * @param replica of the group, fresh.
     * @param process of the replica.
     * @param preparation of this process.
     * @param guestMutex number of the shared mutex under which guest code runs, or {@link #PARALLEL}; the same in every group.
     * @return the linker of the group, which runs.
     * @throws IOException if a module that is needed can't be stored.
     * @throws LinkException if a module can't be linked, and nothing has changed; or if its initialisation failed, and the
     *     group was shut down.
     * @throws IllegalStateException if the universe was bootstrapped before or other groups exist; nothing has changed.
     */
    public static UniverseLinker bootstrap(
            final Universe universe,
            final GuestReplica replica,
            final GuestProcess process,
            final ModulePreparation preparation,
            final int guestMutex)
            throws IOException {
        return start(
                universe,
                universe.bootstrap(replica, loadMain(replica, process)),
                replica,
                process,
                preparation,
                guestMutex);
    }

    /**
     * Makes the main group of a universe as {@link #bootstrap} does, or, if there is or was one, another group. Of several that
     * do so at the same moment, in any JVMs, one bootstraps and the others wait for it.
     *
     * @param universe bootstrapped or not.
     * @param replica of the group, fresh.
     * @param process of the replica.
     * @param preparation of this process.
     * @param guestMutex number of the shared mutex under which guest code runs, or {@link #PARALLEL}; the same in every group.
     * @return the linker of the group, which runs.
     * @throws IOException if a module that is needed can't be stored.
     * @throws LinkException if a module can't be linked, its initialisation failed, or the universe has another main module;
     *     there is no group then.
     */
    public static UniverseLinker bootstrapOrJoin(
            final Universe universe,
            final GuestReplica replica,
            final GuestProcess process,
            final ModulePreparation preparation,
            final int guestMutex)
            throws IOException {
        final InstanceGroup group;
        try {
            group = universe.isBootstrapped()
                    ? universe.joinInstanceGroup(replica)
                    : universe.bootstrapOrJoin(replica, loadMain(replica, process));
        } catch (final IllegalStateException e) {
            if (e.getCause() instanceof LinkException notHere) {
                throw notHere; // this process can't link what the universe has
            }
            throw e;
        }
        return start(universe, group, replica, process, preparation, guestMutex);
    }

    private static Function<LinkerStateWriter, DlOperation> loadMain(
            final GuestReplica replica, final GuestProcess process) throws IOException {
        final List<PendingModule> modules = new ArrayList<>();
        modules.add(process.mainModule());
        modules.addAll(PendingModule.collectNeeded(process, process.mainModule(), name -> false));
        return state -> {
            state.setMemoryEnd(process.memory().plan().modulesBase());
            state.growTable(GuestReplica.MAIN_TABLE_BASE);
            return new DlOperation.LoadModules(Placement.place(state, process, replica, modules));
        };
    }

    private static UniverseLinker start(
            final Universe universe,
            final InstanceGroup group,
            final GuestReplica replica,
            final GuestProcess process,
            final ModulePreparation preparation,
            final int guestMutex) {
        boolean started = false;
        try {
            final UniverseLinker linker = of(universe, group, replica, process, preparation, guestMutex);
            started = true;
            return linker;
        } finally {
            if (!started) {
                group.shutdownInstanceGroup();
            }
        }
    }

    /** {@return the group} */
    public InstanceGroup group() {
        return group;
    }

    /** {@return the group's replica} */
    public GuestReplica replica() {
        return replica;
    }

    /**
     * Sets who is told how long each operation took that this group has broadcast, from the broadcast until all groups
     * had applied it.
     *
     * @param listener told nanoseconds, on the group's thread and while it holds the linker state: it has to be quick.
     */
    public void timeOperations(final LongConsumer listener) {
        operationTimes = listener;
    }

    /**
     * Sets who is told where the time of each load went that this group has broadcast. Not of loads that found the module
     * there, nor of such that failed.
     *
     * @param listener told on the group's thread, which holds nothing of the linker's.
     */
    public void timeLoads(final Consumer<LoadTimes> listener) {
        loadTimes = listener;
    }

    /**
     * Sets how long an operation waits for the running groups to arrive; without it, however long it takes.
     *
     * @param timeout after which the operation is withdrawn and the call fails with a
     *     {@link RendezvousTimeoutException}, having changed nothing; 0 = none.
     * @param unit of the timeout.
     */
    public void limitOperations(final long timeout, final TimeUnit unit) {
        timeoutNanos = unit.toNanos(timeout);
    }

    /** Shuts the group down, see {@link InstanceGroup#shutdownInstanceGroup}; what it has loaded stays. Idempotent. */
    @Override
    public void close() {
        group.shutdownInstanceGroup();
    }

    /** Takes the guest's lock, if it has one, before guest code is called; may be called again inside. */
    public void enterGuest() {
        guest.enter();
    }

    /** Gives the guest's lock back; as often as it was taken. */
    public void leaveGuest() {
        guest.leave();
    }

    // ---- loading ----------------------------------------------------------------------------------------------------

    /**
     * {@inheritDoc}
     *
     * @throws CapacityExceededException if a capacity of the universe is used up; nothing has changed.
     * @throws RendezvousTimeoutException if a group did not arrive within the {@linkplain #limitOperations limit}; nothing
     *     has changed.
     */
    @Override
    public int loadModule(final Path file) throws IOException {
        final Path absolute = file.toAbsolutePath().normalize();
        return load(ModuleSource.of(absolute), PendingModule.Request.PATH);
    }

    @Override
    public int loadModule(final String name) throws IOException {
        if (name.indexOf('/') < 0) {
            final int present = retain(new Identity(name, PendingModule.Request.NAME, null, null));
            if (present != NONE) {
                return settle(present);
            }
        }
        final ModuleSource source = outside(() -> PendingModule.locate(process, name, null));
        return load(source, name.indexOf('/') < 0 ? PendingModule.Request.NAME : PendingModule.Request.PATH);
    }

    @Override
    public int loadModule(final String name, final byte[] module) throws IOException {
        return load(ModuleSource.of(name, module), PendingModule.Request.BYTES);
    }

    private int load(final ModuleSource source, final PendingModule.Request request) throws IOException {
        final ContentHash hash = request == PendingModule.Request.BYTES ? ContentHash.of(source.read()) : null;
        final LoadClock clock = new LoadClock(replica, guest);
        final int present = retain(new Identity(source.name(), request, source.path(), hash));
        clock.locked(); // who looks up waits for who writes
        if (present != NONE) {
            return settle(present);
        }
        prepareToBroadcast();
        int handle = NONE;
        while (handle == NONE) {
            final List<PendingModule> modules =
                    outside(() -> PendingModule.collect(process, source.real(), request, this::isLoaded));
            clock.prepared();
            prepareEverywhere(modules);
            clock.preparedElsewhere();
            handle = load(modules, clock);
            clock.released();
        }
        settle(handle);
        if (clock.wasBroadcast()) {
            loadTimes.accept(clock.initialized());
        }
        return handle;
    }

    /** What a JVM's first broadcast loads would otherwise be loaded while everybody waits. */
    private void prepareToBroadcast() {
        if (!isPrepared) {
            outside(() -> {
                group.prepareToBroadcast();
                isPrepared = true;
                return null;
            });
        }
    }

    private void prepareEverywhere(final List<PendingModule> modules) throws IOException {
        try {
            preparation.prepareEverywhere(
                    group,
                    modules.stream().map(module -> module.prepared().hash()).toList());
        } catch (final LinkException e) {
            // what goes from process to process is the hash of a module
            throw LinkException.of(e.error(), "module can't be prepared by all processes")
                    .module(modules.stream()
                            .filter(module -> module.prepared().hash().hex().equals(e.module()))
                            .map(PendingModule::name)
                            .findFirst()
                            .orElse(e.module()))
                    .cause(e)
                    .build();
        }
    }

    /** Something that reads files and compiles, or blocks; nobody waits for this group meanwhile. */
    private <T, E extends Exception> T outside(final GuestCaller.Blocking<T, E> work) throws E {
        group.enterSafeRegion();
        try {
            return work.run();
        } finally {
            if (!group.isDead()) {
                group.exitSafeRegion();
            }
        }
    }

    /** By what a module is known again. */
    private record Identity(String name, PendingModule.Request request, Path path, ContentHash hash) {
        static Identity of(final PendingModule module) {
            return new Identity(
                    module.name(),
                    module.request(),
                    module.path(),
                    module.prepared().hash());
        }

        /** {@return handle of the module, or 0} */
        int find(final LinkerStateView state) {
            final int handle = state.findModule(name);
            if (request == PendingModule.Request.PATH) {
                final String text = path.toString();
                return handle != NONE && state.module(handle).path().equals(text) ? handle : state.findModule(text);
            }
            if (handle == NONE || request == PendingModule.Request.NAME) {
                return handle;
            }
            final ContentHash present = ContentHash.ofBytes(state.module(handle).hash());
            if (!present.equals(hash)) {
                throw LinkException.of(LinkError.NAME_TAKEN, "another module goes by that name, choose another one")
                        .module(name)
                        .expected(hash)
                        .found(present)
                        .build();
            }
            return handle;
        }
    }

    /** {@return handle of the module that is meant, with one more reference, or 0 if it is not loaded or lost} */
    private int retain(final Identity identity) {
        final int seen = group.readOptimistically(identity::find);
        if (seen == NONE || isLost(seen)) {
            return NONE;
        }
        try (LinkerStateWriter state = group.writeLinkerState()) {
            final int handle = identity.find(state);
            if (handle == NONE) {
                return NONE;
            }
            state.retainModule(handle);
            state.commit();
            return handle;
        }
    }

    private boolean isLoaded(final String name) {
        final GuestModule module = replica.linkage().find(name);
        return module != null && !isLost(module.handle());
    }

    /** Whether a module has failed, or will when somebody takes on its data: what it is linked to has failed. */
    private boolean isLost(final int handle) {
        final ModuleState state = group.moduleState(handle);
        return isOver(state)
                || state == ModuleState.DATA
                        && group.moduleOwner(handle) < 0
                        && replica.dependencies(handle).stream()
                                .anyMatch(dependency -> isOver(group.moduleState(dependency)));
    }

    private static boolean isOver(final ModuleState state) {
        return state == ModuleState.FAILED || state == ModuleState.UNLOADED || state == ModuleState.NONE;
    }

    /**
     * Loads those of the modules that are not loaded yet.
     *
     * @return handle of the last one; 0 if what they need was loaded when they were collected and is not any more.
     */
    private int load(final List<PendingModule> modules, final LoadClock clock) {
        final Identity wanted = Identity.of(modules.get(modules.size() - 1));
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            takeOut(state);
            clock.locked();
            final int present = wanted.find(state);
            if (present != NONE) {
                state.retainModule(present);
                state.commit();
                return present;
            }
            final List<PendingModule> missing = new ArrayList<>();
            for (final PendingModule module : modules) {
                if (Identity.of(module).find(state) == NONE) {
                    missing.add(module);
                }
            }
            if (!isComplete(state, missing)) {
                state.commit();
                return NONE;
            }
            final List<ModuleRecord> records = Placement.place(state, process, replica, missing);
            clock.placed();
            broadcast(state, new DlOperation.LoadModules(records));
            clock.broadcast();
            return records.get(records.size() - 1).handle();
        }
    }

    private static boolean isComplete(final LinkerStateView state, final List<PendingModule> modules) {
        final Set<String> names = new HashSet<>();
        modules.forEach(module -> names.add(module.name()));
        return modules.stream()
                .flatMap(module -> module.prepared().dylink().needed().stream())
                .map(PendingModule::shortName)
                .allMatch(name -> names.contains(name) || state.findModule(name) != NONE);
    }

    private void broadcast(final LinkerStateWriter state, final DlOperation operation) {
        time(() -> group.synchronizeLinkOperation(state, operation, timeoutNanos, TimeUnit.NANOSECONDS));
    }

    private void time(final Runnable broadcast) {
        final long start = System.nanoTime();
        broadcast.run();
        operationTimes.accept(System.nanoTime() - start);
    }

    private int settle(final int handle) {
        try {
            initialization.settle(handle);
            return handle;
        } catch (final LinkException e) {
            giveBack(e);
            throw e;
        }
    }

    // ---- taking out -------------------------------------------------------------------------------------------------

    /**
     * After a failed load: what has failed is taken out, with what was loaded for it only. If that is not possible now, the next
     * load does it, and the failure says why.
     */
    private void giveBack(final LinkException failure) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            takeOut(state);
        } catch (final RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Takes out what has failed and what nobody has any more. */
    private void takeOut(final LinkerStateWriter state) {
        for (int handle = GuestReplica.MAIN_HANDLE + 1; handle < state.nextHandle(); handle++) {
            if (isLost(handle) && !state.isRetired(handle) && group.claimModuleData(handle)) {
                group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
            }
        }
        if (new Removal(group, replica, state).enqueue() == 0) {
            state.commit();
        } else {
            time(() -> group.synchronizeEnqueued(state, timeoutNanos, TimeUnit.NANOSECONDS));
        }
    }

    @Override
    public boolean unloadModule(final int handle) {
        requireValid(handle);
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            requireValid(handle);
            if (handle == GuestReplica.MAIN_HANDLE || state.moduleReferences(handle) == 0) {
                throw new ResolveException(
                        ResolveError.INVALID_MODULE_HANDLE,
                        "module was let go of as often as it was loaded, or is the main module",
                        replica.nameOf(handle),
                        null,
                        null,
                        null);
            }
            state.releaseModule(handle);
            takeOut(state);
            return state.isRetired(handle);
        }
    }

    // ---- symbols ----------------------------------------------------------------------------------------------------

    @Override
    public boolean isHandleValid(final int handle) {
        return handle > RTLD_DEFAULT
                && (replica.linkage().find(handle) != null
                        || group.readOptimistically(state -> handle < state.nextHandle()))
                && !isOver(group.moduleState(handle));
    }

    private GuestModule requireValid(final int handle) {
        if (!isHandleValid(handle)) {
            throw GuestReplica.noSuchModule(handle);
        }
        if (replica.linkage().find(handle) == null) {
            group.doPendingLinkOperations(false);
        }
        return replica.module(handle);
    }

    @Override
    public ResolvedExport resolveExport(final int handle, final String symbol) {
        if (handle == RTLD_DEFAULT) {
            return resolveAfter(0, symbol);
        }
        return resolve(requireValid(handle), symbol);
    }

    @Override
    public ResolvedExport resolveNext(final int caller, final String symbol) {
        return resolveAfter(requireValid(caller).handle(), symbol);
    }

    private ResolvedExport resolveAfter(final int handle, final String symbol) {
        final GuestModule exporter = usable(handle, after -> replica.linkage().exporter(symbol, after));
        if (exporter == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT,
                    "no module exports such a symbol",
                    handle == 0 ? "any" : "after " + handle,
                    symbol,
                    null,
                    null);
        }
        return resolve(exporter, symbol);
    }

    /**
     * The first module after one that has something and can be used, once it is ready or nothing but this thread can get it
     * ready. Those that fail or are taken out meanwhile are passed over.
     *
     * @param search finds the next one that has it after a handle, or null.
     * @return the module, or null.
     */
    private GuestModule usable(final int handle, final IntFunction<GuestModule> search) {
        GuestModule module = search.apply(handle);
        while (module != null) {
            try {
                initialization.settle(module.handle());
                return module;
            } catch (final LinkException e) {
                module = search.apply(module.handle());
            }
        }
        return null;
    }

    private ResolvedExport resolve(final GuestModule module, final String symbol) {
        final WasmExport export = GuestReplica.export(module, symbol);
        return export.type() instanceof ExternType.Function
                ? new ResolvedExport.Function(resolveFunction(module.handle(), symbol))
                : new ResolvedExport.Data(replica.dataAddress(module.handle(), symbol));
    }

    @Override
    public int resolveFunction(final int handle, final String name) {
        final GuestModule module = requireValid(handle);
        final int known = module.prepared().functionIndex(name) >= 0 ? findSymbol(handle, name) : NO_SLOT;
        if (known != NO_SLOT) {
            return known;
        }
        replica.slotOf(handle, name); // refuses what can't be resolved before any lock is taken
        prepareToBroadcast();
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            requireValid(handle);
            return slotOf(state, handle, name);
        }
    }

    private int findSymbol(final int handle, final String name) {
        return group.readOptimistically(state -> state.findSymbol(handle, name));
    }

    /** The slot of a function, for ever: what is recorded, else the one that it has in the table, else a new one. */
    private int slotOf(final LinkerStateWriter state, final int handle, final String name) {
        final int known = state.findSymbol(handle, name);
        if (known != NO_SLOT) {
            return known;
        }
        final int present = replica.slotOf(handle, name);
        final int slot = present == NO_SLOT ? newSlot(state, handle, name) : present;
        state.recordSymbol(handle, name, slot);
        if (present == NO_SLOT) {
            broadcast(state, new DlOperation.ResolveFunction(name, handle, slot));
        } else {
            state.commit();
        }
        return slot;
    }

    private int newSlot(final LinkerStateWriter state, final int handle, final String name) {
        try {
            return state.allocateTable(1, 1);
        } catch (final IllegalArgumentException e) {
            throw new ResolveException(
                    ResolveError.TABLE_ALLOCATION_ERROR,
                    "no room for another slot of the function table",
                    replica.nameOf(handle),
                    name,
                    null,
                    "table of " + state.tableLength());
        }
    }

    /**
     * For a function that was not there when its importer was loaded. Which one it is is recorded under the importer's handle, so
     * that every group gets the same, whatever was loaded meanwhile.
     */
    private LazyFunction.Found resolveLazily(final int importer, final String name) {
        final int known = findSymbol(importer, name);
        if (known != NO_SLOT) {
            return new LazyFunction.Found(target(known), true);
        }
        final GuestModule exporter = usable(0, after -> replica.linkage().functionExporter(name, after));
        if (exporter == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT,
                    "function is called that nobody has, load the module that has it before",
                    replica.nameOf(importer),
                    name,
                    null,
                    null);
        }
        if (group.moduleState(exporter.handle()) != ModuleState.READY) {
            // this thread, or one that waits for it, is inside of its constructors: it is not known whether it stays
            return new LazyFunction.Found(
                    new Binding.Function(
                            exporter.instance(), exporter.prepared().functionIndex(name)),
                    false);
        }
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int meanwhile = state.findSymbol(importer, name);
            if (meanwhile != NO_SLOT) {
                return new LazyFunction.Found(target(meanwhile), true);
            }
            if (group.moduleState(exporter.handle()) == ModuleState.READY) {
                final int slot = slotOf(state, exporter.handle(), name);
                state.recordSymbol(importer, name, slot);
                state.commit();
                return new LazyFunction.Found(target(slot), true);
            }
        }
        return resolveLazily(importer, name); // it was taken out meanwhile
    }

    private Binding.Function target(final int slot) {
        return new Binding.Function(replica.slots().owner(slot), replica.slots().function(slot));
    }

    // ---- closures ---------------------------------------------------------------------------------------------------

    @Override
    public int allocateClosureIndex() {
        return group.allocateClosureIndex();
    }

    @Override
    public void prepareClosure(
            final int closure, final int backingFunction, final String signature, final int userData) {
        Closures.type(signature);
        group.prepareClosure(closure, backingFunction, userData, signature);
    }

    @Override
    public void freeClosureIndex(final int closure) {
        group.freeClosureIndex(closure);
    }
}
