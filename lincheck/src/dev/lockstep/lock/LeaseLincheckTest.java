package dev.lockstep.lock;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
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
        Checking.assertSound(Sound.class);
    }

    /** The control: a test that did not see this would see nothing. */
    @Test
    void shouldFindTwoOwnersWhenCasIsNoCas() {
        Checking.assertFaultIsFound(WithoutCas.class);
    }
}
