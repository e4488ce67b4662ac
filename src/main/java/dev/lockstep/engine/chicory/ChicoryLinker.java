package dev.lockstep.engine.chicory;

import dev.lockstep.engine.DylinkSection;
import dev.lockstep.engine.GuestLinker;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.InstanceGroupDeadException;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.SynchronizationAbortedException;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseClosedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.agrona.BitUtil;

/**
 * dlopen and dlsym of one group in a universe.
 *
 * <p>A module goes through these steps, and an error in one before the operation leaves everything as it was:
 *
 * <pre>
 *  look up by name                            no lock; found → wait until it is ready
 *  read, hash, store, compile                 in a safe region
 *  have the other processes compile it        cooperating
 *  look up again, choose places, rehearse     topology lease and linker state
 *  LoadModules                                the same: every group makes its instances
 *  data, relocations, constructors            guest mutex
 * </pre>
 *
 * <p>Used by its group's thread only, which does not hold the guest mutex.
 */
public final class ChicoryLinker implements GuestLinker {
    private static final int NONE = 0;

    private final InstanceGroup group;
    private final ChicoryReplica replica;
    private final ChicoryEngine engine;
    private final ModulePreparation preparation;
    private final int guestMutex;
    private LongConsumer operationTimes = nanos -> {};
    private boolean starting;

    /**
     * Makes the linker of a running group, and waits until the main module is ready. From now on the group polls for
     * operations while guest code runs; {@link ChicoryReplica#pollWith} changes that.
     *
     * @param group running, bound to the calling thread.
     * @param replica of the group.
     * @param engine of the replica.
     * @param preparation of this process.
     * @param guestMutex number of the shared mutex under which guest code runs; not held.
     * @throws LinkException if the main module's initialisation failed.
     */
    public ChicoryLinker(
            final InstanceGroup group,
            final ChicoryReplica replica,
            final ChicoryEngine engine,
            final ModulePreparation preparation,
            final int guestMutex) {
        this.group = group;
        this.replica = replica;
        this.engine = engine;
        this.preparation = preparation;
        this.guestMutex = guestMutex;
        pollInGuest(group, replica);
        settle(ChicoryReplica.MAIN_HANDLE);
    }

