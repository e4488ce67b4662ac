package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.lock.Cooperation;
import dev.lockstep.lock.Lease;
import dev.lockstep.lock.StateLock;
import dev.lockstep.lock.Waker;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.StateLockDescriptor;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the protocol promises beside safety: stories that look closely at one promise each. */
class LockstepExplorerTest {
    /** When an operation is over, every group that takes part has applied it. */
    private static final class Lockstep extends Promise {
        Lockstep(final Execution execution) {
            super(execution, 2, 2);
            world.applySlowly();
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                world.grow(participant);
                world.checkApplied(2);
                world.leave(participant);
            } else {
                Role.LISTENER.play(world, participant);
            }
        }
    }

    /** A group that is back from a safe region has applied what the others have made meanwhile, before it goes on. */
    private static final class ComingBack extends Promise {
        private boolean isOver;

        ComingBack(final Execution execution) {
            super(execution, 2, 2);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                world.grow(participant);
                isOver = true;
            } else {
                world.group(participant).enterSafeRegion();
                world.comeBack(participant);
                world.checkApplied(isOver ? 2 : 1);
            }
            world.leave(participant);
        }
    }

    /** Of three groups one comes too late for the deadline; who was in time is waited for again when it is tried again. */
    private static final class Withdrawn extends Promise {
        private boolean isWithdrawn;

        Withdrawn(final Execution execution) {
            super(execution, 3, 3);
        }

        @Override
        public void run(final int participant) {
            switch (participant) {
                case 0 -> tryTwice(world.group(participant));
                case 1 -> Role.LISTENER.play(world, participant);
                default -> {
                    while (!isWithdrawn) {
                        execution.waiting();
                    }
                    Role.LISTENER.play(world, participant);
                }
            }
        }

        private void tryTwice(final InstanceGroup group) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int base = state.growTable(World.SLOTS);
                state.allocateMemory(World.PAGE, World.PAGE);
                final DlOperation operation = new DlOperation.AllocateFunctionTable(base, World.SLOTS);
                assertThrows(
                        RendezvousTimeoutException.class,
                        () -> group.synchronizeLinkOperation(state, operation, 1, TimeUnit.MILLISECONDS));
                isWithdrawn = true;
                group.synchronizeLinkOperation(state, operation);
            }
            world.leave(0);
        }
    }

    /** A group that is found late dies: whoever gets its slot then is neither evicted nor reaped in its stead. */
    private static final class LateEviction extends Promise {
        private static final int LATE = 1;

        LateEviction(final Execution execution) {
            super(execution, 3, 2);
        }

        @Override
        public void run(final int participant) {
            switch (participant) {
                case 0 -> Role.EVICTOR.play(world, participant);
                case LATE -> {
                    final long begin = execution.nanoTime();
                    while (execution.nanoTime() == begin) {
                        execution.waiting();
                    }
                    try {
                        world.leave(participant);
                    } catch (final GroupEvictedException evicted) {
                        world.detach(participant);
                    }
                }
                default -> {
                    while (!execution.hasEnded(LATE)) {
                        execution.waiting();
                    }
                    Role.JOINER.play(world, participant);
                }
            }
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return participant == LATE && changes;
        }
    }

    /** One dies, and while it is reaped somebody joins: whoever has the slot then keeps what it takes. */
    private static final class SlotAgain extends Promise {
        private static final int VICTIM = 1;

        private boolean isReaping;

        SlotAgain(final Execution execution) {
            super(execution, 3, 2);
        }

        @Override
        public void run(final int participant) {
            if (participant == VICTIM) {
                world.group(participant).enterSafeRegion();
                world.leave(participant);
                return;
            }
            while (!execution.hasEnded(VICTIM) || (participant != 0 && !isReaping)) {
                execution.waiting();
            }
            if (participant == 0) {
                isReaping = true;
                world.shared(participant).checkForDeaths();
            } else {
                world.attach(participant);
                world.join(participant);
                final InstanceGroup group = world.group(participant);
                try (TopologyToken token = group.acquireTopologyToken()) {
                    group.doPendingLinkOperations(false);
                    assertTrue(world.shared(participant).topology.isHeld(group.slot(), token.grant()), "lease is lost");
                }
            }
            world.leave(participant);
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return participant == VICTIM && changes && !world.group(participant).isInSafeRegion();
        }
    }

    /** Two join at once: each gets a slot of its own. */
    private static final class Joiners extends Promise {
        private final int[] slots = {0, -1, -2};

        Joiners(final Execution execution) {
            super(execution, 3, 1);
        }

        @Override
        public void run(final int participant) {
            if (participant != 0) {
                world.attach(participant);
                world.join(participant);
                slots[participant] = world.group(participant).slot();
                assertTrue(slots[1] != slots[2], "two groups in one slot");
                execution.waiting();
                slots[participant] = -participant;
            }
            world.leave(participant);
        }
    }

    /** A group claims what its parent takes back at that moment. */
    private static final class ClaimAndCancel extends Promise {
        private boolean isAttached;

        ClaimAndCancel(final Execution execution) {
            super(execution, 2, 1);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                final PreparedInstanceGroup prepared = world.group(participant).prepareForInstanceGroup();
                world.ticket(prepared.claimTicket());
                while (!isAttached) {
                    world.group(participant).cooperate();
                }
                prepared.cancel();
                world.grow(participant);
                world.leave(participant);
            } else {
                world.attach(participant);
                while (world.ticket() == null) {
                    execution.waiting();
                }
                isAttached = true;
                try {
                    world.create(participant, world.ticket());
                } catch (final IllegalStateException offerIsGone) {
                    world.detach(participant);
                    return;
                }
                world.grow(participant);
                world.leave(participant);
            }
        }
    }

    /** Whoever is told that the universe is aborted is told the code. */
    private static final class AbortCode extends Promise {
        AbortCode(final Execution execution) {
            super(execution, 2, 2);
        }

        @Override
        public void run(final int participant) {
            try {
                (participant == 0 ? Role.GROWER : Role.ABORTER).play(world, participant);
            } catch (final SynchronizationAbortedException aborted) {
                assertEquals(16, aborted.code());
                world.group(participant).shutdownInstanceGroup();
            }
        }

        @Override
        public void check() {
            world.checkWhatIsLeft(true);
        }
    }

    /** Somebody looks for damaged words all the time; nothing that others do is taken for damage. */
    private abstract static class Watched extends Promise {
        Watched(final Execution execution, final int participants, final int groups) {
            super(execution, participants, groups);
        }

        final void lookUntilEndOf(final int other, final int self) {
            final WordChecks checks = new WordChecks(world.shared(self), world.processes(self));
            while (!execution.hasEnded(other)) {
                checks.check();
                execution.waiting();
            }
        }
    }

    /** One holds lease and linker state, one waits for the lease, then they leave. */
    private static final class WatchedLeaving extends Watched {
        private static final int HOLDER = 0;
        private static final int WAITER = 1;

        WatchedLeaving(final Execution execution) {
            super(execution, 3, 2);
        }

        @Override
        public void run(final int participant) {
            switch (participant) {
                case HOLDER -> {
                    try (LinkerStateWriter state = world.group(participant).writeLinkerStateWithTopology()) {
                        execution.waiting();
                        assertTrue(World.isWhole(state));
                    }
                    world.leave(participant);
                }
                case WAITER -> {
                    try (TopologyToken token = world.group(participant).acquireTopologyToken()) {
                        assertTrue(token.number() >= 0);
                    }
                    world.leave(participant);
                }
                default -> {
                    world.attach(participant);
                    lookUntilEndOf(WAITER, participant);
                    world.detach(participant);
                }
            }
        }
    }

    /** A process comes, its group reads, and both go. */
    private static final class WatchedVisit extends Watched {
        WatchedVisit(final Execution execution) {
            super(execution, 2, 1);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                lookUntilEndOf(1, participant);
            } else {
                world.attach(participant);
                world.join(participant);
                try (LinkerStateReader state = world.group(participant).readLinkerState()) {
                    execution.stepAside();
                    assertTrue(World.isWhole(state));
                }
            }
            world.leave(participant);
        }
    }

    /** The words of two operations whose owners have died: the linker state is orphaned, and finished by another one. */
    private static final class WatchedOrphans extends Watched {
        WatchedOrphans(final Execution execution) {
            super(execution, 2, 1);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                for (int i = 0; i < 2; i++) {
                    orphanAndTakeOver(
                            world.shared(participant), world.group(participant).slot());
                    execution.stepAside();
                }
                world.leave(participant);
            } else {
                world.attach(participant);
                lookUntilEndOf(0, participant);
                world.detach(participant);
            }
        }

        private void orphanAndTakeOver(final LinkerShared shared, final int slot) {
            final long grant = shared.topology.tryAcquire(slot);
            assertTrue(grant != Lease.NONE && shared.stateLock.tryWrite(slot), "free");
            final long stop = ControlWord.stop(shared.control());
            assertTrue(shared.step(shared.control(), stop), "IDLE");
            shared.stateLock.orphan(slot);
            execution.stepAside();
            assertTrue(shared.stateLock.takeOver(slot), "orphaned");
            assertTrue(shared.step(stop, ControlWord.withPhase(stop, ControlWord.IDLE)), "STOP");
            shared.stateLock.unlockWrite(slot);
            shared.topology.release(slot, grant);
        }
    }

    /** A group is late for a rendezvous while it holds a mutex: it is waited for. */
    private static final class LateHolder extends Promise {
        private boolean isHeld;

        LateHolder(final Execution execution) {
            super(execution, 2, 2);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                while (!isHeld) {
                    execution.waiting();
                }
                Role.EVICTOR.play(world, participant);
            } else {
                final InstanceGroup group = world.group(participant);
                final long grant = group.acquireMutex(0);
                isHeld = true;
                for (int i = 0; i < 3; i++) {
                    execution.waiting();
                }
                group.doPendingLinkOperations(false);
                group.releaseMutex(0, grant);
                Role.LISTENER.play(world, participant);
            }
        }
    }

    /** A module fails, or is unloaded, while a group has been evicted: it is taken out when that group does nothing with it any more. */
    private static final class TakenOut extends Promise {
        private final boolean comesAtFirst;
        private boolean isLoaded;

        /** The one that is evicted is so while the module is loaded, or, if it has come to that, while it is taken out. */
        TakenOut(final Execution execution, final boolean comesAtFirst) {
            super(execution, 2, 2);
            this.comesAtFirst = comesAtFirst;
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                final InstanceGroup group = world.group(participant);
                world.nobodyIsStopped(); // who is evicted runs on, but for what takes something away
                world.shared(participant).evictAfter(TimeUnit.MILLISECONDS.toNanos(1));
                final int handle = load(group);
                isLoaded = true;
                if (comesAtFirst) {
                    group.advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
                    group.advanceModuleState(handle, ModuleState.CTORS, ModuleState.READY);
                } else {
                    group.advanceModuleState(handle, ModuleState.DATA, ModuleState.FAILED);
                }
                while (!takeOut(group, handle)) {
                    group.cooperate();
                }
                world.leave(participant);
            } else {
                while (comesAtFirst && !isLoaded && !world.group(participant).doPendingLinkOperations(false)) {
                    execution.waiting();
                }
                world.stayInGuestCode(participant);
                Role.DEAF.play(world, participant);
            }
        }

        /** The other one is evicted, or not. */
        private int load(final InstanceGroup group) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final int base = state.growTable(World.SLOTS);
                final long address = state.allocateMemory(World.PAGE, World.PAGE);
                final ModuleRecord module = state.registerModule(
                        "m", "", new byte[ModuleRecord.HASH_LENGTH], address, World.PAGE, base, World.SLOTS, 0);
                group.synchronizeLinkOperation(state, new DlOperation.LoadModules(List.of(module)));
                return module.handle();
            }
        }

        private boolean takeOut(final InstanceGroup group, final int handle) {
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                if (!(comesAtFirst ? state.unloadModule(handle) : state.retireModule(handle))) {
                    return false;
                }
                world.checkIsOver(0);
                group.synchronizeLinkOperation(state, new DlOperation.RetireModule(handle));
                return true;
            } catch (final RendezvousTimeoutException evictedNow) {
                return false;
            }
        }
    }

    /** One dies in its operation, two wait for the lease: whoever it is handed to finishes the operation. */
    private static final class InTurn extends Promise {
        private boolean isUnderWay;

        InTurn(final Execution execution) {
            super(execution, 3, 3);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                final InstanceGroup group = world.group(participant);
                try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                    final int base = state.growTable(World.SLOTS);
                    state.allocateMemory(World.PAGE, World.PAGE);
                    isUnderWay = true;
                    group.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(base, World.SLOTS));
                    isUnderWay = false;
                }
                world.leave(participant);
            } else {
                Role.GROWER.play(world, participant);
            }
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return participant == 0 && changes && isUnderWay;
        }
    }

    /** One waits in turn, the others take the lease if it is free and nobody waits. */
    private static class Fairness implements Scenario {
        static final int WAITER = 1;
        private static final int TRIES = 4;

        final Execution execution;
        final Lease lease;
        private int waits;
        private int current;

        Fairness(final Execution execution, final int slots) {
            this.execution = execution;
            final int bytes = LeaseDescriptor.length(slots);
            lease = new Lease(
                    new ExploredBuffer(execution, execution.memory(bytes), index -> false), 0, slots, Waker.NONE);
        }

        private final class Waiting implements Cooperation {
            @Override
            public void begin() {
                current = ++waits;
            }

            @Override
            public void pause() {
                execution.waiting();
            }

            @Override
            public void end() {
                current = 0;
            }
        }

        void hold() {}

        @Override
        public void run(final int slot) {
            for (int i = 0; i < TRIES; i++) {
                if (slot != WAITER) {
                    final int waitedBefore = current;
                    final long grant = lease.tryAcquire(slot);
                    if (grant != Lease.NONE) {
                        assertTrue(waitedBefore == 0 || waitedBefore != current, "overtakes who waits");
                        hold();
                        lease.release(slot, grant);
                    }
                } else {
                    lease.release(slot, lease.acquire(slot, new Waiting()));
                }
            }
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return false;
        }

        @Override
        public void check() {
            assertTrue(lease.isFree(), "lease is lost");
        }
    }

    /** Somebody has given up waiting; whoever finds that nobody waits any more does so while somebody begins to. */
    private static final class StaleHint extends Fairness {
        private long grant;
        private boolean isReleasing;

        StaleHint(final Execution execution) {
            super(execution, 3);
        }

        private static final class GivenUp extends RuntimeException {
            private static final long serialVersionUID = 1L;
        }

        private static final class GivesUp implements Cooperation {
            @Override
            public void begin() {}

            @Override
            public void pause() {
                throw new GivenUp();
            }

            @Override
            public void end() {}
        }

        @Override
        public void setUp(final int participant) {
            if (participant == WAITER) {
                grant = lease.tryAcquire(WAITER);
                assertThrows(GivenUp.class, () -> lease.acquire(0, new GivesUp()));
            }
        }

        @Override
        void hold() {
            execution.stepAside();
        }

        @Override
        public void run(final int slot) {
            if (slot == WAITER) {
                isReleasing = true;
                lease.release(WAITER, grant);
            }
            while (!isReleasing) {
                execution.waiting();
            }
            super.run(slot);
        }
    }

    /** A writer dies at its look for readers; the next one goes on behind it. The reader has read before. */
    private static final class WriterDiesLooking implements Scenario {
        private static final int VICTIM = 0;
        private static final int READER = 2;

        private final Execution execution;
        private final StateLock lock;
        private boolean reads;

        WriterDiesLooking(final Execution execution) {
            this.execution = execution;
            final int bytes = StateLockDescriptor.length(3);
            lock = new StateLock(
                    new ExploredBuffer(execution, execution.memory(bytes), index -> false), 0, 3, Waker.NONE);
        }

        @Override
        public void setUp(final int participant) {
            if (participant == READER) {
                assertTrue(lock.tryRead(READER), "free");
                lock.unlockRead(READER);
            }
        }

        @Override
        public void run(final int slot) {
            if (slot == READER) {
                if (lock.tryRead(slot)) {
                    reads = true;
                    execution.waiting();
                    reads = false;
                    lock.unlockRead(slot);
                }
                return;
            }
            if (slot != VICTIM) {
                while (!execution.hasEnded(VICTIM)) {
                    execution.waiting();
                }
                lock.reapWriter(VICTIM);
                execution.waiting();
            }
            if (lock.tryWrite(slot)) {
                assertFalse(reads, "together with a reader");
                lock.unlockWrite(slot);
            }
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return participant == VICTIM;
        }

        @Override
        public void check() {
            assertTrue(lock.tryWrite(1), "lock is free in the end");
        }
    }

    @Test
    void shouldExcludeReaderFromWhoWritesAfterDeadWriter() throws Exception {
        new Explorer("writer dies looking", 3, new Bounds(2, 0, 1), WriterDiesLooking::new).exhaust();
    }

    @Test
    void shouldClaimOrCancelAndNotBoth() throws Exception {
        new Explorer("claim and cancel", 2, new Bounds(2, 0, 0), ClaimAndCancel::new).exhaust();
    }

    @Test
    void shouldLetNobodyRunBeforeAllHaveApplied() throws Exception {
        new Explorer("lockstep", 2, new Bounds(2, 0, 0), Lockstep::new).exhaust();
    }

    @Test
    void shouldHaveAppliedEverythingWhenBackFromSafeRegion() throws Exception {
        new Explorer("coming back", 2, new Bounds(2, 0, 0), ComingBack::new).exhaust();
    }

    @Test
    void shouldWaitForEverybodyAgainAfterWithdrawal() throws Exception {
        new Explorer("withdrawn", 3, new Bounds(1, 0, 0), Withdrawn::new).exhaust();
    }

    @Test
    void shouldGiveEveryGroupItsOwnSlot() throws Exception {
        new Explorer("joiners", 3, new Bounds(1, 0, 0), Joiners::new).exhaust();
    }

    @Test
    void shouldTakeNothingFromWhoHasTheSlotByNow() throws Exception {
        new Explorer("slot again", 3, new Bounds(2, 0, 1), SlotAgain::new).exhaust();
    }

    @Test
    void shouldEvictNobodyElseWhoHasTheSlotByNow() throws Exception {
        new Explorer("late eviction", 3, new Bounds(1, 0, 1), LateEviction::new).exhaust();
    }

    @Test
    void shouldNotTakeWhoLeavesForDamage() throws Exception {
        new Explorer("watched leaving", 3, new Bounds(1, 0, 0), WatchedLeaving::new).exhaust();
    }

    @Test
    void shouldNotTakeWhoComesAndGoesForDamage() throws Exception {
        new Explorer("watched visit", 2, new Bounds(2, 0, 0), WatchedVisit::new).exhaust();
    }

    @Test
    void shouldNotTakeOperationsOfTheDeadForDamage() throws Exception {
        new Explorer("watched orphans", 2, new Bounds(2, 0, 0), WatchedOrphans::new).exhaust();
    }

    @Test
    void shouldWaitForWhoIsLateAndHoldsSomething() throws Exception {
        new Explorer("late holder", 2, new Bounds(1, 0, 0), LateHolder::new).exhaust();
    }

    @Test
    void shouldTakeModuleOutWhenNobodyRunsOnWithIt() throws Exception {
        final Bounds bounds = new Bounds(1, 0, 0);
        new Explorer("taken out", 2, bounds, execution -> new TakenOut(execution, false)).exhaust();
        new Explorer("taken out meanwhile", 2, bounds, execution -> new TakenOut(execution, true)).exhaust();
    }

    @Test
    void shouldFinishOperationOfTheDeadWhenLeaseIsHandedOver() throws Exception {
        new Explorer("in turn", 3, new Bounds(1, 0, 1), InTurn::new).exhaust();
    }

    @Test
    void shouldTellEverybodyTheCodeOfTheAbort() throws Exception {
        new Explorer("abort code", 2, new Bounds(2, 0, 0), AbortCode::new).exhaust();
    }

    @Test
    void shouldNotOvertakeWhoWaits() throws Exception {
        new Explorer("fairness", 2, new Bounds(3, 0, 0), execution -> new Fairness(execution, 2)).exhaust();
        new Explorer("fairness, stale hint", 3, new Bounds(3, 0, 0), StaleHint::new).exhaust();
    }
}
