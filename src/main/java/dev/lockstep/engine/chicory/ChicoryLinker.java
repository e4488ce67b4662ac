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
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.linker.SynchronizationAbortedException;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseClosedException;
import dev.lockstep.region.CapacityExceededException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.agrona.BitUtil;

/**
 * dlopen and dlsym of one group in a universe.
 *
 * <p>A module goes through these steps:
 *
 * <pre>
 *  look up by name                            no lock; found → wait until it is ready
 *  read, hash, store, compile                 in a safe region
 *  have the other processes compile it        cooperating
 *  look up again, choose places, rehearse     topology lease and linker state
 *  LoadModules                                the same: every group makes its instances
 *  wait until what it is linked to is ready   cooperating
 *  data, relocations, constructors            guest mutex
 *  if they fail: RetireModule                 topology lease and linker state
 * </pre>
 *
 * <p>An error before the operation leaves everything as it was. One after it makes the module FAILED for every group, and
 * takes it out: its name and its memory are free, no later module is linked to it, and the same call loads it anew, under
 * another handle. What can't be given back is the handle, which stays a failed module's, its slots of the function
 * table, since every replica's table has grown by them, and what its constructors have done to other modules or have
 * taken from the guest's heap. Modules that it needs and that were ready before it failed stay loaded.
 *
 * <p>If a failed module can't be taken out at once (its owner has died, the journal is full), the next load of any
 * module does it.
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
    private long timeoutNanos;
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

    private void broadcast(final LinkerStateWriter state, final DlOperation operation) {
        final long start = System.nanoTime();
        group.synchronizeLinkOperation(state, operation, timeoutNanos, TimeUnit.NANOSECONDS);
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
     * @throws CapacityExceededException if a capacity of the universe is used up; nothing has changed.
     * @throws RendezvousTimeoutException if a group did not arrive within the {@linkplain #limitOperations limit}; nothing
     *     has changed.
     */
    @Override
    public int loadModule(final Path file) throws IOException {
        final String name = PendingModule.nameOf(file);
        int handle = find(name);
        if (starting) {
            return handleWithin(name, handle);
        }
        if (handle == NONE || isLost(handle)) {
            final List<PendingModule> modules = read(file);
            preparation.prepareEverywhere(
                    group,
                    modules.stream().map(module -> module.compiled().hash()).toList());
            handle = load(name, modules);
        }
        try {
            settle(handle);
        } catch (final LinkException e) {
            giveBack(e);
            throw e;
        }
        return handle;
    }

    /** Whether a module has failed, or will when somebody takes on its data: what it is linked to has failed. */
    private boolean isLost(final int handle) {
        final ModuleState state = group.moduleState(handle);
        return state == ModuleState.FAILED
                || state == ModuleState.DATA
                        && group.moduleOwner(handle) < 0
                        && replica.dependencies(handle).stream().anyMatch(this::isLost);
    }

    /**
     * After a failed load: what was loaded with it and was not begun fails, too, and whatever has failed is taken out. If
     * that is not possible now, the next load does it, and the failure says why.
     */
    private void giveBack(final LinkException failure) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            for (int handle = ChicoryReplica.MAIN_HANDLE + 1; handle < state.nextHandle(); handle++) {
                if (group.moduleState(handle) == ModuleState.DATA && group.moduleOwner(handle) == group.slot()) {
                    group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
                }
            }
            takeOutFailed(state);
        } catch (final RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private void takeOutFailed(final LinkerStateWriter state) {
        for (int handle = ChicoryReplica.MAIN_HANDLE + 1; handle < state.nextHandle(); handle++) {
            if (isLost(handle) && hasFailed(handle) && state.retireModule(handle)) {
                broadcast(state, new DlOperation.RetireModule(handle));
            }
        }
        state.commit();
    }

    /** Whether a lost module has failed by now; not if another group has just taken on its data, which will find out. */
    private boolean hasFailed(final int handle) {
        if (group.claimModuleData(handle)) {
            group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
        }
        return group.moduleState(handle) == ModuleState.FAILED;
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
            return PendingModule.collect(engine, file, this::isLoaded);
        } finally {
            if (!group.isDead()) {
                group.exitSafeRegion();
            }
        }
    }

    private boolean isLoaded(final String name) {
        final int handle = replica.handleOf(name);
        return handle != NONE && !isLost(handle);
    }

    /** Loads those of the modules that are not loaded yet, and tells the handle of the last one. */
    private int load(final String name, final List<PendingModule> modules) throws IOException {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            takeOutFailed(state);
            final int present = state.findModule(name);
            if (present != NONE) {
                return present;
            }
            if (modules.isEmpty()) {
                throw new LinkException(
                        "module's initialisation has failed in another group, try again: module=" + name);
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
                throw failed(handle);
            }
        }
        try {
            for (final int dependency : replica.dependencies(handle)) {
                settle(dependency);
            }
        } catch (final LinkException e) {
            group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
            throw new LinkException(
                    "module is linked to another one that can't be used: module=" + replica.nameOf(handle) + " handle="
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

    private LinkException failed(final int handle) {
        return new LinkException("module's initialisation has failed, it can't be used: module="
                + replica.nameOf(handle) + " handle=" + handle);
    }

    private void requireNotFailed(final int handle) {
        if (group.moduleState(handle) == ModuleState.FAILED) {
            throw failed(handle);
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
        requireNotFailed(handle);
        final int known = group.readOptimistically(state -> state.findSymbol(handle, name));
        if (known >= 0) {
            return known;
        }
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            requireNotFailed(handle);
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
