package dev.lockstep.lock;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.StateLockDescriptor;
import dev.lockstep.stress.StressMemory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Orderings of the writer word, the reader flags and the summary bits. */
public final class StateLockStress {
    private static final int SLOTS = 2;
    private static final int X = StateLockDescriptor.length(SLOTS);
    private static final int Y = X + 128;

    private StateLockStress() {}

    /** Two participants over one lock; behind it two words that it guards. */
    abstract static class Words {
        final SharedBuffer buffer = StressMemory.allocate(Y + Long.BYTES);
        final StateLock lock = new StateLock(buffer, 0, SLOTS, Waker.NONE);

        /** The reader's bit is set and its flag down, as after every read. */
        final void readOnce(final int slot) {
            lock.tryRead(slot);
            lock.unlockRead(slot);
        }

        final int read(final int slot) {
            return lock.tryRead(slot) ? 1 : 0;
        }

        final int write(final int slot) {
            return lock.tryWrite(slot) ? 1 : 0;
        }
    }

    /** Writer and reader, the reader's first time. Guards the two full fences (odd version, flags; flag, version). */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "one of them, or both step back")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reads while the other writes")
    @State
    public static class WriterAgainstNewReader extends Words {
        @Actor
        public void writer(final II_Result r) {
            r.r1 = write(0);
        }

        @Actor
        public void reader(final II_Result r) {
            r.r2 = read(1);
        }
    }

    /**
     * Writer and reader in steady state: the bit is set already, so that the reader has no CAS on its way and its store of
     * the flag stands before its load of the version with nothing but its own mode and fence between. x86 shows the loss
     * of both. The writer clears the bit and looks at the flag again: the third fence.
     */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "one of them, or both step back")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reads while the other writes")
    @State
    public static class WriterAgainstKnownReader extends Words {
        public WriterAgainstKnownReader() {
            readOnce(1);
        }

        @Actor
        public void writer(final II_Result r) {
            r.r1 = write(0);
        }

        @Actor
        public void reader(final II_Result r) {
            r.r2 = read(1);
        }
    }

    /** A writer that has cleared the bit gives up, and a second one comes: it must find the reader too. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "0, 0"},
            expect = ACCEPTABLE,
            desc = "one of them, or both step back")
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reads while the other writes")
    @State
    public static class SecondWriterAgainstReader extends Words {
        public SecondWriterAgainstReader() {
            readOnce(1);
        }

        @Actor
        public void writers(final II_Result r) {
            if (lock.tryWrite(0)) {
                lock.unlockWrite(0);
            }
            r.r1 = write(0);
        }

        @Actor
        public void reader(final II_Result r) {
            r.r2 = read(1);
        }
    }

    /** Guards the CAS on the writer word. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "two writers, or none")
    @State
    public static class OneWriter extends Words {
        @Actor
        public void first(final II_Result r) {
            r.r1 = write(0);
        }

        @Actor
        public void second(final II_Result r) {
            r.r2 = write(1);
        }
    }

    /** Guards unlock's release store and the CAS that takes: what the writer wrote is seen by the reader after it. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "somebody writes")
    @Outcome(
            id = {"0, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "before or after")
    @Outcome(expect = FORBIDDEN, desc = "half of what was written")
    @State
    public static class ReaderSeesWhole extends Words {
        @Actor
        public void writer() {
            if (lock.tryWrite(0)) {
                buffer.putLong(X, 1);
                buffer.putLong(Y, 1);
                lock.unlockWrite(0);
            }
        }

        @Actor
        public void reader(final JJ_Result r) {
            if (lock.tryRead(1)) {
                r.r1 = buffer.getLong(Y);
                r.r2 = buffer.getLong(X);
                lock.unlockRead(1);
            } else {
                r.r1 = -1;
                r.r2 = -1;
            }
        }
    }

    /**
     * The version read: a stamp, two plain loads, the stamp again. Guards the store-store fence behind the odd version,
     * the release store of the even one, the acquire of the stamp and the acquire fence before the second look. On x86 a
     * compiler alone could show their loss.
     */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "was refused, or has to look again")
    @Outcome(
            id = {"0, 0", "1, 1", "2, 2"},
            expect = ACCEPTABLE,
            desc = "one state")
    @Outcome(expect = FORBIDDEN, desc = "torn and yet valid")
    @State
    public static class OptimisticRead extends Words {
        @Actor
        public void writer() {
            for (int i = 1; i <= 2; i++) {
                if (lock.tryWrite(0)) {
                    buffer.putLong(X, i);
                    buffer.putLong(Y, i);
                    lock.unlockWrite(0);
                }
            }
        }

        @Actor
        public void reader(final JJ_Result r) {
            final long stamp = lock.tryOptimisticRead();
            long y = -1;
            long x = -1;
            if (stamp != StateLock.NO_STAMP) {
                y = buffer.getLong(Y);
                x = buffer.getLong(X);
                if (!lock.validate(stamp)) {
                    y = -1;
                    x = -1;
                }
            }
            r.r1 = y;
            r.r2 = x;
        }
    }

    /** An orphaned lock is taken over by one. Guards the CAS. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "two adopters, or none")
    @State
    public static class OneAdopter extends Words {
        public OneAdopter() {
            lock.tryWrite(0);
            lock.orphan(0);
        }

        @Actor
        public void first(final II_Result r) {
            r.r1 = lock.takeOver(0) ? 1 : 0;
        }

        @Actor
        public void second(final II_Result r) {
            r.r2 = lock.takeOver(1) ? 1 : 0;
        }
    }
}
