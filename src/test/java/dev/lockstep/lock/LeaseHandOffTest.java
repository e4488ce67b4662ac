package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.SharedBuffer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A hand-off in which releaser and waiter meet at the lease word, step by step on one thread. */
class LeaseHandOffTest {
    private static final int SLOTS = 3;
    private static final int RELEASER = 0;
    private static final int WAITER = 1;
    private static final int WAITING = 1;
    private static final int GRANTED = 2;

    private final MappedBuffer memory =
            new MappedBuffer(ByteBuffer.allocateDirect(LeaseDescriptor.length(SLOTS)));

    /** What comes between somebody's last look at the lease word and his CAS of it. */
    private Runnable beforeNextCasOfLease = () -> {};

    private final SharedBuffer observed = (SharedBuffer) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {SharedBuffer.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("compareAndSetLong")
                        && (int) arguments[0] == LeaseDescriptor.WORD_OFFSET) {
                    final Runnable now = beforeNextCasOfLease;
                    beforeNextCasOfLease = () -> {};
                    now.run();
                }
                try {
                    return method.invoke(memory, arguments);
                } catch (final InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    private final Lease lease = new Lease(observed, 0, SLOTS, Waker.NONE);

    /**
     * The releaser has granted the waiter's ticket; the waiter sees it and is about to make itself the owner; the releaser
     * makes it the owner; the waiter's CAS fails, and yet it owns the lease.
     */
    private void releaseAndMeet(final long grant, final Runnable waitersLook) {
        beforeNextCasOfLease = () -> {
            final long releasing = memory.getLongVolatile(LeaseDescriptor.WORD_OFFSET);
            final long owned = (grant + 1) << 14 | WAITER << 2 | Lease.HELD;
            beforeNextCasOfLease =
                    () -> assertTrue(memory.compareAndSetLong(LeaseDescriptor.WORD_OFFSET, releasing, owned));
            waitersLook.run();
        };
        lease.release(RELEASER, grant);
    }

    private abstract static class Waiting implements Cooperation {
        private int pauses;

        abstract void first();

        @Override
        public void begin() {}

        @Override
        public void pause() {
            if (pauses == 0) {
                first();
            }
            assertTrue(++pauses < 5, "the lease was handed to the waiter, which does not know");
        }

        @Override
        public void end() {}
    }

    @Test
    void shouldOwnLeaseWhenReleaserWasFasterToHandItOver() {
        final long grant = lease.tryAcquire(RELEASER);
        final long handed = lease.acquire(WAITER, new Waiting() {
            @Override
            void first() {
                releaseAndMeet(grant, () -> assertTrue(lease.takeTurn(WAITER)));
            }
        });
        assertEquals(grant + 1, handed);
        assertTrue(lease.isHeld(WAITER, handed));
        lease.release(WAITER, handed);
        assertTrue(lease.isFree());
    }

    private void ticket(final int slot, final long value, final int state) {
        memory.putLongVolatile(LeaseDescriptor.ticketOffset(slot), value << 14 | state);
        memory.putLongVolatile(LeaseDescriptor.WAITERS_OFFSET, 1);
    }

    /** A late helper has granted the waiter's ticket, by a grant that somebody else owns; the waiter has not looked yet. */
    @Test
    void shouldNotPassOverWaiterWhoseTicketHasAGrantThatCameToNothing() {
        final long first = lease.tryAcquire(RELEASER);
        lease.release(RELEASER, first);
        final long grant = lease.tryAcquire(RELEASER);
        ticket(WAITER, first, GRANTED);
        ticket(2, 1, WAITING);
        lease.release(RELEASER, grant);
        assertTrue(lease.isHeld(WAITER, grant + 1), "the waiter came before the one that takes tickets now");
    }

    @Test
    void shouldNotLetNewcomerTakeFreeLeaseBeforeWaiterWhoseGrantCameToNothing() {
        final long grant = lease.tryAcquire(RELEASER);
        lease.release(RELEASER, grant);
        ticket(WAITER, grant + 1, GRANTED);
        assertEquals(Lease.NONE, lease.tryAcquire(2));
        assertTrue(lease.takeTurn(WAITER));
        assertTrue(lease.isHeld(WAITER, grant + 1));
    }
}
