package dev.lockstep.lock;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.stress.StressMemory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Orderings of the lease word, the tickets and the hint. */
public final class LeaseStress {
    private static final int SLOTS = 2;
    private static final int GUARDED = LeaseDescriptor.length(SLOTS);

    private LeaseStress() {}

    /** Two participants over one lease; behind it a word that it guards. */
    abstract static class Words {
        final SharedBuffer buffer = StressMemory.allocate(GUARDED + Long.BYTES);
        final Lease lease = new Lease(buffer, 0, SLOTS, Waker.NONE);

        /** Gives up at its first pause: a wait that lasts one look. */
        final long acquireOrGiveUp(final int slot) {
            try {
                return lease.acquire(slot, new Impatient());
            } catch (final GivenUp e) {
                return Lease.NONE;
            }
        }
    }

    private static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;
        static final GivenUp INSTANCE = new GivenUp();

        private GivenUp() {
            super(null, null, false, false);
        }
    }

    private static final class Impatient implements Cooperation {
        @Override
        public void begin() {}

        @Override
        public void pause() {
            throw GivenUp.INSTANCE;
        }

        @Override
        public void end() {}
    }

    /** Guards the CAS in {@code take}: with a plain store both would own it. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "two owners, or none though the lease was free")
    @State
    public static class OneOwner extends Words {
        @Actor
        public void first(final JJ_Result r) {
            r.r1 = lease.tryAcquire(0);
        }

        @Actor
        public void second(final JJ_Result r) {
            r.r2 = lease.tryAcquire(1);
        }
    }

    /**
     * Guards the release store that frees, and the volatile load before the next CAS. Reordered by AArch64 if it were
     * plain, or by a compiler; x86 keeps stores in order.
     */
    @JCStressTest
    @Outcome(id = "0, -1", expect = ACCEPTABLE, desc = "still held")
    @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "the next owner sees what the one before wrote")
    @Outcome(expect = FORBIDDEN, desc = "owner does not see what was guarded")
    @State
    public static class ReleasePublishes extends Words {
        public ReleasePublishes() {
            lease.tryAcquire(0);
        }

        @Actor
        public void owner() {
            buffer.putLong(GUARDED, 1);
            lease.release(0, 1);
        }

        @Actor
        public void next(final JJ_Result r) {
            r.r1 = lease.tryAcquire(1);
            r.r2 = r.r1 == Lease.NONE ? -1 : buffer.getLong(GUARDED);
        }
    }

    /**
     * Hand-off against giving up. Guards the volatile store of RELEASING before the tickets are read, and the volatile
     * store of the ticket before the lease word is read: a Dekker pair, so x86 shows it if either is a release store. Then
     * the lease would be handed to a waiter that has gone, for ever.
     */
    @JCStressTest
    @Outcome(id = "0, 0, -1", expect = ACCEPTABLE, desc = "gave up, the lease is free")
    @Outcome(
            id = {"2, 1, 1", "2, 0, 1"},
            expect = ACCEPTABLE,
            desc = "was served, and sees what was guarded")
    @Outcome(expect = FORBIDDEN, desc = "handed to a waiter that is gone, stuck in between, or not seen")
    @State
    public static class HandOffAgainstGivingUp extends Words {
        public HandOffAgainstGivingUp() {
            lease.tryAcquire(0);
        }

        @Actor
        public void owner() {
            buffer.putLong(GUARDED, 1);
            lease.release(0, 1);
        }

        @Actor
        public void waiter(final JJJ_Result r) {
            r.r1 = acquireOrGiveUp(1);
            r.r3 = r.r1 == Lease.NONE ? -1 : buffer.getLong(GUARDED);
        }

        @Arbiter
        public void after(final JJJ_Result r) {
            r.r2 = lease.isFree() ? 0 : lease.owner() == 1 ? 1 : 2;
        }
    }

    /** An offer is claimed or revoked, by CAS: never both, never neither. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 0"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "two owners, none, or the wrong one")
    @State
    public static class ClaimAgainstRevoke extends Words {
        public ClaimAgainstRevoke() {
            lease.offer(0, lease.tryAcquire(0));
        }

        @Actor
        public void claimer(final JJJ_Result r) {
            r.r1 = lease.claim(0, 1, 1) ? 1 : 0;
        }

        @Actor
        public void offerer(final JJJ_Result r) {
            r.r2 = lease.revoke(0, 1) ? 1 : 0;
        }

        @Arbiter
        public void after(final JJJ_Result r) {
            r.r3 = lease.owner();
        }
    }
}
