package dev.lockstep.lock;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;
import java.util.function.IntToLongFunction;

/**
 * A fair mutex between threads and JVMs whose every ownership has a number, the <em>grant</em>.
 *
 * <pre>
 *  lease word    grant 50 | slot 12 | flags 2       flags: 0 FREE, 1 HELD, 2 RELEASING, 3 OFFERED
 *  ticket word   0: the slot does not wait
 *  waiters hint  ticket of somebody who waits, or has waited; 0: nobody waits
 * </pre>
 *
 * <table>
 * <caption>Who touches which word, and why its ordering is enough</caption>
 * <tr><td>lease word</td><td>taken by CAS from FREE, or from RELEASING on behalf of the slot with the oldest ticket; only
 * this word makes an owner. Freed by the owner with a release store (nobody else changes a HELD word of a live owner), or,
 * if somebody may wait, made RELEASING with a volatile store; by CAS once it was OFFERED. Read volatile by all who contend.
 * Each grant goes through each of its states at most once, so a CAS from a word that was read earlier fails if anything has
 * happened since.</td></tr>
 * <tr><td>ticket word</td><td>stored volatile by the slot's own thread, or by who reaps it. It says who is to be asked
 * next, never who owns: whoever hands the lease on has read the tickets while the word was RELEASING, and succeeds only if
 * it still is. A waiter that gives up takes its ticket away first and then brings a hand-off that may rest on it to its
 * end; if that has made it the owner, it releases.</td></tr>
 * <tr><td>waiters hint</td><td>stored volatile by a waiter after its ticket, always, whatever is there. Cleared by CAS
 * from what was read before a scan of the tickets that found none: a waiter that came since has stored another value, one
 * that came before is found. So while anybody waits who has stored it, it is not 0, and newcomers take a ticket. A releaser
 * reads it plainly: one that sees a stale 0 leaves the lease FREE with somebody waiting, who therefore looks at the lease
 * at least every millisecond (its {@link Cooperation} is bounded).</td></tr>
 * <tr><td>next ticket</td><td>fetch-and-add; order of service.</td></tr>
 * </table>
 *
 * <p>The oldest ticket is served first. Once a waiter has stored its ticket and the hint, only a decision that was being
 * made at that moment can still go past it: one grant. Between drawing the ticket and that moment it can be delayed by its
 * scheduler, as before drawing it.
 *
 * <p>Grants count from 1; the grant of an owner that is gone never becomes current again, so a stale grant is always
 * refused.
 *
 * <p>Thread-safe; a slot is used by one thread at a time. Not reentrant.
 */
public final class Lease {
    /** No grant. */
    public static final long NONE = 0;

    static final int FREE = 0;
    static final int HELD = 1;
    static final int RELEASING = 2;
    static final int OFFERED = 3;

    private static final long NO_TICKET = 0;
    private static final long NOBODY = 0;

    private static final int FLAG_BITS = 2;
    private static final int SLOT_BITS = 12;
    private static final int GRANT_SHIFT = FLAG_BITS + SLOT_BITS;
    private static final long FLAG_MASK = (1L << FLAG_BITS) - 1;
    private static final long SLOT_MASK = (1L << SLOT_BITS) - 1;

    private final SharedBuffer buffer;
    private final int wordOffset;
    private final int waitersOffset;
    private final int nextTicketOffset;
    private final int ticketsOffset;
    private final int slots;
    private final Waker waker;

    /**
     * A lease in shared memory; zeroed memory is a free lease.
     *
     * @param buffer that holds it.
     * @param offset of its region ({@link LeaseDescriptor}).
     * @param slots number of participants.
     * @param waker that is told of the slot a lease was handed to.
     */
    public Lease(final SharedBuffer buffer, final int offset, final int slots, final Waker waker) {
        this.buffer = buffer;
        wordOffset = offset + LeaseDescriptor.WORD_OFFSET;
        waitersOffset = offset + LeaseDescriptor.WAITERS_OFFSET;
        nextTicketOffset = offset + LeaseDescriptor.NEXT_TICKET_OFFSET;
        ticketsOffset = offset + LeaseDescriptor.TICKETS_OFFSET;
        this.slots = slots;
        this.waker = waker;
    }

