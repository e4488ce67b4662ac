package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.table.Redo;
import dev.lockstep.lock.Lease;
import dev.lockstep.process.ProcessInfo;
import dev.lockstep.process.ProcessTable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What one participant does while it is explored. It has a group from set-up, unless it is a newcomer. */
enum Role {
    /** Loads a module and initialises it. */
    INSTIGATOR {
        @Override
        void play(final World world, final int self) {
            initialize(world, self, load(world, self));
            world.leave(self);
        }
    },

    /** Loads a module that fails, takes it out, and loads it again. */
    RETIRER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            final int failed = load(world, self);
            group.advanceModuleState(failed, ModuleState.DATA, ModuleState.FAILED);
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                world.inside(self);
                assertTrue(state.retireModule(failed), "was taken out by somebody else");
                group.synchronizeLinkOperation(state, new DlOperation.RetireModule(failed));
                world.checkIsOver(self);
                assertFalse(state.retireModule(failed), "can be taken out once more");
                world.outside(self);
            }
            assertEquals(0, find(group));
            final int again = load(world, self);
            assertEquals(again, find(group));
            assertEquals(ModuleState.FAILED, group.moduleState(failed));
            initialize(world, self, again);
            world.leave(self);
        }
    },

    /** Loads a module, unloads it, and loads it again to where it was. */
    UNLOADER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            final int unloaded = load(world, self);
            initialize(world, self, unloaded);
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                world.inside(self);
                final ModuleRecord module = state.module(unloaded);
                assertTrue(state.unloadModule(unloaded), "somebody was evicted");
                state.releaseTable(unloaded, module.tableBase(), module.tableSize());
                assertEquals(ModuleState.READY, group.moduleState(unloaded), "before its operation");
                group.synchronizeLinkOperation(state, new DlOperation.RetireModule(unloaded));
                world.checkIsOver(self);
                assertEquals(ModuleState.UNLOADED, group.moduleState(unloaded));
                world.outside(self);
            }
            assertEquals(0, find(group));
            final int length = group.readOptimistically(LinkerStateView::tableLength);
            final int again = load(world, self);
            assertEquals(length, group.readOptimistically(LinkerStateView::tableLength));
            assertEquals(again, find(group));
            assertEquals(ModuleState.UNLOADED, group.moduleState(unloaded));
            initialize(world, self, again);
            world.leave(self);
        }
    },

    /** Loads a module with one rendezvous, and initialises it. */
    ADDER {
        @Override
        void play(final World world, final int self) {
            world.nobodyIsStopped();
            initialize(world, self, load(world, self, true));
            world.leave(self);
        }
    },

    /** Loads a module and grows the table with one commit, stopping the others, and initialises the module. */
    BATCHER {
        @Override
        void play(final World world, final int self) {
            initialize(world, self, loadAndGrow(world, self, false));
            world.leave(self);
        }
    },

    /** As the one before, without stopping the others. */
    BATCH_ADDER {
        @Override
        void play(final World world, final int self) {
            world.nobodyIsStopped();
            initialize(world, self, loadAndGrow(world, self, true));
            world.leave(self);
        }
    },

    /** Makes an operation. */
    GROWER {
        @Override
        void play(final World world, final int self) {
            world.grow(self);
            world.leave(self);
        }
    },

    /** Runs guest code and polls until the others are done; then an operation of its own runs into what they have left. */
    FOLLOWER {
        @Override
        void play(final World world, final int self) {
            poll(world, self);
            world.grow(self);
            world.leave(self);
        }
    },

    /** Runs guest code and polls until the others are done, and leaves. */
    LISTENER {
        @Override
        void play(final World world, final int self) {
            poll(world, self);
            world.leave(self);
        }
    },

    /** Is in a safe region at first. */
    SLEEPER {
        @Override
        void play(final World world, final int self) {
            world.group(self).enterSafeRegion();
            world.comeBack(self);
            poll(world, self);
            world.leave(self);
        }
    },

    /** Waits for the module that is being loaded, takes its data over if need be, and looks at what it can. */
    MODULE_USER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            int handle = 0;
            while (handle == 0 && !world.execution.hasEnded(0)) {
                handle = group.readOptimistically(state -> state.findModule(MODULE));
                if (handle == 0 && !group.doPendingLinkOperations(false)) {
                    group.cooperate();
                }
            }
            if (handle != 0 && group.awaitModule(handle) == ModuleState.DATA && group.claimModuleData(handle)) {
                group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
            }
            if (handle != 0) {
                final ModuleState state = group.moduleState(handle);
                assertTrue(
                        state == ModuleState.READY || state == ModuleState.FAILED || state == ModuleState.UNLOADED,
                        state.toString());
            }
            world.grow(self);
            world.leave(self);
        }
    },

    /** Holds the linker state for reading, and reads without. */
    READER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            try (LinkerStateReader state = group.readLinkerState()) {
                assertTrue(World.isWhole(state), "torn under the lock");
                assertTrue(world.isApplied(self, state), "seen and not applied");
            }
            final boolean right =
                    group.readOptimistically(state -> World.isWhole(state) && world.isApplied(self, state));
            assertTrue(right, "torn or not applied, and valid");
            final long stamp = group.tryOptimisticRead();
            if (stamp >= 0) {
                final boolean whole = World.isWhole(group.optimisticView());
                assertTrue(whole || !group.validate(stamp), "torn and valid");
            }
            world.leave(self);
        }
    },

    /** Changes the tables without an operation, twice while it holds them. */
    WRITER {
        @Override
        void play(final World world, final int self) {
            world.committed();
            world.committed();
            try (LinkerStateWriter state = world.group(self).writeLinkerState()) {
                state.freeMemory(self * World.PIECE, World.PIECE);
                state.commit();
                state.allocateMemory(World.PIECE, 8);
                state.commit();
            }
            world.leave(self);
        }
    },

    /** Takes a slot for a closure, by an operation of its own, prepares it, by another one, and gives it back. */
    CLOSURE_USER {
        @Override
        void play(final World world, final int self) {
            world.committed();
            world.committed();
            final int index = world.group(self).allocateClosureIndex();
            assertTrue(world.group(self).isClosure(index));
            world.group(self).prepareClosure(index, 0, self, "signature");
            world.checkIsOver(self);
            world.group(self).freeClosureIndex(index);
            world.leave(self);
        }
    },

    /** Holds a mutex, twice. */
    MUTEX_USER {
        @Override
        void play(final World world, final int self) {
            for (int round = 0; round < 2; round++) {
                final long grant = world.group(self).acquireMutex(0);
                world.inside(self);
                world.guestCode(self);
                world.outside(self);
                world.group(self).releaseMutex(0, grant);
            }
            world.leave(self);
        }
    },

    /** Holds the topology lease, offers it in vain, and gives it back while it is offered. */
    HOLDER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            final TopologyToken token = group.acquireTopologyToken();
            world.inside(self);
            token.offer();
            assertTrue(token.revoke());
            try (LinkerStateWriter state = group.writeLinkerStateHoldingTopology(token)) {
                assertTrue(World.isWhole(state));
            }
            world.outside(self);
            token.close();
            final TopologyToken again = group.tryAcquireTopologyToken();
            if (again != null) {
                again.offer();
                world.shared(self).topology.release(group.slot(), again.grant());
                assertFalse(again.revoke());
            }
            world.leave(self);
        }
    },

    /** Holds the topology lease for a while. */
    KEEPER {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            try (TopologyToken token = group.acquireTopologyToken()) {
                for (int i = 0; i < 4; i++) {
                    group.cooperate();
                }
                assertTrue(token.number() >= 0);
            }
            world.leave(self);
        }
    },

    /** Prepares another group, which claims the lease; takes the offer back if nobody has. */
    PARENT {
        @Override
        void play(final World world, final int self) {
            final PreparedInstanceGroup prepared = world.group(self).prepareForInstanceGroup();
            world.ticket(prepared.claimTicket());
            for (int i = 0; i < 3; i++) {
                world.group(self).cooperate();
            }
            prepared.cancel();
            world.grow(self);
            world.leave(self);
        }
    },

    /** The group that was prepared. */
    CHILD(true) {
        @Override
        void play(final World world, final int self) {
            world.attach(self);
            while (world.ticket() == null && !world.execution.hasEnded(0)) {
                world.execution.waiting();
            }
            if (world.ticket() != null) {
                try {
                    world.create(self, world.ticket());
                } catch (final IllegalStateException offerIsGone) {
                    assertNull(offerIsGone.getCause(), offerIsGone.getMessage());
                    world.detach(self);
                    return;
                }
                world.grow(self);
                world.leave(self);
            } else {
                world.detach(self);
            }
        }
    },

    /** Asks all that can be asked, in the middle of what others do. */
    OBSERVER {
        @Override
        void play(final World world, final int self) {
            final LinkerShared shared = world.shared(self);
            final InstanceGroup group = world.group(self);
            final Lease lease = shared.topology;
            final long before = lease.lastGrant();
            assertFalse(lease.isHeld(group.slot(), before), "held by who never asked");
            lease.isFree();
            shared.stateLock.isOrphaned();
            final long version = shared.stateLock.version();
            Redo.isValid(shared.buffer, shared.layout);
            final ProcessTable processes = world.processes(self);
            for (int i = 0; i < processes.capacity(); i++) {
                final ProcessInfo process = processes.process(i);
                if (process != null) {
                    assertTrue(process.pid() > 0 && process.attachedAt() > 0, "half an entry");
                    processes.liveness(i, process.generation());
                    assertTrue(processes.generation(i) >= process.generation());
                }
            }
            assertTrue(lease.lastGrant() >= before && shared.stateLock.version() >= version, "went back");
            poll(world, self);
            world.leave(self);
        }
    },

    /** Attaches, joins, makes an operation and leaves. */
    JOINER(true) {
        @Override
        void play(final World world, final int self) {
            world.attach(self);
            world.join(self);
            world.grow(self);
            world.leave(self);
        }
    },

    /** Attaches and makes the main group, or joins it, whoever else does that. */
    FIRST_OR_JOINER(true) {
        @Override
        void play(final World world, final int self) {
            world.attach(self);
            world.bootstrapOrJoin(self);
            world.leave(self);
        }
    },

    /** Attaches and makes the main group, or joins it. */
    BOOTSTRAPPER(true) {
        @Override
        void play(final World world, final int self) {
            world.attach(self);
            if (!world.shared(self).isBootstrapped()) {
                try {
                    world.bootstrap(self);
                } catch (final IllegalStateException madeByAnother) {
                    assertNull(madeByAnother.getCause(), madeByAnother.getMessage());
                    world.detach(self);
                    return;
                }
            } else {
                world.join(self);
            }
            world.leave(self);
        }
    },

    /** Asks for an operation with a deadline, perhaps in vain. */
    IMPATIENT {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int base = state.growTable(World.SLOTS);
                state.allocateMemory(World.PAGE, World.PAGE);
                final DlOperation operation = new DlOperation.AllocateFunctionTable(base, World.SLOTS);
                try {
                    group.synchronizeLinkOperation(state, operation, 1, TimeUnit.MILLISECONDS);
                } catch (final RendezvousTimeoutException withdrawn) {
                    group.synchronizeLinkOperation(state, operation);
                }
            }
            world.leave(self);
        }
    },

    /** Is away for a while, without a safe region. */
    BUSY {
        @Override
        void play(final World world, final int self) {
            for (int i = 0; i < 3; i++) {
                world.execution.waiting();
            }
            poll(world, self);
            world.leave(self);
        }
    },

    /** Makes an operation without whoever does not come to it. */
    EVICTOR {
        @Override
        void play(final World world, final int self) {
            world.shared(self).evictAfter(TimeUnit.MILLISECONDS.toNanos(1));
            world.grow(self);
            world.leave(self);
        }
    },

    /** Does not come, for a while; then it comes, or has been evicted. */
    DEAF {
        @Override
        void play(final World world, final int self) {
            final InstanceGroup group = world.group(self);
            for (int i = 0; i < 3; i++) {
                world.execution.waiting();
            }
            try {
                while (!othersAreDone(world, self)) {
                    if (!group.doPendingLinkOperations(false)) {
                        world.execution.waiting();
                    }
                }
                world.grow(self);
            } catch (final GroupEvictedException evicted) {
                assertTrue(group.isDead());
                assertThrows(InstanceGroupDeadException.class, () -> group.doPendingLinkOperations(true));
                world.detach(self);
                return;
            }
            world.leave(self);
        }
    },

    /** Looks at everything from outside, in the middle of what others do. */
    ONLOOKER {
        @Override
        void play(final World world, final int self) {
            final UniverseSnapshot snapshot = UniverseSnapshot.take("", world.shared(self), world.processes(self), 0);
            assertTrue(snapshot.groups().size() >= 1 && snapshot.processes().size() >= 1, snapshot::toString);
            snapshot.stalls(Duration.ZERO).forEach(stall -> assertTrue(stall.group() >= 0, stall::toString));
            poll(world, self);
            world.leave(self);
        }
    },

    /** Aborts the universe. */
    ABORTER {
        @Override
        void play(final World world, final int self) {
            world.group(self).abort(16);
            world.leave(self);
        }
    };

    static final String MODULE = "m";

    private final boolean newcomer;

    Role() {
        this(false);
    }

    Role(final boolean newcomer) {
        this.newcomer = newcomer;
    }

    /** Whether it attaches by itself, and has no group from set-up. */
    boolean isNewcomer() {
        return newcomer;
    }

    abstract void play(World world, int self);

    private static int load(final World world, final int self) {
        return load(world, self, false);
    }

    private static int load(final World world, final int self, final boolean atOnce) {
        final InstanceGroup group = world.group(self);
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            world.inside(self);
            final ModuleRecord module = register(state);
            final DlOperation operation = new DlOperation.LoadModules(List.of(module));
            if (atOnce) {
                group.addLinkOperation(state, operation);
            } else {
                group.synchronizeLinkOperation(state, operation);
            }
            world.checkIsOver(self);
            world.outside(self);
            return module.handle();
        }
    }

    private static int loadAndGrow(final World world, final int self, final boolean atOnce) {
        final InstanceGroup group = world.group(self);
        world.batches();
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            world.inside(self);
            final ModuleRecord module = register(state);
            state.enqueue(new DlOperation.LoadModules(List.of(module)));
            state.allocateMemory(2 * World.PAGE, World.PAGE);
            state.enqueueAllocateFunctionTable(state.growTable(2 * World.SLOTS), 2 * World.SLOTS);
            if (atOnce) {
                group.addEnqueued(state);
            } else {
                group.synchronizeEnqueued(state);
            }
            world.checkIsOver(self);
            world.outside(self);
            return module.handle();
        }
    }

    private static ModuleRecord register(final LinkerStateWriter state) {
        final int base = state.allocateTable(World.SLOTS, 1);
        final long address = state.allocateMemory(World.PAGE, World.PAGE);
        return state.registerModule(
                MODULE, "", new byte[ModuleRecord.HASH_LENGTH], address, World.PAGE, base, World.SLOTS, 0);
    }

    private static int find(final InstanceGroup group) {
        return group.readOptimistically(state -> state.findModule(MODULE));
    }

    private static void initialize(final World world, final int self, final int handle) {
        world.group(self).advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
        world.group(self).advanceModuleState(handle, ModuleState.CTORS, ModuleState.READY);
    }

    private static void poll(final World world, final int self) {
        while (!othersAreDone(world, self)) {
            world.guestCode(self);
            if (!world.group(self).doPendingLinkOperations(true)) {
                world.execution.waiting();
            }
        }
    }

    private static boolean othersAreDone(final World world, final int self) {
        for (int i = 0; i < self; i++) {
            if (!world.execution.hasEnded(i)) {
                return false;
            }
        }
        return true;
    }
}
