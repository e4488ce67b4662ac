package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;

class LeaseLincheckTest {
    /** The lease over sound memory. */
    public static class Sound {
        private final GuardedByLease guarded = new GuardedByLease(Memory.sound(GuardedByLease.LENGTH));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }

        @Operation
        public long incrementAfterGivingUp(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementImpatiently(slot);
        }

        @Operation
        public long incrementByTrying(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementTrying(slot);
        }
    }

    /** The same lease over memory whose CAS is a load and a store. */
    public static class WithoutCas {
        private final GuardedByLease guarded = new GuardedByLease(Memory.withoutCas(GuardedByLease.LENGTH));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }
    }

    @Test
    void shouldBeALockInEveryInterleavingLookedAt() {
        new ModelCheckingOptions()
                .sequentialSpecification(Counter.class)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .logLevel(LoggingLevel.OFF)
                .actorsAfter(1)
                .iterations(15)
                .invocationsPerIteration(300)
                .check(Sound.class);
    }

    @Test
    void shouldBeALockUnderStress() {
        new StressOptions()
                .sequentialSpecification(Counter.class)
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(0)
                .logLevel(LoggingLevel.OFF)
                .actorsAfter(1)
                .iterations(15)
                .invocationsPerIteration(500)
                .check(Sound.class);
    }

    /** The control: a test that did not see this would see nothing. */
    @Test
    void shouldFindTwoOwnersWhenCasIsNoCas() {
        assertThrows(LincheckAssertionError.class, () -> new ModelCheckingOptions()
                .sequentialSpecification(Counter.class)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .logLevel(LoggingLevel.OFF)
                .iterations(15)
                .invocationsPerIteration(300)
                .check(WithoutCas.class));
    }
}
