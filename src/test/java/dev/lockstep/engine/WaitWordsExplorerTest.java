package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.SharedBuffer;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import org.junit.jupiter.api.Test;

/**
 * Waits and notifications in every order: nobody waits for ever who was to be notified, and each notification that is counted
 * has reached one waiter.
 */
class WaitWordsExplorerTest {
    private static final int AT = 64;
    private static final int ELSEWHERE = 128;
    private static final int LINEAR = 256;
    private static final int NOT_YET = -1;
    private static final int LEFT = -2;

    /** The first participants wait, participant n for the value n; the last one changes the value and notifies, in turn. */
    private static class Waiting implements Scenario, WaitWords.Groups {
        final Execution execution;
        final int waiters;
        final int[] counts;
        final SharedBuffer linear;
        final WaitWords words;
        final int[] results;
        final boolean[] asleep;
        int notified;

        /**
         * @param waiters how many wait.
         * @param counts of the notifications; before the first one the value is 0, before the nth it becomes n.
         */
        Waiting(final Execution execution, final int waiters, final int... counts) {
            this.execution = execution;
            this.waiters = waiters;
            this.counts = counts;
            final SharedBuffer memory = new ExploredBuffer(
                    execution, execution.memory(LinearMemoryDescriptor.HEADER_LENGTH + LINEAR), index -> false);
            linear = memory.view(LinearMemoryDescriptor.HEADER_LENGTH, LINEAR);
            words = new WaitWords(memory, linear, waiters, this);
            results = new int[waiters];
            asleep = new boolean[waiters];
        }

        @Override
        public void setUp(final int participant) {
            if (participant < waiters) {
                words.claim(participant, participant + 1);
                results[participant] = NOT_YET;
            }
        }

        int expected(final int waiter) {
            return waiter;
        }

        @Override
        public void run(final int participant) {
            if (participant < waiters) {
                results[participant] = await(participant);
            } else {
                change();
            }
        }

        /** As a group's wait does it; but one that nobody has ended when all others are done leaves. */
        private int await(final int slot) {
            if (!words.holds(AT, expected(slot), true)) {
                return GuestWait.NOT_EQUAL;
            }
            long word = words.arrive(slot, AT, expected(slot), true);
            while (word == WaitWords.DISTURBED) {
                word = words.arrive(slot, AT, expected(slot), true);
            }
            if (word == WaitWords.NOT_EQUAL) {
                return GuestWait.NOT_EQUAL;
            }
            while (words.isWaiting(slot, word)) {
                if (mayLeave()) {
                    return words.withdraw(slot, word) ? LEFT : GuestWait.NOTIFIED;
                }
                execution.waiting();
            }
            return GuestWait.NOTIFIED;
        }

        boolean mayLeave() {
            return execution.hasEnded(waiters) || execution.isDead(waiters);
        }

        void change() {
            for (int i = 0; i < counts.length; i++) {
                linear.putLong(AT, i + 1);
                notified += words.notify(AT, counts[i]);
            }
        }

        @Override
        public long generation(final int slot) {
            return execution.isDead(slot) ? 0 : slot + 1;
        }

        @Override
        public void wake(final int slot) {}

        int with(final int result) {
            int found = 0;
            for (final int each : results) {
                found += each == result ? 1 : 0;
            }
            return found;
        }

        /** Nobody is to be left: a waiter has seen the change, or was there before the notification that follows it. */
        @Override
        public void check() {
            assertEquals(with(GuestWait.NOTIFIED), notified, "notifications that have reached nobody");
            assertEquals(0, with(LEFT), "waiters that nobody has notified");
            assertEquals(waiters, with(GuestWait.NOTIFIED) + with(GuestWait.NOT_EQUAL));
            checkWords();
        }

        final void checkWords() {
            for (int slot = 0; slot < waiters; slot++) {
                assertTrue(words.isWaiting(slot, 0), "word is left: slot=" + slot);
            }
        }
    }

    private static void explore(
            final String name, final int participants, final Bounds bounds, final Scenario.Factory factory)
            throws Exception {
        new Explorer(name, participants, bounds, factory).exhaust();
    }

    @Test
    void shouldNotLoseTheNotificationThatFollowsAChange() throws Exception {
        explore("wait and notify", 2, new Bounds(4, 2, 0), execution -> new Waiting(execution, 1, 1));
        explore("wait and notify twice", 2, new Bounds(4, 1, 0), execution -> new Waiting(execution, 1, 1, 1));
    }

