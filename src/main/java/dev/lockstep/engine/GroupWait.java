package dev.lockstep.engine;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;

/**
 * Waits of a group in the linear memory of a universe: between groups of this JVM and of others.
 *
 * <p>While it waits the group is in a safe region, so that nobody waits for it, and catches up on its way out. It looks at its
 * word again and again, at least every millisecond; who notifies it wakes it where that can be done. So a timeout can be a
 * millisecond late, and a notification too, where the notifier cannot wake: from a JVM without the means, see
 * {@link dev.lockstep.lock.Futex}.
 *
 * <p>For the group's thread.
 */
public final class GroupWait implements GuestWait {
    private final InstanceGroup group;
    private final WaitWords words;

    /**
     * For a group; one for its whole life.
     *
     * @param memory of the universe.
     * @param universe that the group belongs to.
     * @param group that waits.
     */
    public GroupWait(final LinearMemoryFile memory, final Universe universe, final InstanceGroup group) {
        this.group = group;
        words = new WaitWords(
                memory.header(), memory.linear(), universe.layout().capacities().groups(), new WaitWords.Groups() {
                    @Override
                    public long generation(final int slot) {
                        return group.groupGeneration(slot);
                    }

                    @Override
                    public void wake(final int slot) {
                        group.wakeGroup(slot);
                    }
                });
        words.claim(group.slot(), group.groupGeneration(group.slot()));
    }

    @Override
    public int await(final int address, final long expected, final boolean wide, final long timeoutNanos)
            throws InterruptedException {
        if (!words.holds(address, expected, wide)) {
            return NOT_EQUAL;
        }
        if (timeoutNanos == 0) {
            return TIMED_OUT;
        }
        final int slot = group.slot();
        long word = words.arrive(slot, address, expected, wide);
        while (word == WaitWords.DISTURBED) {
            group.doPendingLinkOperations(true);
            word = words.arrive(slot, address, expected, wide);
        }
        if (word == WaitWords.NOT_EQUAL) {
            return NOT_EQUAL;
        }
        final boolean isNotified;
        try {
            sleep(slot, word, timeoutNanos);
        } finally {
            isNotified = !words.withdraw(slot, word);
        }
        if (isNotified) {
            return NOTIFIED;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException("wait was interrupted: group=" + slot + " address=" + address);
        }
        return TIMED_OUT;
    }

    private void sleep(final int slot, final long word, final long timeoutNanos) {
        final Thread thread = Thread.currentThread();
        final long begun = System.nanoTime();
        group.waitInSafeRegion(() -> !words.isWaiting(slot, word)
                || thread.isInterrupted()
                || (timeoutNanos >= 0 && System.nanoTime() - begun >= timeoutNanos));
    }

    @Override
    public int notify(final int address, final int count) {
        return words.notify(address, count);
    }
}
