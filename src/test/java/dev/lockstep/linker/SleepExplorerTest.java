package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lockstep.lock.Futex;
import dev.lockstep.lock.SleepWords;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.GroupSlotDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** Sleeping and waking, over a model of the kernel in which a sleep that nobody ends is noticed. */
class SleepExplorerTest {
    private static final Capacities SMALL = new Capacities(1, 4, 1, 1, 1 << 10, 1, 1, 0, 1 << 12, 1 << 12, 1 << 12);

    /** Some wait for a word of their own that others change, with one of the stores that the library makes. */
    private static final class Sleeping implements Scenario, Futex {
        private final Execution execution;
        private final Layout layout = new Layout(SMALL);
        private final SharedBuffer buffer;
        private final SleepWords words;
        private final IntPredicate isSleeper;
        private final boolean all;
        private final boolean exact;
        private final boolean[] asleep = new boolean[SMALL.groups()];
        private int notWoken;

        /**
         * @param isSleeper who waits; slot n is woken by the participant after it that does not.
         * @param all whether everybody is woken, or whose word has changed.
         * @param exact whether the change is a volatile store, or a release store.
         */
        Sleeping(final Execution execution, final IntPredicate isSleeper, final boolean all, final boolean exact) {
            this.execution = execution;
            this.isSleeper = isSleeper;
            this.all = all;
            this.exact = exact;
            buffer = new ExploredBuffer(
                    execution, execution.memory(layout.fileLength() + 2 * SMALL.groups() * Long.BYTES), index -> false);
            words = new SleepWords(buffer, layout, this);
        }

        private int awaited(final int slot) {
            return layout.fileLength() + slot * Long.BYTES;
        }

        private int sleepWord(final int slot) {
            return layout.groupSlot(slot) + GroupSlotDescriptor.SLEEP_OFFSET;
        }

        @Override
        public void run(final int slot) {
            if (isSleeper.test(slot)) {
                while (buffer.getLongVolatile(awaited(slot)) == 0 && !execution.isDead(slot + 1)) {
                    words.sleep(slot);
                }
                words.leave(slot);
            } else {
                final int woken = slot - 1;
                if (exact) {
                    buffer.putLongVolatile(awaited(woken), 1);
                } else {
                    buffer.putLongRelease(awaited(woken), 1);
                }
                if (all) {
                    words.wakeAll();
                } else {
                    words.wake(woken);
                }
            }
        }

        @Override
        public void prepare() {}

        @Override
        public boolean canSleep() {
            return true;
        }

        /** Comparing and falling asleep is one step, as nothing is accessed in between. Time goes on if nobody else can. */
        @Override
        public void sleep(final int offset, final long word) {
            if ((int) buffer.getLongVolatile(offset) != (int) word) {
                return;
            }
            final int slot = execution.current();
            final long before = execution.nanoTime();
            asleep[slot] = true;
            while (asleep[slot]) {
                execution.waiting();
                if (asleep[slot] && execution.nanoTime() != before) {
                    notWoken++;
                    asleep[slot] = false;
                }
            }
        }

        /** The kernel has a full barrier between whatever was stored before and its look at who sleeps. */
        @Override
        public boolean wake(final int offset) {
            buffer.fullFence();
            for (int slot = 0; slot < SMALL.groups(); slot++) {
                if (sleepWord(slot) == offset && asleep[slot]) {
                    asleep[slot] = false;
                    buffer.putLongVolatile(awaited(slot) + SMALL.groups() * Long.BYTES, 1);
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean mayDie(final int participant, final boolean changes) {
            return changes;
        }

        @Override
        public void check() {
            if (execution.deaths() == 0) {
                if (exact) {
                    assertEquals(0, notWoken, "nobody woke a sleeper");
                }
                for (int slot = 0; slot < SMALL.groups(); slot++) {
                    assertEquals(0, buffer.getLong(sleepWord(slot)) & 1, "left asleep: slot=" + slot);
                }
            }
            words.wakeAll();
            assertEquals(0, buffer.getLong(layout.control() + ControlDescriptor.SLEEPERS_OFFSET), "hint is cleared");
            assertFalse(asleep[0] && !execution.isDead(0), "asleep for ever");
        }
    }

    private static final IntPredicate EVEN = slot -> slot % 2 == 0;

    @Test
    void shouldWakeWhoeverSleepsAfterAnExactChange() throws Exception {
        explore("one sleeper", 2, new Bounds(4, 1, 0), false, true);
        explore("one sleeper, all woken", 2, new Bounds(4, 1, 0), true, true);
        explore("two sleepers, each woken", 4, new Bounds(2, 0, 0), false, true);
        explore("two sleepers, all woken", 4, new Bounds(2, 0, 0), true, true);
    }

    @Test
    void shouldEndTheSleepThatAReleaseStoreHasMissed() throws Exception {
        explore("release store", 2, new Bounds(3, 1, 0), true, false);
    }

    @Test
    void shouldGoOnWhenAnyoneDiesAsleepOrWaking() throws Exception {
        explore("sleepers, deaths", 4, new Bounds(1, 0, 1), true, true);
        explore("sleeper, death", 2, new Bounds(2, 0, 1), false, true);
    }

    private static void explore(
            final String name, final int participants, final Bounds bounds, final boolean all, final boolean exact)
            throws Exception {
        new Explorer(name, participants, bounds, execution -> new Sleeping(execution, EVEN, all, exact)).exhaust();
    }
}
