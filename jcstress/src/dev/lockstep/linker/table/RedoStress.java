package dev.lockstep.linker.table;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import dev.lockstep.stress.StressMemory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Orderings of redo area and module states. */
public final class RedoStress {
    private static final Layout LAYOUT = new Layout(new Capacities(1, 2, 1, 1, 1 << 10, 1, 1, 0, 4096, 4096, 4096));
    private static final int MEMORY_END = LAYOUT.tables() + TableDescriptor.MEMORY_END_OFFSET;
    private static final int TABLE_LENGTH = LAYOUT.tables() + TableDescriptor.TABLE_LENGTH_OFFSET;

    private RedoStress() {}

    /**
     * A writer publishes; whoever finds the redo area valid redoes all of it. Guards the release store of valid and its
     * acquire load. (In the protocol the writer is dead by then; what it had stored arrives in the order that this tests.)
     */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "7, 9"},
            expect = ACCEPTABLE,
            desc = "nothing, or all")
    @Outcome(expect = FORBIDDEN, desc = "valid before its entries, or refused as damaged (-1)")
    @State
    public static class Publish {
        private final SharedBuffer buffer = StressMemory.allocate(LAYOUT.fileLength());
        private final TableTransaction transaction = new TableTransaction(buffer, LAYOUT);

        public Publish() {
            transaction.begin();
            transaction.putLong(TABLE_LENGTH, 7);
            transaction.putLong(MEMORY_END, 9);
        }

        @Actor
        public void writer() {
            transaction.publish(1);
        }

        @Actor
        public void reaper(final JJ_Result r) {
            try {
                if (Redo.resolve(buffer, LAYOUT, 1) == Redo.Resolution.APPLIED) {
                    r.r1 = buffer.getLong(TABLE_LENGTH);
                    r.r2 = buffer.getLong(MEMORY_END);
                }
            } catch (final TableCorruptException damaged) {
                r.r1 = -1;
            }
        }
    }

    /**
     * Invalidation after applying: who sees the redo area not valid any more sees the tables. Guards the release store of
     * {@link Redo#invalidate}.
     */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "1, 7"},
            expect = ACCEPTABLE,
            desc = "still valid, or done")
    @Outcome(expect = FORBIDDEN, desc = "done with before it was done")
    @State
    public static class Invalidate {
        private final SharedBuffer buffer = StressMemory.allocate(LAYOUT.fileLength());
        private final TableTransaction transaction = new TableTransaction(buffer, LAYOUT);

        public Invalidate() {
            transaction.begin();
            transaction.putLong(TABLE_LENGTH, 7);
            transaction.publish(1);
        }

        @Actor
        public void writer() {
            transaction.apply();
            transaction.invalidate();
        }

        @Actor
        public void other(final JJ_Result r) {
            r.r1 = Redo.isValid(buffer, LAYOUT) ? 0 : 1;
            r.r2 = r.r1 == 0 ? -1 : buffer.getLong(TABLE_LENGTH);
        }
    }

    /** READY publishes what the owner did. Guards the CAS and the acquire load. */
    @JCStressTest
    @Outcome(
            id = {"2, -1", "3, 1"},
            expect = ACCEPTABLE,
            desc = "not yet, or with its memory")
    @Outcome(expect = FORBIDDEN, desc = "ready before it is")
    @State
    public static class ModuleReady {
        private final SharedBuffer buffer = StressMemory.allocate(LAYOUT.fileLength());
        private final ModuleStates states = new ModuleStates(buffer, LAYOUT);

        public ModuleReady() {
            buffer.putLong(
                    LAYOUT.tables() + TableDescriptor.MODULES_OFFSET + ModuleDescriptor.STATE_OFFSET,
                    ModuleStates.word(ModuleStates.CTORS, 0));
        }

        @Actor
        public void owner() {
            buffer.putLong(MEMORY_END, 1);
            states.advance(1, ModuleStates.CTORS, 0, ModuleStates.READY, ModuleStates.NOBODY);
        }

        @Actor
        public void waiter(final JJ_Result r) {
            r.r1 = states.state(1);
            r.r2 = r.r1 == ModuleStates.READY ? buffer.getLong(MEMORY_END) : -1;
        }
    }
}
