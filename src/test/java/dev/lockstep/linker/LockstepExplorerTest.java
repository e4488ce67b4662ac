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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the protocol promises beside safety: stories that look closely at one promise each. */
class LockstepExplorerTest {
    /** Participants with a group from set-up, or without. */
    private abstract static class Promise implements Scenario {
        final Execution execution;
        final World world;
        private final int groups;

        Promise(final Execution execution, final int participants, final int groups) {
            this.execution = execution;
            this.groups = groups;
            world = new World(execution, participants, false);
        }

        @Override
        public final void setUp(final int participant) {
            if (participant < groups) {
                world.attach(participant);
                if (participant == 0) {
                    world.bootstrap(participant);
                } else {
                    world.join(participant);
                }
            }
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return false;
        }

        @Override
        public void check() {
            world.checkWhatIsLeft(false);
        }
    }

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
                world.assertApplied(2);
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
                world.group(participant).exitSafeRegion();
                world.assertApplied(isOver ? 2 : 1);
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

    /** One waits in turn, the others take the lease if it is free and nobody waits. */
    private static final class Fairness implements Scenario {
        private static final int WAITER = 1;
        private static final int TRIES = 4;

        private final Execution execution;
        private final Lease lease;
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

        @Override
        public void setUp(final int participant) {}

        @Override
        public void run(final int slot) {
            for (int i = 0; i < TRIES; i++) {
                if (slot != WAITER) {
                    final int waitedBefore = current;
                    final long grant = lease.tryAcquire(slot);
                    if (grant != Lease.NONE) {
                        assertTrue(waitedBefore == 0 || waitedBefore != current, "overtakes who waits");
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
    void shouldEvictNobodyElseWhoHasTheSlotByNow() throws Exception {
        new Explorer("late eviction", 3, new Bounds(1, 0, 1), LateEviction::new).exhaust();
    }

    @Test
    void shouldTellEverybodyTheCodeOfTheAbort() throws Exception {
        new Explorer("abort code", 2, new Bounds(2, 0, 0), AbortCode::new).exhaust();
    }

    @Test
    void shouldNotOvertakeWhoWaits() throws Exception {
        new Explorer("fairness", 2, new Bounds(3, 0, 0), execution -> new Fairness(execution, 2)).exhaust();
    }
}
