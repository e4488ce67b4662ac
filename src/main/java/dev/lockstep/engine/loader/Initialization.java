package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.InstanceGroupDeadException;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.SynchronizationAbortedException;
import dev.lockstep.linker.UniverseClosedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;

/**
 * What is done once for all groups after modules were loaded: their data, their relocations, then their constructors, each for
 * all of them before the next. Holding nothing of the linker's, since constructors are guest code that may load modules
 * themselves.
 *
 * <p>Modules whose data is nobody's, since their owner has died, are taken on by whoever needs them. A module that fails takes
 * those with it that are linked to it, and no others. Therefore what a constructor loads and links to its own module is not ready
 * for others before that one is.
 *
 * <p>Belongs to one group and is used by its thread only; it may be entered again from a constructor.
 */
final class Initialization {
    private final InstanceGroup group;
    private final GuestReplica replica;
    private final GuestLock guest;

    /** What this thread is at, in this call or in one that it is inside of: it must not wait for itself. */
    private final Set<Integer> underWay = new HashSet<>();

    /** The batches that this thread is inside of, the outermost first. */
    private final List<Batch> batches = new ArrayList<>();

    Initialization(final InstanceGroup group, final GuestReplica replica, final GuestLock guest) {
        this.group = group;
        this.replica = replica;
        this.guest = guest;
    }

    /**
     * Returns when a module is ready, or when nothing but this thread can get it ready: if this thread's own constructors, or those
     * of a group that waits for this one, need it.
     *
     * @throws LinkException if it can't be used.
     */
    void settle(final int handle) {
        while (!underWay.contains(handle) && group.moduleState(handle) != ModuleState.READY) {
            final List<Integer> claimed = claim(handle);
            if (!claimed.isEmpty()) {
                initialize(claimed);
                continue;
            }
            final String name = replica.nameOf(handle); // it may be taken out while this group waits
            final ModuleState state = guest.without(() -> group.awaitModule(handle));
            switch (state) {
                case READY -> {
                    return;
                }
                case DATA, CTORS -> {
                    if (group.isAwaitCircular()) {
                        return; // its owner waits for us: constructors that load each other
                    }
                }
                default ->
                    throw LinkException.of(LinkError.DEPENDENCY_FAILED, "module has failed or was taken out, try again")
                            .module(name)
                            .with("handle", handle)
                            .build();
            }
        }
    }

    /** {@return of a module and what it is linked to, what this group has to initialise now; in the order of handles} */
    private List<Integer> claim(final int handle) {
        final Set<Integer> seen = new TreeSet<>();
        claim(handle, seen);
        final List<Integer> claimed = new ArrayList<>();
        for (final int module : seen) {
            if (!underWay.contains(module) && group.claimModuleData(module)) {
                claimed.add(module);
            }
        }
        return claimed;
    }

    private void claim(final int handle, final Set<Integer> seen) {
        if (group.moduleState(handle) == ModuleState.DATA && seen.add(handle)) {
            replica.dependencies(handle).forEach(dependency -> claim(dependency, seen));
        }
    }

    private void initialize(final List<Integer> modules) {
        final Batch batch = new Batch(modules);
        underWay.addAll(modules);
        batches.add(batch);
        try {
            guest.enter();
            try {
                batch.run();
            } finally {
                guest.leave();
            }
            batches.remove(batch);
            batch.finish();
        } finally {
            batches.remove(batch);
            underWay.removeAll(batch.modules);
        }
        batch.throwFailure();
    }

    /** Marks what has failed, and what of all batches is linked to it. */
    private void fail(final int handle) {
        for (final Batch batch : batches) {
            batch.failWith(handle);
        }
    }

    /** {@return the outermost batch that has something which a module is linked to, itself or through others; or null} */
    private Batch needing(final int handle) {
        final Set<Integer> linked = new HashSet<>();
        addLinked(handle, linked);
        for (final Batch batch : batches) {
            if (batch.modules.stream().anyMatch(linked::contains)) {
                return batch;
            }
        }
        return null;
    }

    private void addLinked(final int handle, final Set<Integer> linked) {
        for (final int dependency : replica.dependencies(handle)) {
            if (linked.add(dependency)) {
                addLinked(dependency, linked);
            }
        }
    }

    /** Modules that are initialised together. */
    private final class Batch {
        private final List<Integer> own;

        /** Its own, and those that come from inner batches, which have been constructed there. */
        private final List<Integer> modules;

        private final Set<Integer> failed = new HashSet<>();
        private LinkException failure;

        Batch(final List<Integer> modules) {
            own = List.copyOf(modules);
            this.modules = new ArrayList<>(modules);
        }

        void run() {
            forEach(PreparedModule.INIT_THREAD, replica::makeThreadBlock);
            forEach("data", replica::initializeData);
            forEach(PreparedModule.RELOCATE_DATA, replica::relocate);
            forEach(PreparedModule.CONSTRUCT, this::construct);
            if (own.contains(GuestReplica.MAIN_HANDLE)) {
                attempt(GuestReplica.MAIN_HANDLE, PreparedModule.INITIALIZE, handle -> replica.initializeMain());
            }
        }

        private void construct(final int handle) {
            replica.dependencies(handle).forEach(Initialization.this::settle);
            group.advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
            replica.construct(handle);
        }

        private void forEach(final String step, final IntConsumer action) {
            own.forEach(handle -> attempt(handle, step, action));
        }

        private void attempt(final int handle, final String step, final IntConsumer action) {
            if (failed.contains(handle)) {
                return;
            }
            try {
                action.accept(handle);
            } catch (final SynchronizationAbortedException
                    | InstanceGroupDeadException
                    | UniverseClosedException over) {
                throw over;
            } catch (final RuntimeException | Error e) {
                fail(handle);
                if (failure == null) {
                    failure = failure(handle, step, e);
                }
            }
        }

        private LinkException failure(final int handle, final String step, final Throwable cause) {
            final boolean isOther = cause instanceof LinkException;
            return LinkException.of(
                            isOther ? LinkError.DEPENDENCY_FAILED : LinkError.INIT_FUNCTION_FAILED,
                            isOther
                                    ? "module is linked to another one that can't be used"
                                    : "module's initialisation has failed, it was taken out")
                    .module(replica.nameOf(handle))
                    .symbol(step)
                    .with("handle", handle)
                    .cause(cause)
                    .build();
        }

        private void failWith(final int handle) {
            for (final int module : modules) {
                if ((module == handle || replica.dependencies(module).contains(handle)) && failed.add(module)) {
                    Initialization.this.fail(module);
                }
            }
        }

        /** Outside of the guest, and no batch of this thread any more. */
        void finish() {
            for (final int handle : List.copyOf(modules)) {
                final Batch outer = failed.contains(handle) ? null : needing(handle);
                if (outer == null) {
                    final ModuleState from = group.moduleState(handle);
                    group.advanceModuleState(
                            handle, from, failed.contains(handle) ? ModuleState.FAILED : ModuleState.READY);
                } else {
                    modules.remove((Integer) handle);
                    outer.modules.add(handle);
                }
            }
        }

        void throwFailure() {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
