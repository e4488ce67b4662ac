package dev.lockstep.lock;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;

/**
 * A fair mutex between threads and JVMs whose every ownership has a number, the <em>grant</em>.
 *
 * <pre>
 *  lease word    grant 50 | slot 12 | flags 2       flags: 0 FREE, 1 HELD, 2 RELEASING, 3 OFFERED
 *  ticket word   value 50 | 0 12 | state 2          state: 0 none, 1 WAITING (value = ticket), 2 GRANTED (value = grant)
 * </pre>
 *
 * <table>
 * <caption>Who touches which word, and why its ordering is enough</caption>
 * <tr><td>lease word</td><td>taken by CAS from FREE, or from RELEASING on behalf of the slot whose ticket was granted;
 * only this word makes an owner. Freed by the owner with a release store (nobody else changes a HELD word of a live
 * owner), by CAS once it was OFFERED. Read volatile by all who contend.</td></tr>
 * <tr><td>ticket word</td><td>WAITING is stored volatile by the slot's own thread; GRANTED by CAS by whoever hands the
 * lease on. It says who is to be asked next, never who owns.</td></tr>
 * <tr><td>waiters hint</td><td>set volatile by a waiter after its ticket; cleared by whoever scanned the tickets and
 * found none, who scans again after the store. A releaser that reads a stale 0 leaves the lease FREE with somebody
 * waiting: a waiter therefore looks at the lease at least every millisecond (its {@link Cooperation} is bounded).</td>
 * </tr>
 * <tr><td>next ticket</td><td>fetch-and-add; order of service.</td></tr>
 * </table>
 *
 * <p>Newcomers do not overtake: with the hint up they take a ticket, and the oldest ticket is served first. Grants count
 * from 1; the grant of an owner that is gone never becomes current again, so a stale grant is always refused.
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

    private static final int NO_TICKET = 0;
    private static final int WAITING = 1;
    private static final int GRANTED = 2;

    private static final int FLAG_BITS = 2;
    private static final int SLOT_BITS = 12;
    private static final int GRANT_SHIFT = FLAG_BITS + SLOT_BITS;
    private static final int GRANT_BITS = Long.SIZE - GRANT_SHIFT;
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
        final long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) != FREE) {
            return NONE;
        }
        if (buffer.getLongVolatile(waitersOffset) != 0 && oldestWaiting() >= 0) {
            return NONE;
        }
        final long grant = grantOf(word) + 1;
        return buffer.compareAndSetLong(wordOffset, word, pack(grant, slot, HELD)) ? grant : NONE;
    }

    /**
     * Takes the lease, waiting for it in turn.
     *
     * @param slot of the caller.
     * @param cooperation what to do meanwhile; when it throws, the ticket is given back, or the lease if it was
     *     granted in that moment.
     * @return the grant.
     */
    public long acquire(final int slot, final Cooperation cooperation) {
        final long immediate = tryAcquire(slot);
        if (immediate != NONE) {
            return immediate;
        }
        final long ticket = buffer.getAndAddLong(nextTicketOffset, 1) + 1;
        final int ticketOffset = ticketOffset(slot);
        buffer.putLongVolatile(ticketOffset, packTicket(ticket, WAITING));
        boolean granted = false;
        try {
            cooperation.begin();
            while (true) {
                if (buffer.getLongVolatile(waitersOffset) == 0) {
                    buffer.putLongVolatile(waitersOffset, 1);
                }
                final long grant = lookWhileWaiting(slot, ticket);
                if (grant != NONE) {
                    granted = true;
                    return grant;
                }
                cooperation.pause();
            }
        } finally {
            cooperation.end();
            if (!granted) {
                giveUp(slot, ticket);
            }
        }
    }

    private long lookWhileWaiting(final int slot, final long ticket) {
        final int ticketOffset = ticketOffset(slot);
        final long own = buffer.getLongVolatile(ticketOffset);
        if (ticketState(own) == GRANTED) {
            final long grant = value(own);
            if (accept(slot, grant)) {
                buffer.putLongVolatile(ticketOffset, NO_TICKET);
                return grant;
            }
            buffer.compareAndSetLong(ticketOffset, own, packTicket(ticket, WAITING));
            return NONE;
        }
        final long word = buffer.getLongVolatile(wordOffset);
        if (flags(word) == RELEASING) {
            handOff(grantOf(word));
        } else if (flags(word) == FREE) {
            final int oldest = oldestWaiting();
            if (oldest == slot) {
                final long grant = grantOf(word) + 1;
                if (buffer.compareAndSetLong(wordOffset, word, pack(grant, slot, HELD))) {
                    buffer.putLongVolatile(ticketOffset, NO_TICKET);
                    return grant;
                }
            } else if (oldest >= 0) {
                waker.wake(oldest);
            }
        }
        return NONE;
    }

    /**
     * A granted ticket becomes an ownership if, and only if, the lease word says so; helps it to. Idempotent. The help
     * may come second to that of the releaser, who has made the same owner then: so a CAS that fails says nothing yet.
     */
    private boolean accept(final int slot, final long grant) {
        final long owned = pack(grant, slot, HELD);
        final long word = buffer.getLongVolatile(wordOffset);
        if (word == owned) {
            return true;
        }
        return flags(word) == RELEASING
                && grantOf(word) == grant - 1
                && (buffer.compareAndSetLong(wordOffset, word, owned) || buffer.getLongVolatile(wordOffset) == owned);
    }

    private void giveUp(final int slot, final long ticket) {
        final int ticketOffset = ticketOffset(slot);
        while (true) {
            final long own = buffer.getLongVolatile(ticketOffset);
            if (ticketState(own) == GRANTED) {
                final long grant = value(own);
                if (accept(slot, grant)) {
                    buffer.putLongVolatile(ticketOffset, NO_TICKET);
                    release(slot, grant);
                    return;
                }
                buffer.compareAndSetLong(ticketOffset, own, packTicket(ticket, WAITING));
            } else if (buffer.compareAndSetLong(ticketOffset, own, NO_TICKET)) {
                return;
            }
        }
    }

    /**
     * For a waiter that is kept from looking at its ticket by something that only the owner of the lease can end: whether
     * the slot owns the lease, which it does from now on if its ticket was granted, or if the lease is free and its ticket
     * the oldest. The slot stays a waiter until its {@link #acquire} sees the grant.
     *
     * @param slot of the waiter; one that does not wait is never made the owner.
     * @return whether it owns the lease.
     */
    public boolean takeTurn(final int slot) {
        final int ticketOffset = ticketOffset(slot);
        final long own = buffer.getLongVolatile(ticketOffset);
        if (ticketState(own) == GRANTED && accept(slot, value(own))) {
            return true;
        }
        if (ticketState(own) != NO_TICKET) {
            final long word = buffer.getLongVolatile(wordOffset);
            if (flags(word) == RELEASING) {
                handOff(grantOf(word));
            } else if (flags(word) == FREE && oldestWaiting() == slot) {
                final long grant = grantOf(word) + 1;
                if (buffer.compareAndSetLong(wordOffset, word, pack(grant, slot, HELD))) {
                    buffer.putLongVolatile(ticketOffset, packTicket(grant, GRANTED));
                    return true;
                }
            }
        }
        return false;
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
            if (buffer.getLong(waitersOffset) == 0) {
                buffer.putLongRelease(wordOffset, pack(grant, slot, FREE));
                return;
            }
            buffer.putLongRelease(wordOffset, pack(grant, slot, RELEASING));
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
            final int next = nextOwner(grant + 1);
            if (next < 0) {
                if (buffer.compareAndSetLong(wordOffset, word, pack(grant, slotOf(word), FREE))) {
                    final int late = oldestWaiting();
                    if (late >= 0) {
                        waker.wake(late);
                    }
                    return;
                }
            } else if (buffer.compareAndSetLong(wordOffset, word, pack(grant + 1, next, HELD))) {
                waker.wake(next);
                return;
            }
        }
    }

    /** Grants the oldest waiting ticket and returns its slot; a ticket that has this grant already goes first. */
    private int nextOwner(final long grant) {
        while (true) {
            int oldest = -1;
            long oldestTicket = NO_TICKET;
            long oldestRank = Long.MAX_VALUE;
            for (int slot = 0; slot < slots; slot++) {
                final long ticket = buffer.getLongVolatile(ticketOffset(slot));
                final boolean isGranted = ticketState(ticket) == GRANTED;
                if (isGranted && value(ticket) == grant) {
                    return slot;
                }
                final long rank = isGranted && value(ticket) > grant ? Long.MAX_VALUE : rank(ticket);
                if (rank < oldestRank) {
                    oldestRank = rank;
                    oldestTicket = ticket;
                    oldest = slot;
                }
            }
            if (oldest < 0) {
                return -1;
            }
            if (buffer.compareAndSetLong(ticketOffset(oldest), oldestTicket, packTicket(grant, GRANTED))) {
                return oldest;
            }
        }
    }

    /**
     * Order of service. A grant that came to nothing (a helper was late with it, the lease had gone another way) stays on
     * the ticket until its slot looks; the slot was the oldest waiter then, so it comes before all who wait.
     */
    private static long rank(final long ticket) {
        return switch (ticketState(ticket)) {
            case WAITING -> value(ticket);
            case GRANTED -> value(ticket) - (1L << GRANT_BITS);
            default -> Long.MAX_VALUE;
        };
    }

    /** The slot of the oldest waiting ticket; if there is none the hint is cleared, unless one comes meanwhile. */
    private int oldestWaiting() {
        int oldest = scanForOldest();
        if (oldest < 0 && buffer.getLongVolatile(waitersOffset) != 0) {
            buffer.putLongVolatile(waitersOffset, 0);
            buffer.fullFence();
            oldest = scanForOldest();
            if (oldest >= 0) {
                buffer.putLongVolatile(waitersOffset, 1);
            }
        }
        return oldest;
    }

    private int scanForOldest() {
        int oldest = -1;
        long oldestRank = Long.MAX_VALUE;
        for (int slot = 0; slot < slots; slot++) {
            final long rank = rank(buffer.getLongVolatile(ticketOffset(slot)));
            if (rank < oldestRank) {
                oldestRank = rank;
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

    private static long packTicket(final long value, final int state) {
        return (value << GRANT_SHIFT) | state;
    }

    private static long value(final long ticket) {
        return ticket >>> GRANT_SHIFT;
    }

    private static int ticketState(final long ticket) {
        return (int) (ticket & FLAG_MASK);
    }
}
