package dev.lockstep.linker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Orderings of the control word and the abort detail. */
public final class ControlWordStress {
    private ControlWordStress() {}

    /** The CAS order of commit and abort decides, and the abort bit is never lost. Guards both CAS. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "0, 0, 1"},
            expect = ACCEPTABLE,
            desc = "committed, then aborted; or aborted only")
    @Outcome(expect = FORBIDDEN, desc = "a commit that is denied, a denied one that is there, or an abort that is lost")
    @State
    public static class CommitAgainstAbort extends LinkerWords {
        private final long stop = ControlWord.stop(0);

        public CommitAgainstAbort() {
            shared.step(0, stop);
        }

        @Actor
        public void instigator(final III_Result r) {
            r.r1 = shared.step(stop, ControlWord.committed(stop, 1)) ? 1 : 0;
        }

        @Actor
        public void other() {
            shared.abort(20, 1);
        }

        @Arbiter
        public void after(final III_Result r) {
            r.r2 = (int) ControlWord.sequence(shared.control());
            r.r3 = shared.isAborted() ? 1 : 0;
        }
    }

    /** The detail comes before the bit. Guards the order of the two CAS in {@code abort}. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 20"},
            expect = ACCEPTABLE,
            desc = "not yet, or with its code")
    @Outcome(expect = FORBIDDEN, desc = "aborted for no reason")
    @State
    public static class DetailBeforeBit extends LinkerWords {
        @Actor
        public void aborter() {
            shared.abort(20, 1);
        }

        @Actor
        public void other(final II_Result r) {
            if (shared.isAborted()) {
                r.r1 = 1;
                r.r2 = shared.aborted().code();
            }
        }
    }

    /** The first code wins, for everybody. Guards the CAS of the detail from 0. */
    @JCStressTest
    @Outcome(
            id = {"20, 20", "21, 21"},
            expect = ACCEPTABLE,
            desc = "the same code")
    @Outcome(expect = FORBIDDEN, desc = "two codes")
    @State
    public static class FirstCodeWins extends LinkerWords {
        @Actor
        public void first(final II_Result r) {
            shared.abort(20, 0);
            r.r1 = shared.aborted().code();
        }

        @Actor
        public void second(final II_Result r) {
            shared.abort(21, 1);
            r.r2 = shared.aborted().code();
        }
    }

    /** One bootstrap. Guards the CAS. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "two, or none")
    @State
    public static class OneBootstrap extends LinkerWords {
        @Actor
        public void first(final II_Result r) {
            r.r1 = shared.beginBootstrap(0) ? 1 : 0;
        }

        @Actor
        public void second(final II_Result r) {
            r.r2 = shared.beginBootstrap(1) ? 1 : 0;
        }
    }
}
