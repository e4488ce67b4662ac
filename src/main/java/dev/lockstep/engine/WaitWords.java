package dev.lockstep.engine;

import static dev.lockstep.engine.LinearMemoryDescriptor.GENERATIONS_OFFSET;
import static dev.lockstep.engine.LinearMemoryDescriptor.NEXT_TICKET_OFFSET;
import static dev.lockstep.engine.LinearMemoryDescriptor.SLOTS;
import static dev.lockstep.engine.LinearMemoryDescriptor.WAITERS_HINT_OFFSET;
import static dev.lockstep.engine.LinearMemoryDescriptor.WAIT_WORDS_OFFSET;

import dev.lockstep.region.SharedBuffer;

/**
 * Who waits at which address of the linear memory, told in the memory's own file: a futex of the guest's, between all groups
 * of all JVMs, first come first served.
 *
 * <pre>
 *  wait word     a slot   ticket 33 | address 31, its two lowest bits: 0 none, 1 arriving, 2 waiting
 *  generation    a slot   which of the slot's groups the wait word is of
 *  next ticket
 *  waiters hint           a wait word that somebody has stored; 0: nobody waits
 * </pre>
 *
 * <p>A waiter says that it arrives, looks at the value, and then, by CAS, that it waits: that CAS is the moment at which it has
 * looked and begun to wait in one step. A notifier, which has changed the value before, goes through the words of its address in
 * the order of their tickets and takes each away, by CAS to 0. One that waited counts as notified, and sees it by its word
 * being gone. One that was only arriving does not count: it finds its CAS refused, and begins anew with another ticket, looking
 * at the value again. If words of arriving waiters were counted, a waiter whose value differs, so that it never waited, could
 * take away the one notification that another one needs.
 *
 * <table>
 * <caption>Who touches which word, and why its ordering is enough</caption>
 * <tr><td>wait word</td><td>none → arriving by the slot's own thread, volatile; arriving → waiting by it, by CAS, as a notifier
 * may take it at that moment; → none by CAS, by a notifier or by its own thread (value differs, timeout, interrupt): one of them
 * succeeds, and that one decides whether it was notified. No word comes back, since its ticket does not (2<sup>33</sup> waits
 * later it does).</td></tr>
 * <tr><td>arriving, then the value</td><td>against: the value, then the words. A Dekker pair. The waiter's store and look are both
 * volatile; the notifier's change is what the guest makes it, possibly a plain store, so that there is a full fence before its
 * look. Either the waiter sees the change, or the notifier the word.</td></tr>
 * <tr><td>waiters hint</td><td>stored volatile after the arriving word and before the look at the value, always. Cleared by CAS
 * from what was read before a look at all words that found none: a waiter that came since has stored another value. So a notifier
 * that reads 0 has changed the value before every waiter that it misses looks at it.</td></tr>
 * <tr><td>next ticket</td><td>added to by waiters; read by a notifier before it goes through the words, and words with that
 * ticket or a later one are left alone: their waiters look at the value after the notifier has read the number, and so after its
 * change. Hence a notifier ends, however often others come back.</td></tr>
 * <tr><td>generation</td><td>stored, by release, when a group comes to the slot, after the word was set to none; read, by acquire,
 * after the word. So a word is not of an earlier group than the generation that is read after it, or the CAS that takes it
 * fails.</td></tr>
 * </table>
 *
 * <p>Where somebody stops in the middle, and no more is heard of him:
 * <ul>
 *   <li>A waiter after its word: until its slot is reaped, a notifier counts it if it was waiting. That is as if it had been
 *       notified first and had died then, which nobody can tell from it. Afterwards the generation differs from that of the
 *       slot's group, or the slot is free, and the word is taken away uncounted. Besides, the slot's next group clears it.</li>
 *   <li>A waiter before its hint: costs nothing. After it: others look at all words in vain until the word is gone.</li>
 *   <li>A notifier between two words: who comes later is not notified by it, as if it had died before its call. Between a word
 *       and the wake-up: the waiter sees it at the end of its slice.</li>
 *   <li>A notifier before it clears the hint: the next one does.</li>
 * </ul>
 *
 * <p>Any value is legal in every word: damage ends a wait that nobody has notified, as WebAssembly's waits may not but any caller
 * has to expect of a futex; or it delays one.
 *
 * <p>Thread-safe; a slot is used by one thread at a time.
 */
final class WaitWords {
    /** Instead of a word: the memory holds another value. */
    static final long NOT_EQUAL = 0;

    /** Instead of a word: somebody has notified meanwhile, look again. */
    static final long DISTURBED = 1;

    private static final int TICKET_SHIFT = 31;
    private static final long ADDRESS_MASK = 0x7fff_fffcL;
    private static final long STATE_MASK = 3;
    private static final long ARRIVING = 1;
    private static final long WAITING = 2;
    private static final long NONE = 0;
    private static final int NOBODY = -1;

