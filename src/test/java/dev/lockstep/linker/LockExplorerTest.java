package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.lock.Cooperation;
import dev.lockstep.lock.Lease;
import dev.lockstep.lock.StateLock;
import dev.lockstep.lock.Waker;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import org.junit.jupiter.api.Test;

/**
 * The lease and the state lock by themselves, in every interleaving of their accesses with up to a stated number of
 * preemptions, and with a death before each of them. Here and not beside the locks because the explorer is.
 */
class LockExplorerTest {
    /** What all scenarios share: a participant that waits lets the others go on, and finds the dead. */
    private abstract static class Locking implements Scenario {
        final Execution execution;
        final int slots;
        final SharedBuffer buffer;
        private final boolean[] reaping;

        Locking(final Execution execution, final int slots, final int bytes) {
            this.execution = execution;
            this.slots = slots;
            reaping = new boolean[slots];
            buffer = new ExploredBuffer(execution, execution.memory(bytes), index -> false);
        }

        /** Anybody, and after him whoever cleans up. */
        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return execution.deaths() == 0 || changes && reaping[participant];
        }

        /** Cleans up after the dead; called by survivors only. */
        abstract void reap(int dead);

        final Cooperation cooperation() {
            return new Waiting(this);
        }

        final void reapTheDead() {
            for (int slot = 0; slot < slots; slot++) {
                if (execution.isDead(slot)) {
                    reaping[execution.current()] = true;
                    reap(slot);
                }
            }
            reaping[execution.current()] = false;
        }
    }

    private static class Waiting implements Cooperation {
        final Locking locking;

        Waiting(final Locking locking) {
            this.locking = locking;
        }

        @Override
        public void begin() {}

        @Override
        public void pause() {
            locking.reapTheDead();
            locking.execution.waiting();
        }

        @Override
        public void end() {}
    }

    private static final class GivesUp extends Waiting {
        private static final class GivenUp extends RuntimeException {
            private static final long serialVersionUID = 1L;
        }

        GivesUp(final Locking locking) {
            super(locking);
        }

        @Override
        public void pause() {
            throw new GivenUp();
        }
    }

    /** Each participant takes the lease and frees it, some of them more than once, one of them perhaps in vain. */
    private static final class LeaseScenario extends Locking {
        private final Lease lease;
        private final int rounds;
        private final int givesUp;
        private int taken;
        private int owner = -1;

        LeaseScenario(final Execution execution, final int slots, final int rounds, final int givesUp) {
            super(execution, slots, LeaseDescriptor.length(slots));
            lease = new Lease(buffer, 0, slots, Waker.NONE);
            this.rounds = rounds;
            this.givesUp = givesUp;
        }

        @Override
        public void run(final int slot) {
            final Cooperation cooperation = slot == givesUp ? new GivesUp(this) : cooperation();
            for (int round = 0; round < rounds; round++) {
                final long grant;
                try {
                    grant = lease.acquire(slot, cooperation);
                } catch (final GivesUp.GivenUp gone) {
                    continue;
                }
                taken++;
                assertTrue(owner < 0 || execution.isDead(owner), "owned twice");
                owner = slot;
                assertTrue(lease.isHeld(slot, grant), "not the owner: grant=" + grant);
                owner = -1;
                lease.release(slot, grant);
            }
        }

        @Override
        void reap(final int dead) {
            lease.reapTicket(dead);
            if (owner == dead) {
                owner = -1;
            }
            lease.reapOwner(dead);
        }

        @Override
        public void check() {
            reapTheDead();
            assertTrue(lease.isFree(), "lease is lost");
            for (int slot = 0; slot < slots; slot++) {
                assertEquals(0, buffer.getLong(LeaseDescriptor.ticketOffset(slot)), "ticket left behind: slot=" + slot);
            }
            assertTrue(lease.lastGrant() >= taken, "grants are given once");
        }
    }

    /** One participant reads, the others write; each stays inside for a while. */
    private static final class StateLockScenario extends Locking {
        private static final int READER = 1;

        private final StateLock lock;
        private final int givesUp;
        private final boolean[] inside;

        StateLockScenario(final Execution execution, final int slots, final int givesUp) {
            super(execution, slots, StateLockDescriptor.length(slots));
            lock = new StateLock(buffer, 0, slots, Waker.NONE);
            this.givesUp = givesUp;
            inside = new boolean[slots];
        }

        /** Leaves the reader's summary bit set, as it is in steady state. */
        @Override
        public void setUp(final int participant) {
            if (participant == READER) {
                assertTrue(lock.tryRead(READER), "free");
                lock.unlockRead(READER);
            }
        }

        @Override
        public void run(final int slot) {
            final Cooperation cooperation = slot == givesUp ? new GivesUp(this) : cooperation();
            try {
                if (slot == READER) {
                    lock.read(slot, cooperation);
                    stayInside(slot, false);
                    lock.unlockRead(slot);
                } else {
                    lock.write(slot, cooperation);
                    stayInside(slot, true);
                    lock.unlockWrite(slot);
                }
            } catch (final GivesUp.GivenUp gone) {
                assertFalse(lock.isWriter(slot), "held by who gave up");
            }
        }

        private void stayInside(final int slot, final boolean writes) {
            for (int other = 0; other < slots; other++) {
                final boolean excluded = writes || other != READER;
                assertFalse(excluded && inside[other] && !execution.isDead(other), "together with slot=" + other);
            }
            inside[slot] = true;
            lock.version(); // somebody may come in here, while what the caller has stored is still late
            lock.version();
            execution.waiting();
            inside[slot] = false;
        }

        @Override
        void reap(final int dead) {
            lock.unlockRead(dead);
            lock.reapWriter(dead);
        }

        @Override
        public void check() {
            reapTheDead();
            assertTrue(lock.tryWrite(0), "lock is free in the end");
        }
    }

    /** The others write two words that belong together, one of them reads them without taking the lock. */
    private static final class OptimisticScenario extends Locking {
        private static final int READER = 0;

        private final StateLock lock;
        private final int words;

        OptimisticScenario(final Execution execution, final int slots) {
            super(execution, slots, StateLockDescriptor.length(slots) + 2 * Long.BYTES);
            lock = new StateLock(buffer, 0, slots, Waker.NONE);
            words = StateLockDescriptor.length(slots);
        }

        @Override
        public void run(final int slot) {
            if (slot != READER) {
                lock.write(slot, cooperation());
                final long next = buffer.getLong(words) + 1;
                buffer.putLong(words, next);
                buffer.putLong(words + Long.BYTES, next);
                lock.unlockWrite(slot);
                return;
            }
            for (int look = 0; look < 3; look++) {
                final long stamp = lock.tryOptimisticRead();
                if (stamp != StateLock.NO_STAMP) {
                    final long one = buffer.getLong(words);
                    final long other = buffer.getLong(words + Long.BYTES);
                    assertTrue(!lock.validate(stamp) || one == other, "torn and valid");
                }
            }
        }

        @Override
        void reap(final int dead) {
            lock.reapWriter(dead);
        }

        @Override
        public void check() {
            assertTrue(lock.tryWrite(READER), "lock is free in the end");
            assertEquals(buffer.getLong(words), buffer.getLong(words + Long.BYTES));
        }
    }

    @Test
    void shouldReadOptimisticallyWhatBelongsTogether() throws Exception {
        explore("optimistic", 2, new Bounds(4, 2, 0), execution -> new OptimisticScenario(execution, 2));
        explore("optimistic, two writers", 3, new Bounds(3, 2, 0), execution -> new OptimisticScenario(execution, 3));
    }

    @Test
    void shouldLoseNoGrantBetweenReleaserAndWaiter() throws Exception {
        explore("lease, two rounds each", 2, new Bounds(3, 0, 0), execution -> new LeaseScenario(execution, 2, 2, -1));
        explore("lease, late stores", 2, new Bounds(2, 1, 0), execution -> new LeaseScenario(execution, 2, 2, -1));
    }

    @Test
    void shouldOwnLeaseOneAtATimeWhenThreeContend() throws Exception {
        explore("lease, three contend", 3, new Bounds(3, 0, 0), execution -> new LeaseScenario(execution, 3, 1, -1));
    }

    @Test
    void shouldLoseNoGrantWhenWaiterGivesUp() throws Exception {
        explore("lease, waiter gives up", 3, new Bounds(2, 0, 0), execution -> new LeaseScenario(execution, 3, 1, 1));
        explore(
                "lease, waiter gives up, late stores",
                2,
                new Bounds(4, 1, 0),
                execution -> new LeaseScenario(execution, 2, 1, 1));
    }

    @Test
    void shouldPassLeaseOnWhenAnyoneDiesAtAnyAccess() throws Exception {
        explore("lease, death", 3, new Bounds(1, 0, 1), execution -> new LeaseScenario(execution, 3, 1, -1));
        explore("lease, deaths", 4, new Bounds(0, 1, 3), execution -> new LeaseScenario(execution, 4, 1, -1));
    }

    @Test
    void shouldExcludeReaderAndWritersFromEachOther() throws Exception {
        explore("state lock", 2, new Bounds(3, 0, 0), execution -> new StateLockScenario(execution, 2, -1));
        explore(
                "state lock, late stores",
                2,
                new Bounds(3, 2, 0),
                execution -> new StateLockScenario(execution, 2, -1));
        explore(
                "state lock, two writers",
                3,
                new Bounds(2, 1, 0),
                execution -> new StateLockScenario(execution, 3, -1));
    }

    @Test
    void shouldGiveStateLockBackWhenWriterGivesUp() throws Exception {
        explore(
                "state lock, writer gives up",
                2,
                new Bounds(2, 1, 0),
                execution -> new StateLockScenario(execution, 2, 0));
    }

    @Test
    void shouldExcludeReaderAndWriterWhenAnotherWriterDiesAtAnyAccess() throws Exception {
        explore("state lock, death", 3, new Bounds(2, 0, 1), execution -> new StateLockScenario(execution, 3, -1));
        explore("state lock, deaths", 4, new Bounds(0, 1, 3), execution -> new StateLockScenario(execution, 4, -1));
    }

    private static void explore(
            final String name, final int participants, final Bounds bounds, final Scenario.Factory factory)
            throws Exception {
        final Explorer explorer = new Explorer(name, participants, bounds, factory).exhaust();
        if (bounds.kills() > 0) {
            explorer.requireKills(10);
        }
    }
}
