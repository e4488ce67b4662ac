package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LinkerStateWriteBackoffTest {
    @Test
    void shouldSpin64TimesAndYield24TimesBeforeItSleeps() {
        for (int step = 0; step < 64 + 24; step++) {
            assertEquals(0, LinkerStateWriteBackoff.sleepNanos(step), "step=" + step);
        }
        assertEquals(64, LinkerStateWriteBackoff.SPINS);
        assertEquals(24, LinkerStateWriteBackoff.YIELDS);
        assertEquals(48_000, LinkerStateWriteBackoff.sleepNanos(64 + 24));
    }

    @Test
    void shouldDoubleItsSleepUpToTenMilliseconds() {
        final long[] expected = {
            48_000, 96_000, 192_000, 384_000, 768_000, 1_536_000, 3_072_000, 6_144_000, 10_000_000, 10_000_000, 10_000_000
        };
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], LinkerStateWriteBackoff.sleepNanos(64 + 24 + i), "sleep=" + i);
        }
        assertEquals(10_000_000, LinkerStateWriteBackoff.sleepNanos(Integer.MAX_VALUE));
    }

    @Test
    void shouldBeginAgainWhenResetOrWhenThereWasWork() {
        final LinkerStateWriteBackoff backoff = new LinkerStateWriteBackoff();
        long afterReset = Long.MAX_VALUE;
        long afterWork = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) { // the least: a thread that is not let run looks like one that sleeps
            idleUntilItSleeps(backoff);
            backoff.reset();
            afterReset = Math.min(afterReset, nanosOfAnIdle(backoff));
            idleUntilItSleeps(backoff);
            backoff.idle(1);
            afterWork = Math.min(afterWork, nanosOfAnIdle(backoff));
        }
        assertTrue(afterReset < 48_000, "sleeps after reset: ns=" + afterReset);
        assertTrue(afterWork < 48_000, "sleeps after work: ns=" + afterWork);
    }

    private static void idleUntilItSleeps(final LinkerStateWriteBackoff backoff) {
        for (int i = 0; i < 64 + 24; i++) {
            backoff.idle(0);
        }
    }

    @Test
    void shouldSleepAtLeastAsLongAsItsStepSays() {
        final LinkerStateWriteBackoff backoff = new LinkerStateWriteBackoff();
        for (int i = 0; i < 64 + 24 + 5; i++) {
            backoff.idle();
        }
        long longest = 0;
        for (int i = 0; i < 3; i++) {
            longest = Math.max(longest, nanosOfAnIdle(backoff)); // a park may return early, not three times
        }
        assertTrue(longest >= 1_536_000, "slept ns=" + longest);
    }

    @Test
    void shouldBeNamedForTheLog() {
        assertEquals("linker-state-write", new LinkerStateWriteBackoff().alias());
    }

    private static long nanosOfAnIdle(final LinkerStateWriteBackoff backoff) {
        final long begin = System.nanoTime();
        backoff.idle();
        return System.nanoTime() - begin;
    }
}
