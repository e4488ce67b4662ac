package dev.lockstep.lock;

import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;

/**
 * Who sleeps, told through shared memory, so that a participant is woken by whatever JVM changes what it waits for, and
 * waking costs one load while nobody sleeps.
 *
 * <pre>
 *  sleep word      a slot   counts up: odd = asleep, or about to be; even = awake
 *  sleepers hint            stamp of somebody who sleeps, or has slept; 0: nobody sleeps
 * </pre>
 *
 * <table>
 * <caption>Who touches which word, and why its ordering is enough</caption>
 * <tr><td>sleep word</td><td>even → odd by the slot's own thread, with a volatile store, since nobody else changes an even
 * one; odd → even by CAS, by whoever wakes, or by the slot's own thread whose wait is over. So no odd value comes back, and
 * what the sleeper hands to the kernel tells one sleep from the next. Who claims the slot makes a word even that a dead
 * sleeper has left odd.</td></tr>
 * <tr><td>sleepers hint</td><td>stored volatile by the sleeper after its word is odd, always, whatever is there. Cleared by
 * CAS from what was read before all words were looked at and made even: a sleeper that came since has stored another value, as
 * no stamp is stored twice; one that came before was found. So it is not 0 while anybody sleeps who has stored it.</td></tr>
 * </table>
 *
 * <p>The sleeper says that it is about to sleep, looks at what it waits for, and then sleeps; the waker changes that, and then
 * looks at the hint. All accesses here are volatile: if the waker's change is a CAS, a volatile store, or followed by a full
 * fence, one of them sees the other. If it is a release store only, the look can come before it: the sleeper is then not
 * woken, and finds out by the end of its slice.
 *
 * <p>Where somebody stops here, and no more is heard of him: a sleeper before the hint is found by the next waker for
 * another reason, or costs nothing; after it, it costs one look at all words and one needless wake. A waker between its CAS
 * and the call leaves the sleeper to the end of its slice; before it has cleared the hint, that to the next one.
 *
 * <p>Any value is legal in either word: damage costs a needless wake, or a slice.
 *
 * <p>Thread-safe; a slot is used by one thread at a time.
 */
public final class SleepWords {
    private static final long ASLEEP = 1;
    private static final long NOBODY = 0;
    private static final int SLOT_BITS = 12;

    private final SharedBuffer buffer;
    private final Layout layout;
    private final Futex futex;
    private final int slots;
    private final int hintOffset;

    /**
     * The words of a universe.
     *
     * @param buffer that holds them.
     * @param layout of the buffer.
     * @param futex over the same memory.
     */
    public SleepWords(final SharedBuffer buffer, final Layout layout, final Futex futex) {
        this.buffer = buffer;
        this.layout = layout;
        this.futex = futex;
        slots = layout.capacities().groups();
        hintOffset = layout.control() + ControlDescriptor.SLEEPERS_OFFSET;
    }

    /** Prepares the futex, see {@link Futex#prepare}. */
    public void prepare() {
        futex.prepare();
    }

    /**
     * Sleeps, if the slot has said before that it is about to and was not woken since; else says so.
     *
     * @param slot of the caller.
     * @return false if the calling thread cannot sleep.
     */
    public boolean sleep(final int slot) {
        if (!futex.canSleep()) {
            return false;
        }
        final int offset = wordOffset(slot);
        final long word = buffer.getLongVolatile(offset);
        if (isAsleep(word)) {
            futex.sleep(offset, word);
        } else {
            buffer.putLongVolatile(offset, word + 1);
            buffer.putLongVolatile(hintOffset, stamp(word + 1, slot));
        }
        return true;
    }

    /**
     * Says that the slot's thread sleeps no more.
     *
     * @param slot of the caller.
     */
    public void leave(final int slot) {
        rouse(wordOffset(slot));
    }

    /** {@return whether somebody may be asleep} */
    public boolean isAnybodyAsleep() {
        return buffer.getLongVolatile(hintOffset) != NOBODY;
    }

    /**
     * Wakes a slot's thread, if it sleeps.
     *
     * @param slot to wake; one that does not exist is nobody's.
     */
    public void wake(final int slot) {
        if (isAnybodyAsleep() && slot >= 0 && slot < slots) {
            awaken(slot);
        }
    }

    /** Wakes everybody who sleeps. */
    public void wakeAll() {
        final long hint = buffer.getLongVolatile(hintOffset);
        if (hint != NOBODY) {
            for (int slot = 0; slot < slots; slot++) {
                awaken(slot);
            }
            buffer.compareAndSetLong(hintOffset, hint, NOBODY);
        }
    }

    private void awaken(final int slot) {
        final int offset = wordOffset(slot);
        if (rouse(offset)) {
            futex.wake(offset);
        }
    }

    /** Odd → even; whoever else does it at that moment has done it. */
    private boolean rouse(final int offset) {
        final long word = buffer.getLongVolatile(offset);
        return isAsleep(word) && buffer.compareAndSetLong(offset, word, word + 1);
    }

    private int wordOffset(final int slot) {
        return layout.groupSlot(slot) + GroupSlotDescriptor.SLEEP_OFFSET;
    }

    private static boolean isAsleep(final long word) {
        return (word & ASLEEP) != 0;
    }

    /** Never 0, since the word is odd; another one for each sleep of each slot. */
    private static long stamp(final long word, final int slot) {
        return (word << SLOT_BITS) | slot;
    }
}
