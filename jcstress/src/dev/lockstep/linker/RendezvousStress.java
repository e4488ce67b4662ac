package dev.lockstep.linker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.linker.table.TableTransaction;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Orderings between an operation and the groups that it waits for, or need not wait for. */
public final class RendezvousStress {
    private RendezvousStress() {}

    /**
     * The words of the Dekker pair by themselves: STOP into the control word, then the state; RUNNING into the state, then
     * the control word. RUNNING is a release store, so its caller's fence orders the pair; x86 shows it if that is missing.
     */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "at least one sees the other")
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "leaves unseen, and does not see the STOP")
    @State
    public static class SafeRegionWords extends LinkerWords {
        @Actor
        public void instigator(final II_Result r) {
            shared.step(0, ControlWord.stop(0));
            r.r1 = shared.slots.isRunning(1) ? 1 : 0;
        }

        @Actor
        public void leaver(final II_Result r) {
            shared.slots.run(1);
            buffer.fullFence(); // as Participant.exitSafeRegion does, since RUNNING is a release store
            r.r2 = ControlWord.phase(shared.control()) == ControlWord.STOP ? 1 : 0;
        }
    }

    /** An arrival publishes what the group did to guest memory before. Guards its release store and the volatile load. */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "not yet, or with what it did")
    @Outcome(expect = FORBIDDEN, desc = "has arrived and is still at it")
    @State
    public static class ArrivalPublishes extends LinkerWords {
        @Actor
        public void follower() {
            buffer.putLong(GUEST, 1);
            shared.slots.arrive(1, 1);
        }

        @Actor
        public void instigator(final JJ_Result r) {
            r.r1 = shared.slots.hasArrived(1, 1) ? 1 : 0;
            r.r2 = r.r1 == 0 ? -1 : buffer.getLong(GUEST);
        }
    }

    /** As for an arrival: a group counts as safe once all that it did is visible. Guards the release store of SAFE. */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "not yet, or with what it did")
    @Outcome(expect = FORBIDDEN, desc = "is safe and still at it")
    @State
    public static class SafePublishes extends LinkerWords {
        public SafePublishes() {
            shared.slots.run(1);
        }

        @Actor
        public void follower() {
            buffer.putLong(GUEST, 1);
            shared.slots.safe(1);
        }

        @Actor
        public void instigator(final JJ_Result r) {
            r.r1 = shared.slots.isRunning(1) ? 0 : 1;
            r.r2 = r.r1 == 0 ? -1 : buffer.getLong(GUEST);
        }
    }

    /**
     * A whole operation against a group that leaves its safe region, runs guest code and enters it again: nothing is
     * committed while guest code runs that does not know of it. Guards the fences of {@link Rendezvous#run} and
     * {@link Participant#exitSafeRegion} where they stand, the arrival, and APPLY's order.
     */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "ran before or after the operation, not during it")
    @Outcome(expect = FORBIDDEN, desc = "an operation was committed under running guest code, or not finished")
    @State
    public static class OperationAgainstSafeRegion extends LinkerWords {
        private final Participant leaver = participant(1);
        private final Participant instigator = participant(0);
        private final TableTransaction transaction = new TableTransaction(buffer, LAYOUT);
        private final OperationBatch batch = new OperationBatch(shared.log.maxFrameLength());

        public OperationAgainstSafeRegion() {
            shared.slots.claim(0);
            shared.slots.claim(0);
            shared.topology.tryAcquire(0);
            shared.stateLock.tryWrite(0);
            instigator.exitSafeRegion();
            transaction.begin();
            OperationFlyweight.encodeHead(batch.payload(), OperationFlyweight.ALLOCATE_FUNCTION_TABLE, 0, 0, 1, 0);
            batch.add(
                    1,
                    OperationFlyweight.encodeAllocate(batch.payload(), 0, 1),
                    1,
                    OperationFlyweight.ALLOCATE_FUNCTION_TABLE);
        }

        private Participant participant(final int slot) {
            final IdleStrategy yielding = YieldingIdleStrategy.INSTANCE;
            return new Participant(shared, slot, new FunctionTable(), yielding);
        }

        @Actor
        public void instigator() {
            instigator.rendezvous().run(transaction, batch, 0);
        }

        @Actor
        public void leaver(final III_Result r) {
            leaver.exitSafeRegion();
            final long entered = leaver.applied();
            final long left = ControlWord.sequence(shared.control());
            leaver.enterSafeRegion();
            r.r2 = entered == left ? 0 : 1;
        }

        @Arbiter
        public void after(final III_Result r) {
            r.r1 = (int) ControlWord.sequence(shared.control());
            r.r3 = ControlWord.phase(shared.control());
        }
    }
}
