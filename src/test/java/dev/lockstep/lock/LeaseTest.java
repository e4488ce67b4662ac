package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LeaseTest {
    private static final int SLOTS = 16;
    private static final int MOST_OVERTAKEN = 8;
    private static final int A = 3;
    private static final int B = 7;
    private static final int C = 11;
    private static final int D = 13;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(LeaseDescriptor.length(SLOTS));
    private final SharedBuffer buffer = new MappedBuffer(memory);
    private final List<Integer> woken = new ArrayList<>();
    private final Lease lease = new Lease(buffer, 0, SLOTS, new Waker() {
        @Override
        public boolean isAnybodyWaiting() {
            return true;
        }

        @Override
        public void wake(final int slot) {
            if (slot >= 0) {
                synchronized (woken) {
                    woken.add(slot);
                }
            }
        }

        @Override
        public void wakeAll() {}

        @Override
        public void enter(final int slot) {}

        @Override
        public void leave(final int slot) {}
    });

    private long ticket(final int slot) {
        return buffer.getLongVolatile(LeaseDescriptor.ticketOffset(slot));
    }

    private Lease through(final HookedBuffer view) {
        return new Lease(view, 0, SLOTS, Waker.NONE);
    }

    /** Waits in another thread; halted at its first pause, until it is resumed. */
    private Halted startWaiting(final int slot) {
        return startWaiting(slot, grant -> {});
    }

    private Halted startWaiting(final int slot, final java.util.function.LongConsumer owning) {
        return Halted.start(self -> {
            final long grant = lease.acquire(slot, new Pauses.Counting(self::halt));
            owning.accept(grant);
            lease.release(slot, grant);
        });
    }

    // ---- one at a time ---------------------------------------------------------------------------------------------

    @Test
    void shouldCountGrantsFromOneWhenMemoryIsZeroed() {
        assertTrue(lease.isFree());
        assertEquals(0, lease.lastGrant());
        for (long expected = 1; expected <= 5; expected++) {
            assertEquals(expected, lease.acquire(A, Pauses.never()));
            assertEquals(A, lease.owner());
            assertTrue(lease.isHeld(A, expected));
            assertFalse(lease.isHeld(B, expected));
            lease.release(A, expected);
            assertTrue(lease.isFree());
            assertEquals(-1, lease.owner());
            assertEquals(expected, lease.lastGrant());
        }
    }

    @Test
    void shouldRefuseSecondOwnerUntilTheFirstReleases() {
        final long grant = lease.tryAcquire(A);
        assertEquals(1, grant);
        assertEquals(Lease.NONE, lease.tryAcquire(B));
        assertEquals(Lease.NONE, lease.tryAcquire(A), "not reentrant");
        lease.release(A, grant);
        assertEquals(2, lease.tryAcquire(B));
    }

    @Test
    void shouldRefuseToWaitForLeaseThatTheSlotHolds() {
        final long grant = lease.tryAcquire(A);
        assertThrows(IllegalMonitorStateException.class, () -> lease.acquire(A, Pauses.never()));
        assertTrue(lease.isHeld(A, grant));
        assertEquals(0, ticket(A));
        lease.release(A, grant);
        assertTrue(lease.isFree());
    }

    @Test
    void shouldRefuseReleaseByStaleGrantOrOtherSlot() {
        final long stale = lease.tryAcquire(A);
        lease.release(A, stale);
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(A, stale));
        final long current = lease.tryAcquire(A);
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(A, stale));
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(B, current));
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(A, current + 1));
        assertThrows(IllegalMonitorStateException.class, () -> lease.transfer(A, stale, B));
        assertThrows(IllegalMonitorStateException.class, () -> lease.offer(B, current));
        assertTrue(lease.isHeld(A, current), "refusals change nothing");
        final String message = assertThrows(IllegalMonitorStateException.class, () -> lease.release(B, stale))
                .getMessage();
        assertTrue(
                message.contains("slot=7") && message.contains("grant=1") && message.contains("current grant=2"),
                message);
    }

    @Test
    void shouldKeepGrantWhenTransferred() {
        final long grant = lease.tryAcquire(A);
        lease.transfer(A, grant, B);
        assertEquals(B, lease.owner());
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(A, grant));
        lease.release(B, grant);
        assertEquals(grant + 1, lease.tryAcquire(C));
    }

    @Test
    void shouldStayOwnersUntilOfferIsClaimedOnce() {
        final long grant = lease.tryAcquire(A);
        assertFalse(lease.claim(A, grant, B), "nothing was offered");
        lease.offer(A, grant);
        assertEquals(A, lease.owner());
        assertEquals(Lease.NONE, lease.tryAcquire(C));
        assertFalse(lease.claim(A, grant + 1, B));
        assertFalse(lease.claim(C, grant, B));
        assertTrue(lease.claim(A, grant, B));
        assertFalse(lease.claim(A, grant, C), "claimed twice");
        assertFalse(lease.revoke(A, grant), "revoked after the claim");
        assertThrows(IllegalMonitorStateException.class, () -> lease.release(A, grant));
        assertTrue(lease.isHeld(B, grant));
        lease.release(B, grant);
        assertTrue(lease.isFree());
    }

    @Test
    void shouldRefuseClaimWhenOfferWasRevokedOrReleased() {
        final long first = lease.tryAcquire(A);
        lease.offer(A, first);
        assertTrue(lease.revoke(A, first));
        assertFalse(lease.revoke(A, first));
        assertFalse(lease.claim(A, first, B));
        lease.offer(A, first);
        lease.release(A, first);
        assertFalse(lease.claim(A, first, B));
        final long second = lease.tryAcquire(A);
        lease.offer(A, second);
        assertFalse(lease.claim(A, first, B), "claim ticket of an earlier grant");
    }

    // ---- in turn ---------------------------------------------------------------------------------------------------

    @Test
    void shouldServeWaitersInTheOrderOfTheirTickets() {
        final List<Integer> order = new ArrayList<>();
        final long grant = lease.tryAcquire(A);
        final Halted d = startWaiting(D, own -> order.add(D));
        final Halted b = startWaiting(B, own -> order.add(B));
        final Halted c = startWaiting(C, own -> order.add(C));
        assertTrue(ticket(D) < ticket(B) && ticket(B) < ticket(C));
        lease.release(A, grant);
        assertEquals(D, lease.owner(), "handed over at once");
        assertEquals(List.of(D), woken);
        assertEquals(Lease.NONE, lease.tryAcquire(A));
        d.finish();
        assertEquals(B, lease.owner());
        b.finish();
        assertEquals(C, lease.owner());
        c.finish();
        assertEquals(List.of(D, B, C), order);
        assertEquals(4, lease.lastGrant());
        assertTrue(lease.isFree());
        assertEquals(5, lease.tryAcquire(A), "nobody waits any more");
    }

    @Test
    void shouldHandReleasedOfferToWaiter() {
        final long grant = lease.tryAcquire(A);
        lease.offer(A, grant);
        final Halted b = startWaiting(B);
        lease.release(A, grant);
        assertTrue(lease.isHeld(B, grant + 1));
        b.finish();
    }

    @Test
    void shouldWaitForLeaseThatTheSlotItselfHasOffered() {
        final long grant = lease.tryAcquire(A);
        lease.offer(A, grant);
        final Halted again = startWaiting(A);
        assertTrue(lease.claim(A, grant, B));
        lease.release(B, grant);
        again.finish();
        assertEquals(grant + 1, lease.lastGrant());
    }

    @Test
    void shouldWakeOldestWaiterWhenNewcomerFindsLeaseFree() {
        final long grant = lease.tryAcquire(A);
        final Halted b = startWaiting(B);
        final HookedBuffer view = new HookedBuffer(memory);
        // A releaser that has read the hint before the waiter stored it leaves the lease free.
        final long hint = buffer.getLong(LeaseDescriptor.WAITERS_OFFSET);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, 0);
        through(view).release(A, grant);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, hint);
        assertTrue(lease.isFree());
        assertEquals(Lease.NONE, lease.tryAcquire(C), "not before the waiter");
        assertThrows(Pauses.GivenUp.class, () -> lease.acquire(C, Pauses.givingUpAt(1)));
        assertEquals(List.of(B), woken);
        b.finish();
        assertTrue(lease.isFree());
    }

    @Test
    void shouldTakeTurnOnlyWithTicketAndOnlyWhenItIsTheOldest() {
        assertFalse(lease.takeTurn(A), "does not wait");
        final long grant = lease.tryAcquire(A);
        final List<Boolean> turns = new ArrayList<>();
        final Halted b = Halted.start(self -> {
            final long own = lease.acquire(B, new Pauses.Counting(() -> {
                self.halt();
                turns.add(lease.takeTurn(B));
            }));
            lease.release(B, own);
        });
        final Halted c = Halted.start(self -> {
            final long own = lease.acquire(C, new Pauses.Counting(() -> {
                self.halt();
                assertFalse(lease.takeTurn(C) && lease.owner() != C);
            }));
            lease.release(C, own);
        });
        assertFalse(lease.takeTurn(B), "held by another");
        lease.release(A, grant);
        assertFalse(lease.takeTurn(C), "not the oldest");
        b.finish();
        assertEquals(List.of(true), turns);
        c.finish();
        assertTrue(lease.isFree());
        assertEquals(3, lease.lastGrant(), "a turn is one grant");
    }

    @Test
    void shouldTakeTurnOfFreeLeaseAndKeepIt() {
        final long grant = lease.tryAcquire(A);
        final Halted b = startWaiting(B, own -> assertEquals(grant + 1, own));
        final long hint = buffer.getLong(LeaseDescriptor.WAITERS_OFFSET);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, 0);
        lease.release(A, grant);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, hint);
        assertTrue(lease.isFree());
        assertTrue(lease.takeTurn(B));
        assertTrue(lease.takeTurn(B), "idempotent");
        assertTrue(lease.isHeld(B, grant + 1));
        b.finish();
        assertTrue(lease.isFree());
    }

    // ---- giving up -------------------------------------------------------------------------------------------------

    @Test
    void shouldTakeTicketBackAtWhicheverPauseTheWaiterGivesUp() {
        for (int n = 1; n <= 20; n++) {
            final int pause = n;
            final long grant = lease.acquire(A, Pauses.never());
            assertThrows(Pauses.GivenUp.class, () -> lease.acquire(B, Pauses.givingUpAt(pause)));
            assertEquals(0, ticket(B));
            lease.release(A, grant);
            assertTrue(lease.isFree());
        }
        assertEquals(20, lease.lastGrant());
    }

    @Test
    void shouldBeginAndEndTheWaitOnceHoweverItEnds() {
        final long grant = lease.tryAcquire(A);
        final Pauses.Counting gaveUp = new Pauses.Counting(() -> {
            throw new Pauses.GivenUp();
        });
        assertThrows(Pauses.GivenUp.class, () -> lease.acquire(B, gaveUp));
        final Pauses.Counting served = new Pauses.Counting(() -> lease.release(A, grant));
        lease.release(C, lease.acquire(C, served));
        final Pauses.Counting immediate = new Pauses.Counting(() -> {});
        lease.release(C, lease.acquire(C, immediate));
        assertEquals(List.of(1, 1, 1), List.of(gaveUp.begun, gaveUp.paused, gaveUp.ended));
        assertEquals(List.of(1, 1, 1), List.of(served.begun, served.paused, served.ended));
        assertEquals(List.of(0, 0, 0), List.of(immediate.begun, immediate.paused, immediate.ended));
    }

    @Test
    void shouldPassLeaseOnWhenWaiterGivesUpInTheMomentItIsGranted() {
        final long grant = lease.tryAcquire(A);
        assertThrows(
                Pauses.GivenUp.class,
                () -> lease.acquire(B, new Pauses.Counting(() -> {
                    lease.release(A, grant);
                    assertTrue(lease.isHeld(B, grant + 1));
                    throw new Pauses.GivenUp();
                })));
        assertTrue(lease.isFree());
        assertEquals(0, ticket(B));
        assertEquals(grant + 2, lease.tryAcquire(C));
    }

    /** The releaser is stopped before each of its accesses; there the waiter gives up, before or after another one came. */
    @Test
    void shouldLoseNoGrantWhereverTheHandOffIsWhenTheWaiterGivesUp() {
        int stops = 0;
        for (boolean another : new boolean[] {false, true}) {
            for (int stop = 0; stop < 60; stop++) {
                final HookedBuffer view = new HookedBuffer(memory);
                final Lease releasers = through(view);
                final long grant = lease.acquire(A, Pauses.never());
                final AtomicBoolean stopped = new AtomicBoolean();
                final Halted b = Halted.start(self -> assertThrows(
                        Pauses.GivenUp.class,
                        () -> lease.acquire(B, new Pauses.Counting(() -> {
                            self.halt();
                            throw new Pauses.GivenUp();
                        }))));
                final Halted[] c = {null};
                final int at = stop;
                view.hook(access -> {
                    if (access == at) {
                        stopped.set(true);
                        if (another) {
                            c[0] = startWaiting(C);
                        }
                        b.finish();
                    }
                });
                releasers.release(A, grant);
                view.unhook();
                b.finish();
                if (c[0] != null) {
                    c[0].finish();
                }
                assertTrue(lease.isFree(), "lost: stop=" + stop);
                if (!stopped.get()) {
                    stops += stop;
                    break;
                }
            }
        }
        assertTrue(stops >= 2 * (SLOTS + 4), "stops=" + stops);
    }

    @Test
    void shouldLoseNoGrantWhenWaitersGiveUpWhileThreadsContend() throws Exception {
        final int rounds = 4_000;
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger given = new AtomicInteger();
        Participants.run(4, slot -> {
            for (int i = 0; i < rounds; i++) {
                final long grant;
                try {
                    grant = lease.acquire(slot, Pauses.givingUpAt(1 + (i + slot) % 3));
                } catch (final Pauses.GivenUp gone) {
                    given.incrementAndGet();
                    continue;
                }
                assertEquals(1, inside.incrementAndGet());
                if ((i & 1) == 0) {
                    Thread.yield();
                }
                inside.decrementAndGet();
                lease.release(slot, grant);
            }
        });
        assertTrue(lease.isFree());
        assertTrue(given.get() > 0, "nobody gave up");
        for (int slot = 0; slot < SLOTS; slot++) {
            assertEquals(0, ticket(slot));
        }
    }

    // ---- threads ---------------------------------------------------------------------------------------------------

    private long plainCounter;

    @Test
    void shouldExcludeThreadsFromEachOtherAndOrderTheirPlainWrites() throws Exception {
        final int rounds = 20_000;
        final int threads = 4;
        Participants.run(threads, slot -> {
            final Cooperation cooperation = Pauses.yielding();
            long last = 0;
            for (int i = 0; i < rounds; i++) {
                final long grant = lease.acquire(slot, cooperation);
                assertTrue(grant > last);
                last = grant;
                plainCounter++;
                lease.release(slot, grant);
            }
        });
        assertEquals((long) rounds * threads, plainCounter);
        assertEquals((long) rounds * threads, lease.lastGrant(), "as many grants as acquisitions");
    }

    /** Whoever waits is watched by those who may help: several threads run the same hand-off at once. */
    @Test
    void shouldGrantOnceWhenReleaserWaitersReaperAndNewcomersHandOffTogether() throws Exception {
        final int rounds = 10_000;
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicInteger left = new AtomicInteger(3);
        final AtomicInteger inside = new AtomicInteger();
        Participants.run(5, participant -> {
            switch (participant) {
                case 0 -> {
                    while (!over.get()) { // a reaper of slots that nobody has, and a newcomer that never waits
                        lease.reapTicket(C);
                        assertFalse(lease.reapOwner(C));
                        Thread.yield();
                    }
                }
                case 1 -> {
                    while (!over.get()) {
                        final long grant = lease.tryAcquire(D);
                        if (grant != Lease.NONE) {
                            assertEquals(1, inside.incrementAndGet());
                            inside.decrementAndGet();
                            lease.release(D, grant);
                        }
                        Thread.yield();
                    }
                }
                default -> {
                    try {
                        final Cooperation spins = new Pauses.Counting(Thread::onSpinWait);
                        final Cooperation yields = Pauses.yielding();
                        for (int i = 0; i < rounds; i++) {
                            final long grant = lease.acquire(participant, (i & 7) == 0 ? spins : yields);
                            assertEquals(1, inside.incrementAndGet());
                            assertTrue(lease.isHeld(participant, grant));
                            inside.decrementAndGet();
                            lease.release(participant, grant);
                        }
                    } finally {
                        if (left.decrementAndGet() == 0) {
                            over.set(true);
                        }
                    }
                }
            }
        });
        assertTrue(lease.isFree());
    }

    @Test
    void shouldClaimOfferOnceWhenThreadsClaimAndRevokeAtOnce() throws Exception {
        for (int round = 0; round < 300; round++) {
            final long grant = lease.acquire(A, Pauses.never());
            lease.offer(A, grant);
            final AtomicInteger winners = new AtomicInteger();
            Participants.run(3, participant -> {
                final boolean won = participant == 0 ? lease.revoke(A, grant) : lease.claim(A, grant, participant);
                if (won) {
                    winners.incrementAndGet();
                    lease.release(participant == 0 ? A : participant, grant);
                }
            });
            assertEquals(1, winners.get());
            assertTrue(lease.isFree());
        }
    }

    // ---- fairness --------------------------------------------------------------------------------------------------

    /** One acquisition: what its waiter knew when it began, when its wait was published, and when it got the lease. */
    private record Served(long begun, long published, long ticket, long grant) {}

    @Test
    void shouldLetNobodyBeOvertakenMoreThanEightTimesWhenEightThreadsContend() throws Exception {
        final int threads = 8;
        final int rounds = 1_500;
        final AtomicInteger clock = new AtomicInteger();
        final List<List<Served>> served = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            served.add(new ArrayList<>(rounds));
        }
        Participants.run(threads, slot -> {
            final long[] wait = new long[2];
            final Cooperation watched = new Pauses.Counting(() -> {
                if (wait[0] == 0) {
                    wait[1] = ticket(slot);
                    wait[0] = clock.incrementAndGet();
                }
                if ((clock.get() & 15) == 0) {
                    LockSupport.parkNanos(50_000);
                } else {
                    Thread.yield();
                }
            });
            for (int i = 0; i < rounds; i++) {
                wait[0] = 0;
                wait[1] = 0;
                final long begun = clock.incrementAndGet();
                final long grant = lease.acquire(slot, watched);
                served.get(slot).add(new Served(begun, wait[0], wait[1], grant));
                if ((i & 3) == 0) {
                    Thread.yield();
                }
                lease.release(slot, grant);
            }
        });
        final Served[] byGrant = new Served[threads * rounds + 1];
        served.forEach(list -> list.forEach(one -> byGrant[(int) one.grant()] = one));
        int waits = 0;
        int most = 0;
        for (int grant = 1; grant < byGrant.length; grant++) {
            final Served waiter = byGrant[grant];
            if (waiter.published() == 0) {
                continue;
            }
            waits++;
            int overtaken = 0;
            for (int earlier = grant - 1; earlier > 0 && grant - earlier < 1_000; earlier--) {
                final Served other = byGrant[earlier];
                if (other.begun() > waiter.published()
                        || (other.ticket() != 0 && waiter.ticket() != 0 && other.ticket() > waiter.ticket())) {
                    overtaken++;
                }
            }
            most = Math.max(most, overtaken);
        }
        assertTrue(waits > threads, "nobody waited");
        assertTrue(most <= MOST_OVERTAKEN, "overtaken " + most + " times, of waits=" + waits);
    }

    /** How often a newcomer gets past somebody who waits. */
    private static int overtakes(final Lease lease, final int slot) {
        int overtakes = 0;
        for (int i = 0; i < 3 * MOST_OVERTAKEN; i++) {
            final long grant = lease.tryAcquire(slot);
            if (grant != Lease.NONE) {
                overtakes++;
                lease.release(slot, grant);
            }
        }
        return overtakes;
    }

    /**
     * While somebody is about to clear the hint, having found nobody, another takes the lease and a third begins to wait
     * for it: the third must not be forgotten, wherever the first is stopped then and later.
     */
    @Test
    void shouldNotForgetWaiterWhoComesWhileTheHintIsBeingCleared() {
        final int accesses = 3 * SLOTS;
        for (int first = 0; first < accesses; first++) {
            for (int second = first; second < accesses; second++) {
                final int comes = first;
                final int looks = second;
                leaveHintBehind();
                final HookedBuffer view = new HookedBuffer(memory);
                final Lease newcomers = through(view);
                final Halted[] c = {null};
                view.hook(access -> {
                    if (access == comes) {
                        final long grant = lease.tryAcquire(B);
                        if (grant != Lease.NONE) {
                            c[0] = startWaiting(C);
                        }
                    }
                    if (access == looks && c[0] != null) {
                        if (lease.owner() == B) {
                            final long hint = buffer.getLongVolatile(LeaseDescriptor.WAITERS_OFFSET);
                            assertTrue(hint != 0, "waiter is forgotten: comes=" + comes + " looks=" + looks);
                        }
                    }
                });
                final long own = newcomers.tryAcquire(A);
                view.unhook();
                if (own != Lease.NONE) {
                    lease.release(A, own);
                } else {
                    lease.release(B, lease.lastGrant());
                }
                assertTrue(
                        ticket(C) == 0 || overtakes(lease, D) <= MOST_OVERTAKEN, "comes=" + comes + " looks=" + looks);
                if (c[0] != null) {
                    c[0].finish();
                }
                assertTrue(lease.isFree());
            }
        }
    }

    private void leaveHintBehind() {
        final long grant = lease.acquire(A, Pauses.never());
        assertThrows(Pauses.GivenUp.class, () -> lease.acquire(B, Pauses.givingUpAt(1)));
        final HookedBuffer view = new HookedBuffer(memory);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, 0);
        lease.release(A, grant);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, buffer.getLong(LeaseDescriptor.NEXT_TICKET_OFFSET));
        assertTrue(lease.isFree());
        assertEquals(0, view.getLong(LeaseDescriptor.ticketOffset(B)));
    }

    /**
     * Two hand the lease on at once, one having found nobody, the other somebody who has just come and who is stopped, or
     * sleeps, wherever it is.
     */
    @Test
    void shouldLetNobodyPastWaiterWhoComesDuringHandOff() {
        int waits = 0;
        for (int helper = 1; helper < 10; helper++) {
            for (int waiter = 4; waiter < 16; waiter++) {
                for (int releaser = 4; releaser < 12; releaser++) {
                    waits += handOff(helper, waiter, releaser, 2);
                    waits += handOff(helper, waiter, releaser, 3);
                }
            }
        }
        assertTrue(waits > 0, "nobody waited");
    }

    /** Each is stopped before one of its accesses; returns 1 if the waiter was one by then. */
    private static int handOff(final int helperAt, final int waiterAt, final int releaserAt, final int comes) {
        final ByteBuffer shared = ByteBuffer.allocateDirect(LeaseDescriptor.length(4));
        final HookedBuffer[] views = new HookedBuffer[4];
        final Lease[] leases = new Lease[4];
        for (int slot = 0; slot < 4; slot++) {
            views[slot] = new HookedBuffer(shared);
            leases[slot] = new Lease(views[slot], 0, 4, Waker.NONE);
        }
        final long grant = leases[0].tryAcquire(0);
        assertThrows(Pauses.GivenUp.class, () -> leases[1].acquire(1, Pauses.givingUpAt(1))); // leaves the hint behind
        final Halted[] others = new Halted[2];
        final Pauses.Counting waiting = new Pauses.Counting(Thread::yield);
        views[0].hook(access -> {
            if (access == 3) { // it is RELEASING
                others[0] = Halted.start(self -> {
                    views[1].hook(at -> haltAt(self, at, helperAt));
                    leases[1].reapTicket(1);
                });
            }
            if (access == comes) {
                others[1] = Halted.start(self -> {
                    views[2].hook(at -> haltAt(self, at, waiterAt));
                    leases[2].release(2, leases[2].acquire(2, waiting));
                });
            }
            if (access == releaserAt) {
                others[0].finish();
            }
        });
        leases[0].release(0, grant);
        others[0].finish();
        final boolean waits = waiting.begun > waiting.ended;
        if (waits) {
            final int overtakes = overtakes(leases[3], 3);
            assertTrue(
                    overtakes <= MOST_OVERTAKEN,
                    "helper stops at=" + helperAt + " waiter at=" + waiterAt + " releaser at=" + releaserAt
                            + " overtaken=" + overtakes);
        }
        others[1].finish();
        assertTrue(leases[3].isFree());
        return waits ? 1 : 0;
    }

    private static void haltAt(final Halted self, final int access, final int at) {
        if (access == at) {
            self.halt();
        }
    }

    // ---- the dead --------------------------------------------------------------------------------------------------

    @Test
    void shouldSkipDeadWaiterOnceItsTicketIsReaped() {
        final long grant = lease.tryAcquire(A);
        final Halted dead = Halted.start(self -> assertThrows(
                Pauses.GivenUp.class,
                () -> lease.acquire(B, new Pauses.Counting(() -> {
                    self.halt();
                    throw new Pauses.GivenUp();
                }))));
        final Halted c = startWaiting(C);
        lease.reapTicket(B);
        lease.reapTicket(B);
        assertFalse(lease.reapOwner(B));
        lease.release(A, grant);
        assertTrue(lease.isHeld(C, grant + 1));
        c.finish();
        assertTrue(lease.isFree());
        dead.finish();
        assertTrue(lease.isFree());
    }

    @Test
    void shouldPassLeaseOfTheDeadOnAndDoSoOnce() {
        final long grant = lease.tryAcquire(A);
        final Halted b = startWaiting(B);
        lease.reapTicket(A);
        assertTrue(lease.reapOwner(A));
        assertTrue(lease.isHeld(B, grant + 1));
        lease.reapTicket(A);
        assertFalse(lease.reapOwner(A));
        assertTrue(lease.isHeld(B, grant + 1), "reaping again changes nothing");
        b.finish();
        final long offered = lease.tryAcquire(A);
        lease.offer(A, offered);
        assertTrue(lease.reapOwner(A));
        assertFalse(lease.claim(A, offered, B), "offer of the dead");
        assertTrue(lease.isFree());
        assertFalse(lease.reapOwner(A));
    }

    @Test
    void shouldFinishHandOffThatTheDeadReleaserBegan() {
        for (boolean waiter : new boolean[] {false, true}) {
            int deaths = 0;
            for (boolean died = true; died; deaths++) {
                final HookedBuffer view = new HookedBuffer(memory);
                final long grant = lease.acquire(A, Pauses.never());
                final Halted b = waiter ? startWaiting(B) : null;
                buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, Long.MAX_VALUE); // the slow way
                final int at = deaths;
                view.hook(access -> {
                    if (access == at) {
                        throw new Pauses.GivenUp();
                    }
                });
                died = false;
                try {
                    through(view).release(A, grant);
                } catch (final Pauses.GivenUp killed) {
                    died = true;
                    lease.reapTicket(A);
                    lease.reapOwner(A);
                }
                if (b != null) {
                    b.finish();
                }
                assertTrue(lease.isFree(), "death before access " + at);
            }
            assertTrue(deaths > SLOTS, "deaths=" + deaths);
        }
    }

    @Test
    void shouldNotLeaveNewcomerBehindReleaserThatStandsStill() {
        final long grant = lease.tryAcquire(A);
        leaveReleasing(grant);
        assertEquals(grant + 1, lease.tryAcquire(B));
        lease.release(B, grant + 1);
        assertTrue(lease.isFree());
    }

    private void leaveReleasing(final long grant) {
        final HookedBuffer view = new HookedBuffer(memory);
        buffer.putLong(LeaseDescriptor.WAITERS_OFFSET, Long.MAX_VALUE);
        view.hook(access -> {
            if (access == 3) {
                throw new Pauses.GivenUp();
            }
        });
        assertThrows(Pauses.GivenUp.class, () -> through(view).release(A, grant));
        assertFalse(lease.isFree());
        assertEquals(-1, lease.owner());
    }
}
