package dev.lockstep.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.testing.explore.Bounds;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.Explorer;
import dev.lockstep.testing.explore.Scenario;
import org.junit.jupiter.api.Test;

/** The end cells by themselves: somebody looks for an end while newer records take the cells. */
class JournalEndsExplorerTest {
    private static final int RECORDS = 4;
    private static final int BYTES = 64;

    /** One records and commits; the other reads what is committed, and where the journal ended then. */
    private static final class Recording implements Scenario {
        private final Execution execution;
        private final SharedBuffer control;
        private final JournalEnds ends;

        Recording(final Execution execution) {
            this.execution = execution;
            control = new ExploredBuffer(execution, execution.memory(ControlDescriptor.LENGTH), index -> false);
            ends = new JournalEnds(control);
        }

        @Override
        public void run(final int participant) {
            if (participant == 0) {
                for (int sequence = 1; sequence <= RECORDS; sequence++) {
                    assertTrue(ends.record(sequence - 1, sequence, (long) sequence * BYTES), "a cell holds it");
                    assertTrue(
                            control.compareAndSetLong(ControlDescriptor.WORD_OFFSET, sequence - 1, sequence),
                            "committed by one");
                }
            } else {
                while (!execution.hasEnded(0)) {
                    look();
                    execution.waiting();
                }
                look();
            }
        }

        private void look() {
            final long committed = control.getLongVolatile(ControlDescriptor.WORD_OFFSET);
            final long end = ends.end(committed);
            if (end == JournalEnds.NOT_HELD) {
                assertTrue(
                        control.getLongVolatile(ControlDescriptor.WORD_OFFSET) > committed,
                        "neither cell holds what is committed");
            } else {
                assertEquals(committed * BYTES, end, "end of another record");
            }
        }

        @Override
        public void check() {
            assertEquals(RECORDS * BYTES, ends.end(RECORDS));
        }
    }

    @Test
    void shouldFindEndOfWhatIsCommittedOrThatMoreIs() throws Exception {
        new Explorer("end cells", 2, new Bounds(3, 0, 0), Recording::new).exhaust();
        new Explorer("end cells, late stores", 2, new Bounds(2, 2, 0), Recording::new).exhaust();
    }
}