    /** A signal each, as a condition variable counts them: who has come too late for the first one leaves the second alone. */
    @Test
    void shouldNotTakeTheNotificationOfAnotherOneWhenTheValueDiffers() throws Exception {
        explore("two signals", 3, new Bounds(3, 0, 0), execution -> new Waiting(execution, 2, 1, 1));
        explore("two signals, late stores", 3, new Bounds(2, 1, 0), execution -> new Waiting(execution, 2, 1, 1));
    }

    @Test
    void shouldNotifyAllWhoWait() throws Exception {
        explore("all", 3, new Bounds(3, 0, 0), execution -> new Waiting(execution, 2, -1) {
            @Override
            int expected(final int waiter) {
                return 0;
            }
        });
    }

    /** Who waits again at once, the value being the same, is not met twice by one notification. */
    @Test
    void shouldEndOneWaitOfEachWaiterAtMost() throws Exception {
        explore("waiter that comes back", 2, new Bounds(4, 0, 0), execution -> new Waiting(execution, 1, -1) {
            @Override
            public void run(final int participant) {
                super.run(participant);
                if (participant == 0) {
                    super.run(participant);
                }
            }

            @Override
            void change() {
                notified = words.notify(AT, -1);
            }

            @Override
            public void check() {
                assertTrue(notified <= 1, "counted=" + notified);
                checkWords();
            }
        });
    }

    /** One waits, one comes by elsewhere and finds nobody at its address, which may clear the hint; then the first is notified. */
    @Test
    void shouldKeepTheHintWhileAnybodyWaits() throws Exception {
        explore("another address", 3, new Bounds(3, 1, 0), execution -> new Waiting(execution, 1, 1) {
            @Override
            public void run(final int participant) {
                if (participant == 2) {
                    assertEquals(0, words.notify(ELSEWHERE, 1));
                    assertEquals(0, words.notify(ELSEWHERE, 1));
                } else {
                    super.run(participant);
                }
            }
        });
    }

    @Test
    void shouldDecideBetweenNotificationAndTimeout() throws Exception {
        explore("timeout", 2, new Bounds(4, 1, 0), execution -> new Waiting(execution, 1, 1) {
            @Override
            boolean mayLeave() {
                return true;
            }

            @Override
            public void check() {
                assertEquals(with(GuestWait.NOTIFIED), notified);
                checkWords();
            }
        });
    }

    /** The dead may have been notified before they died, so that a notification each may have reached nobody who lives. */
    @Test
    void shouldGoOnWhenAnyoneDies() throws Exception {
        final Scenario.Factory factory = execution -> new Waiting(execution, 2, -1) {
            @Override
            int expected(final int waiter) {
                return 0;
            }

            @Override
            public boolean mayDie(final int participant, final boolean changes) {
                return changes;
            }

            @Override
            public void check() {
                final int living = with(GuestWait.NOTIFIED);
                if (!execution.isDead(waiters)) {
                    assertTrue(
                            notified >= living && notified <= living + execution.deaths(),
                            "counted=" + notified + " living=" + living);
                    assertEquals(0, with(LEFT), "a waiter that lives was not notified");
                }
                for (int slot = 0; slot < waiters; slot++) {
                    words.claim(slot, 9);
                }
                checkWords();
                assertEquals(0, words.notify(AT, -1), "what the dead have left was cleared");
            }
        };
        explore("wait, deaths", 3, new Bounds(2, 0, 1), factory);
    }

    /** What a dead waiter has left in a slot that is free, or another group's, is taken away and not counted. */
    @Test
    void shouldNotCountTheWordOfAGroupThatIsGone() throws Exception {
        explore("word of the dead", 2, new Bounds(3, 1, 0), execution -> new Waiting(execution, 2, 1) {
            @Override
            public void setUp(final int participant) {
                super.setUp(participant);
                if (participant == 1) {
                    words.claim(1, 1); // the group's generation is 2 by now, as generation() has it
                    words.arrive(1, AT, 0, true);
                }
            }

            @Override
            public void run(final int participant) {
                if (participant == 1) {
                    change();
                } else {
                    super.run(participant);
                }
            }

            @Override
            boolean mayLeave() {
                return execution.hasEnded(1);
            }

            @Override
            public void check() {
                assertEquals(results[0] == GuestWait.NOTIFIED ? 1 : 0, notified);
                assertTrue(results[0] == GuestWait.NOTIFIED || results[0] == GuestWait.NOT_EQUAL);
            }
        });
    }
}