    /**
     * Takes the lease if it is free and nobody waits.
     *
     * @param slot of the caller.
     * @return the grant, or {@link #NONE}.
     */
    public long tryAcquire(final int slot) {
        long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == RELEASING) {
            handOff(grantOf(word));
            word = buffer.getLongVolatile(wordOffset);
        }
        if (flags(word) != FREE || oldestWaiting() >= 0) {
            return NONE;
        }
        return take(word, slot);
    }

    private long take(final long free, final int slot) {
        final long grant = grantOf(free) + 1;
        return buffer.compareAndSetLong(wordOffset, free, pack(grant, slot, HELD)) ? grant : NONE;
    }

    /**
     * Takes the lease, waiting for it in turn.
     *
     * @param slot of the caller.
     * @param cooperation what to do meanwhile; when it throws, the ticket is given back, or the lease if it was
     *     granted in that moment.
     * @return the grant.
     * @throws IllegalMonitorStateException if the slot owns the lease; nothing is changed then.
     */
    public long acquire(final int slot, final Cooperation cooperation) {
        final long immediate = tryAcquire(slot);
        if (immediate != NONE) {
            return immediate;
        }
        final long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == HELD && slotOf(word) == slot) {
            throw new IllegalMonitorStateException("lease is held already by this slot: slot=" + slot + " grant="
                    + grantOf(word) + ", it is not reentrant");
        }
        final long ticket = buffer.getAndAddLong(nextTicketOffset, 1) + 1;
        buffer.putLongVolatile(ticketOffset(slot), ticket);
        buffer.putLongVolatile(waitersOffset, ticket);
        boolean granted = false;
        try {
            cooperation.begin();
            long grant = lookWhileWaiting(slot);
            while (grant == NONE) {
                cooperation.pause();
                grant = lookWhileWaiting(slot);
            }
            granted = true;
            buffer.putLongVolatile(ticketOffset(slot), NO_TICKET);
            return grant;
        } finally {
            cooperation.end();
            if (!granted) {
                giveUp(slot);
            }
        }
    }

    /** The grant if the lease is the slot's: handed to it, or free and its ticket the oldest. */
    private long lookWhileWaiting(final int slot) {
        long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == RELEASING) {
            handOff(grantOf(word));
            word = buffer.getLongVolatile(wordOffset);
        }
        if (flags(word) == HELD && slotOf(word) == slot) {
            return grantOf(word);
        }
        if (flags(word) == FREE) {
            final int oldest = oldestTicket();
            if (oldest == slot) {
                return take(word, slot);
            }
            waker.wake(oldest);
        }
        return NONE;
    }

    /** Without a ticket, and with no hand-off under way that began before, nobody makes the slot the owner any more. */
    private void giveUp(final int slot) {
        reapTicket(slot);
        final long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == HELD && slotOf(word) == slot) {
            release(slot, grantOf(word));
        }
    }

    /**
     * For a waiter that is kept from looking at the lease by something that only its owner can end: whether the slot owns
     * the lease, which it does from now on if it was handed to it, or if it is free and the slot's ticket the oldest. The
     * slot stays a waiter until its {@link #acquire} sees the grant.
     *
     * @param slot of the waiter; one that does not wait is never made the owner.
     * @return whether it owns the lease.
     */
    public boolean takeTurn(final int slot) {
        return buffer.getLongVolatile(ticketOffset(slot)) != NO_TICKET && lookWhileWaiting(slot) != NONE;
    }

    /**
     * Frees the lease, or hands it to the oldest waiter.
     *
     * @param slot of the owner.
     * @param grant by which it owns.
     * @throws IllegalMonitorStateException if the slot does not own the lease by that grant; nothing is changed then.
     */
    public void release(final int slot, final long grant) {
        final long word = buffer.getLongAcquire(wordOffset);
        if (word == pack(grant, slot, HELD)) {
            if (buffer.getLong(waitersOffset) == NOBODY) {
                buffer.putLongRelease(wordOffset, pack(grant, slot, FREE));
                return;
            }
            // volatile: visible before the tickets are read, so that who gives up now sees it
            buffer.putLongVolatile(wordOffset, pack(grant, slot, RELEASING));
        } else if (word != pack(grant, slot, OFFERED)
                || !buffer.compareAndSetLong(wordOffset, word, pack(grant, slot, RELEASING))) {
            throw notOwner(slot, grant, word);
        }
        handOff(grant);
    }

    /** RELEASING by a grant → HELD by the oldest waiter, or FREE. Whoever sees RELEASING may run it; idempotent. */
    private void handOff(final long grant) {
        while (true) {
            final long word = buffer.getLongVolatile(wordOffset);
            if (flags(word) != RELEASING || grantOf(word) != grant) {
                return;
            }
            final int next = oldestWaiting();
            if (next >= 0) {
                if (buffer.compareAndSetLong(wordOffset, word, pack(grant + 1, next, HELD))) {
                    waker.wake(next);
                    return;
                }
            } else if (buffer.compareAndSetLong(wordOffset, word, pack(grant, slotOf(word), FREE))) {
                waker.wake(oldestWaiting());
                return;
            }
        }
    }

    /** The slot with the oldest ticket, or −1; then the hint is cleared, unless somebody has come meanwhile. */
    private int oldestWaiting() {
        final long hint = buffer.getLongVolatile(waitersOffset);
        if (hint == NOBODY) {
            return -1;
        }
        final int oldest = oldestTicket();
        if (oldest < 0) {
            buffer.compareAndSetLong(waitersOffset, hint, NOBODY);
        }
        return oldest;
    }

    private int oldestTicket() {
        int oldest = -1;
        long least = Long.MAX_VALUE;
        for (int slot = 0; slot < slots; slot++) {
            final long ticket = buffer.getLongVolatile(ticketOffset(slot));
            if (ticket != NO_TICKET && ticket < least) {
                least = ticket;
                oldest = slot;
            }
        }
        return oldest;
    }

    /**
     * Moves the lease to another slot, by the owner.
     *
     * @param slot of the owner.
     * @param grant by which it owns, and by which the other will.
     * @param to the new owner's slot.
     * @throws IllegalMonitorStateException if the slot does not own the lease by that grant.
     */
    public void transfer(final int slot, final long grant, final int to) {
        change(slot, grant, HELD, to, HELD);
    }

    /**
     * Offers the lease to whoever claims it by its grant. The offerer stays the owner until then.
     *
     * @param slot of the owner.
     * @param grant by which it owns.
     * @throws IllegalMonitorStateException if the slot does not own the lease by that grant.
     */
    public void offer(final int slot, final long grant) {
        change(slot, grant, HELD, slot, OFFERED);
    }

    /**
     * Claims a lease that was offered.
     *
     * @param from slot that offered it.
     * @param grant by which it was offered.
     * @param to slot of the claimer.
     * @return whether the claimer owns it now; false if it was claimed, revoked or released before.
     */
    public boolean claim(final int from, final long grant, final int to) {
        return buffer.compareAndSetLong(wordOffset, pack(grant, from, OFFERED), pack(grant, to, HELD));
    }

    /**
     * Takes an offer back.
     *
     * @param slot that offered.
     * @param grant by which it offered.
     * @return whether the slot owns the lease again; false if it was claimed before.
     */
    public boolean revoke(final int slot, final long grant) {
        return buffer.compareAndSetLong(wordOffset, pack(grant, slot, OFFERED), pack(grant, slot, HELD));
    }

    private void change(final int slot, final long grant, final int flags, final int to, final int newFlags) {
        final long word = buffer.getLongVolatile(wordOffset);
        if (word != pack(grant, slot, flags)
                || !buffer.compareAndSetLong(wordOffset, word, pack(grant, to, newFlags))) {
            throw notOwner(slot, grant, word);
        }
    }

    /**
     * {@return whether the slot owns the lease by that grant}
     *
     * @param slot asked for.
     * @param grant asked for.
     */
    public boolean isHeld(final int slot, final long grant) {
        return buffer.getLongVolatile(wordOffset) == pack(grant, slot, HELD);
    }

    /** {@return whether the lease is free at this moment} */
    public boolean isFree() {
        return flags(buffer.getLongVolatile(wordOffset)) == FREE;
    }

    /** {@return the slot that owns the lease, its offer included, or −1} */
    public int owner() {
        final long word = buffer.getLongVolatile(wordOffset);
        return flags(word) == HELD || flags(word) == OFFERED ? slotOf(word) : -1;
    }

    /**
     * {@return whether a slot waits for the lease}
     *
     * @param slot asked for.
     */
    public boolean isWaiting(final int slot) {
        return buffer.getLongVolatile(ticketOffset(slot)) != NO_TICKET;
    }

    /** {@return the newest grant, whether held or not; the first one is 1} */
    public long lastGrant() {
        return grantOf(buffer.getLongVolatile(wordOffset));
    }

    /**
     * Takes the ticket of a dead slot away and brings a hand-off that may rest on it to its end. To be called before
     * {@link #reapOwner}: afterwards nobody can make the slot an owner any more, since whoever would has read a lease
     * word that has changed.
     *
     * @param slot of the dead.
     */
    public void reapTicket(final int slot) {
        buffer.putLongVolatile(ticketOffset(slot), NO_TICKET);
        final long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == RELEASING) {
            handOff(grantOf(word));
        }
    }

    /**
     * Releases the lease on behalf of a dead slot, if it owned it. Idempotent.
     *
     * @param slot of the dead.
     * @return whether it owned the lease.
     */
    public boolean reapOwner(final int slot) {
        final long word = buffer.getLongVolatile(wordOffset);
        final int flags = flags(word);
        if ((flags != HELD && flags != OFFERED) || slotOf(word) != slot) {
            return false;
        }
        if (buffer.compareAndSetLong(wordOffset, word, pack(grantOf(word), slot, RELEASING))) {
            handOff(grantOf(word));
        }
        return true;
    }

    /**
     * Looks for an owner or a ticket of a slot that nobody has: before a slot is given up its tickets and leases are, so
     * there is none unless the memory is damaged, and nobody would ever free or hand on what it names.
     *
     * @param vacancy a slot's stamp while nobody has it, another one each time; −1 while somebody has.
     * @return which word it is and what it holds, or null.
     */
    public String findStray(final IntToLongFunction vacancy) {
        final long word = buffer.getLongVolatile(wordOffset);
        final int owner = flags(word) == HELD || flags(word) == OFFERED ? slotOf(word) : -1;
        // a word that is the same before and after has been there all the time: no grant, and no ticket, comes back
        if (owner >= 0
                && (owner >= slots || vacancy.applyAsLong(owner) >= 0)
                && buffer.getLongVolatile(wordOffset) == word) {
            return "word=lease word owner=" + owner + " value=0x" + Long.toHexString(word) + " offset=" + wordOffset;
        }
        for (int slot = 0; slot < slots; slot++) {
            final long ticket = buffer.getLongVolatile(ticketOffset(slot));
            if (ticket != NO_TICKET
                    && vacancy.applyAsLong(slot) >= 0
                    && buffer.getLongVolatile(ticketOffset(slot)) == ticket) {
                return "word=ticket slot=" + slot + " value=" + ticket + " offset=" + ticketOffset(slot);
            }
        }
        return null;
    }

    private static IllegalMonitorStateException notOwner(final int slot, final long grant, final long word) {
        return new IllegalMonitorStateException("lease is not held by that grant: slot=" + slot + " grant=" + grant
                + " current grant=" + grantOf(word) + " slot=" + slotOf(word) + " flags=" + flags(word)
                + ", release once and only what you hold");
    }

    private int ticketOffset(final int slot) {
        return ticketsOffset + slot * LeaseDescriptor.TICKET_SPACING;
    }

    private static long pack(final long grant, final int slot, final int flags) {
        return (grant << GRANT_SHIFT) | ((long) slot << FLAG_BITS) | flags;
    }

    private static long grantOf(final long word) {
        return word >>> GRANT_SHIFT;
    }

    private static int slotOf(final long word) {
        return (int) ((word >>> FLAG_BITS) & SLOT_MASK);
    }

    private static int flags(final long word) {
        return (int) (word & FLAG_MASK);
    }
}
