package dev.lockstep.lock;

import dev.lockstep.region.StateLockDescriptor;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
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
        private final GuardedByStateLock guarded = new GuardedByStateLock(Memory.withoutCas(GuardedByStateLock.LENGTH));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }
    }

    /** Reader flags that never go up: no writer finds a reader. */
    public static class WithoutFlags {
        private final GuardedByStateLock guarded = new GuardedByStateLock(Memory.losingStores(
                GuardedByStateLock.LENGTH, StateLockDescriptor.flagOffset(0, GuardedByStateLock.SLOTS)));

        @Operation
        public long increment(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.incrementWaiting(slot);
        }

        @Operation
        public long read(@Param(gen = ThreadIdGen.class) final int slot) {
            return guarded.readWaiting(slot);
        }
    }

    @Test
    void shouldBeAReaderWriterLockInEveryInterleavingLookedAt() {
        Checking.assertSound(Sound.class);
    }

    /** A control: a test that did not see this would see nothing. */
    @Test
    void shouldFindTwoWritersWhenCasIsNoCas() {
        Checking.assertFaultIsFound(WithoutCas.class);
    }

    /** A control. */
    @Test
    void shouldFindThatReadersGoUnseenWhenTheirFlagsAreLost() {
        Checking.assertFaultIsFound(WithoutFlags.class);
    }
}
