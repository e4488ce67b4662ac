package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.region.StateLockDescriptor;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;

class StateLockLincheckTest {
    /** The lock over sound memory. */
    public static class Sound {
        private final GuardedByStateLock guarded = new GuardedByStateLock(Memory.sound(GuardedByStateLock.LENGTH));

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

        @Operation
        public long read(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.readWaiting(slot);
        }

        @Operation
        public long readOptimistically(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.readByVersion(slot);
        }
    }

    /** The same lock over memory whose CAS is a load and a store. */
    public static class WithoutCas {
        private final GuardedByStateLock guarded =
                new GuardedByStateLock(Memory.withoutCas(GuardedByStateLock.LENGTH));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }
    }

    /** A summary bit that never sticks: no writer finds a reader. */
    public static class WithoutSummary {
        private final GuardedByStateLock guarded = new GuardedByStateLock(
                Memory.withStuckWord(GuardedByStateLock.LENGTH, StateLockDescriptor.SUMMARY_OFFSET));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }

        @Operation
        public long readOptimistically(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.readByVersion(slot);
        }
    }

    @Test
    void shouldBeAReaderWriterLockInEveryInterleavingLookedAt() {
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
    void shouldBeAReaderWriterLockUnderStress() {
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

    /** A control. */
    @Test
    void shouldFindTwoWritersWhenCasIsNoCas() {
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

    /** A control. */
    @Test
    void shouldFindThatReadersGoUnseenWhenSummaryBitIsLost() {
        assertThrows(LincheckAssertionError.class, () -> new ModelCheckingOptions()
                .sequentialSpecification(Counter.class)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .logLevel(LoggingLevel.OFF)
                .iterations(15)
                .invocationsPerIteration(300)
                .check(WithoutSummary.class));
    }
}