    /**
     * Makes the main group of a universe, loads the main module by the first operation and initialises it.
     *
     * @param universe not bootstrapped yet.
     * @param engine of this process.
     * @param replica of the group, fresh.
     * @param guestMutex number of the shared mutex under which guest code runs.
     * @return the group, running.
     * @throws LinkException if the main module can't be linked, and nothing has changed; or if its initialisation failed,
     *     and the group was shut down.
     * @throws IllegalStateException if the universe was bootstrapped before or other groups exist; nothing has changed.
     */
    public static InstanceGroup bootstrap(
            final Universe universe, final ChicoryEngine engine, final ChicoryReplica replica, final int guestMutex) {
        final ModuleRecord main = engine.mainRecord();
        final int tableLength = main.tableBase() + main.tableSize();
        if (!engine.main().dylink().needed().isEmpty()) {
            throw new LinkException("main module needs others, link them into it: module=" + main.name() + " needed="
                    + engine.main().dylink().needed());
        }
        replica.rehearse(List.of(main), tableLength);
        final InstanceGroup group = universe.bootstrap(replica, state -> {
            state.setMemoryEnd(engine.memory().plan().modulesBase());
            state.growTable(tableLength);
            return new DlOperation.LoadModules(List.of(register(state, main)));
        });
        boolean started = false;
        try {
            pollInGuest(group, replica);
            start(group, replica, ChicoryReplica.MAIN_HANDLE, guestMutex);
            started = true;
            return group;
        } finally {
            if (!started) {
                group.shutdownInstanceGroup();
            }
        }
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

    private void broadcast(final LinkerStateWriter state, final DlOperation operation) {
        final long start = System.nanoTime();
        group.synchronizeLinkOperation(state, operation);
        operationTimes.accept(System.nanoTime() - start);
    }

    private static void pollInGuest(final InstanceGroup group, final ChicoryReplica replica) {
        replica.pollWith(() -> group.doPendingLinkOperations(true));
    }

    private static ModuleRecord register(final LinkerStateWriter state, final ModuleRecord module) {
        return state.registerModule(
                module.name(),
                module.path(),
                module.hash(),
                module.memoryBase(),
                module.memorySize(),
                module.tableBase(),
                module.tableSize(),
                module.flags());
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if a module's constructor asks for a module that is not loaded yet; one that is being
     *     loaded by this very call it gets.
     */
    @Override
    public int loadModule(final Path file) throws IOException {
        final String name = PendingModule.nameOf(file);
        int handle = find(name);
        if (starting) {
            return handleWithin(name, handle);
        }
        if (handle == NONE) {
            final List<PendingModule> modules = read(file);
            preparation.prepareEverywhere(
                    group,
                    modules.stream().map(module -> module.compiled().hash()).toList());
            handle = load(name, modules);
        }
        settle(handle);
        return handle;
    }

    private int find(final String name) {
        return group.readOptimistically(state -> state.findModule(name));
    }

    /** For a constructor: it runs under the guest mutex, so waiting for another group could last for ever. */
    private int handleWithin(final String name, final int handle) {
        if (handle == NONE
                || group.moduleState(handle) != ModuleState.READY && group.moduleOwner(handle) != group.slot()) {
            throw new IllegalStateException("constructor loads a module, load it before: module=" + name + " handle="
                    + handle + " group=" + group.slot());
        }
        return handle;
    }

    private List<PendingModule> read(final Path file) throws IOException {
        group.enterSafeRegion();
        try {
            return PendingModule.collect(engine, file, name -> replica.handleOf(name) != NONE);
        } finally {
            if (!group.isDead()) {
                group.exitSafeRegion();
            }
        }
    }

    /** Loads those of the modules that are not loaded yet, and tells the handle of the last one. */
    private int load(final String name, final List<PendingModule> modules) throws IOException {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int present = state.findModule(name);
            if (present != NONE) {
                return present;
            }
            final List<ModuleRecord> records = new ArrayList<>();
            for (final PendingModule module : modules) {
                if (state.findModule(module.name()) == NONE) {
                    records.add(place(state, module));
                }
            }
            replica.rehearse(records, state.tableLength());
            engine.memory().ensureLength(state.memoryEnd());
            broadcast(state, new DlOperation.LoadModules(records));
            return records.get(records.size() - 1).handle();
        }
    }

    private ModuleRecord place(final LinkerStateWriter state, final PendingModule module) {
        final DylinkSection dylink = module.compiled().dylink();
        final long memoryBase = state.allocateMemory(dylink.memorySize(), dylink.memoryAlignment());
        final long heapBase = engine.memory().plan().heapBase();
        if (memoryBase + dylink.memorySize() > heapBase) {
            throw new LinkException("no room for the module's data, make the universe's memory with more for modules:"
                    + " module=" + module.name() + " bytes=" + dylink.memorySize() + " base=" + memoryBase + " limit="
                    + heapBase);
        }
        final int length = state.tableLength();
        final int tableBase = BitUtil.align(length, dylink.tableAlignment());
        final int tableSize = module.compiled().tableSlots();
        state.growTable(tableBase - length + tableSize);
        return register(
                state,
                new ModuleRecord(
                        state.nextHandle(),
                        module.name(),
                        module.path().toString(),
                        module.compiled().hash().bytes(),
                        memoryBase,
                        dylink.memorySize(),
                        tableBase,
                        tableSize,
                        0));
    }

    /** Returns when a module is ready: initialises it if that is up to this group, else waits. */
    private void settle(final int handle) {
        while (!group.claimModuleData(handle)) {
            final ModuleState state = group.awaitModule(handle);
            if (state == ModuleState.READY) {
                return;
            }
            if (state == ModuleState.FAILED) {
                throw new LinkException("module's initialisation has failed, it can't be used: module="
                        + replica.nameOf(handle) + " handle=" + handle);
            }
        }
        try {
            for (final String needed : replica.needed(handle)) {
                settle(find(PendingModule.nameOf(Path.of(needed))));
            }
        } catch (final LinkException e) {
            group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
            throw new LinkException(
                    "module needs another one that can't be used: module=" + replica.nameOf(handle) + " handle="
                            + handle,
                    e);
        }
        starting = true;
        try {
            start(group, replica, handle, guestMutex);
        } finally {
            starting = false;
        }
    }

    private static void start(
            final InstanceGroup group, final ChicoryReplica replica, final int handle, final int guestMutex) {
        final long grant = group.acquireMutex(guestMutex);
        try {
            initialize(group, replica, handle);
        } finally {
            if (!group.isDead()) {
                group.releaseMutex(guestMutex, grant);
            }
        }
    }

    private static void initialize(final InstanceGroup group, final ChicoryReplica replica, final int handle) {
        ModuleState state = ModuleState.DATA;
        try {
            replica.initializeData(handle);
            replica.relocate(handle);
            group.advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
            state = ModuleState.CTORS;
            replica.construct(handle);
        } catch (final SynchronizationAbortedException | InstanceGroupDeadException | UniverseClosedException over) {
            throw over;
        } catch (final RuntimeException | Error e) {
            group.advanceModuleState(handle, state, ModuleState.FAILED);
            throw new LinkException(
                    "module's initialisation has failed, it can't be used: module=" + replica.nameOf(handle)
                            + " handle=" + handle + " reason=" + e.getMessage(),
                    e);
        }
        group.advanceModuleState(handle, ModuleState.CTORS, ModuleState.READY);
    }

    @Override
    public int resolveFunction(final int handle, final String name) {
        final int known = group.readOptimistically(state -> state.findSymbol(handle, name));
        if (known >= 0) {
            return known;
        }
        if (group.moduleState(handle) == ModuleState.FAILED) {
            throw new LinkException("module's initialisation has failed, it can't be used: module="
                    + replica.nameOf(handle) + " handle=" + handle);
        }
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int meanwhile = state.findSymbol(handle, name);
            if (meanwhile >= 0) {
                return meanwhile;
            }
            final int present = replica.slotOf(handle, name);
            final int slot = present >= 0 ? present : state.growTable(1);
            state.recordSymbol(handle, name, slot);
            broadcast(state, new DlOperation.ResolveFunction(name, handle, slot));
            return slot;
        }
    }
}