    /** What is known of the groups. */
    interface Groups {
        /** Generation of the group that has a slot; 0 if nobody has. */
        long generation(int slot);

        /** Wakes the group of a slot, if it sleeps. */
        void wake(int slot);
    }

    private final SharedBuffer header;
    private final SharedBuffer linear;
    private final int slots;
    private final Groups groups;

    /**
     * The words of a memory.
     *
     * @param header that holds them.
     * @param linear the memory, from address 0.
     * @param slots number of group slots.
     * @param groups that have them.
     */
    WaitWords(final SharedBuffer header, final SharedBuffer linear, final int slots, final Groups groups) {
        if (slots > SLOTS) {
            throw new IllegalArgumentException("more group slots than wait words: slots=" + slots + " words=" + SLOTS);
        }
        this.header = header;
        this.linear = linear;
        this.slots = slots;
        this.groups = groups;
    }

    /** A group has come to the slot: what an earlier one has left there is void. */
    void claim(final int slot, final long generation) {
        header.putLongVolatile(wordOffset(slot), NONE);
        header.putLongRelease(generationOffset(slot), generation);
    }

    /** Whether the memory holds a value. */
    boolean holds(final int address, final long expected, final boolean wide) {
        return holds(linear, address, expected, wide);
    }

    /** Whether a memory holds a value. */
    static boolean holds(final SharedBuffer linear, final int address, final long expected, final boolean wide) {
        return wide ? linear.getLongVolatile(address) == expected : linear.getIntVolatile(address) == (int) expected;
    }

    /**
     * Begins to wait, if the memory holds a value.
     *
     * @return the word that says so; or {@link #NOT_EQUAL} or {@link #DISTURBED}, and it does not wait.
     */
    long arrive(final int slot, final int address, final long expected, final boolean wide) {
        final long ticket = header.getAndAddLong(NEXT_TICKET_OFFSET, 1);
        final long arriving = ticket << TICKET_SHIFT | address | ARRIVING;
        header.putLongVolatile(wordOffset(slot), arriving);
        header.putLongVolatile(WAITERS_HINT_OFFSET, arriving);
        if (!holds(address, expected, wide)) {
            withdraw(slot, arriving);
            return NOT_EQUAL;
        }
        final long waiting = arriving - ARRIVING + WAITING;
        return header.compareAndSetLong(wordOffset(slot), arriving, waiting) ? waiting : DISTURBED;
    }

    /** Whether nobody has notified a waiter. */
    boolean isWaiting(final int slot, final long word) {
        return header.getLongVolatile(wordOffset(slot)) == word;
    }

    /** Waits no more. {@return false if it was notified before} */
    boolean withdraw(final int slot, final long word) {
        return header.compareAndSetLong(wordOffset(slot), word, NONE);
    }

    /**
     * Ends waits at an address, the oldest first.
     *
     * @param count how many at most, unsigned.
     * @return how many.
     */
    int notify(final int address, final int count) {
        header.fullFence();
        final long hint = header.getLongVolatile(WAITERS_HINT_OFFSET);
        if (hint == NONE) {
            return 0;
        }
        final long next = header.getLongVolatile(NEXT_TICKET_OFFSET) << TICKET_SHIFT;
        int notified = 0;
        while (notified != count) {
            int slot = NOBODY;
            long oldest = NONE;
            boolean isAnybodyThere = false;
            for (int i = 0; i < slots; i++) {
                final long word = header.getLongVolatile(wordOffset(i));
                isAnybodyThere |= word != NONE;
                if (isAt(address, word) && word - next < 0 && (slot == NOBODY || word - oldest < 0)) {
                    slot = i;
                    oldest = word;
                }
            }
            if (slot == NOBODY) {
                if (!isAnybodyThere) {
                    header.compareAndSetLong(WAITERS_HINT_OFFSET, hint, NONE);
                }
                return notified;
            }
            if (take(slot, oldest)) {
                notified++;
                groups.wake(slot);
            }
        }
        return notified;
    }

    /** Takes a word away. {@return whether that has ended the wait of a group that lives} */
    private boolean take(final int slot, final long word) {
        final boolean isOfTheLiving = header.getLongAcquire(generationOffset(slot)) == groups.generation(slot);
        return withdraw(slot, word) && isOfTheLiving && (word & STATE_MASK) == WAITING;
    }

    private static boolean isAt(final int address, final long word) {
        return word != NONE && (word & ADDRESS_MASK) == address;
    }

    private static int wordOffset(final int slot) {
        return WAIT_WORDS_OFFSET + slot * Long.BYTES;
    }

    private static int generationOffset(final int slot) {
        return GENERATIONS_OFFSET + slot * Long.BYTES;
    }
}
