package dev.lockstep.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.BootId;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.Layout;
import dev.lockstep.region.MappedBuffer;
import dev.lockstep.region.ProcessEntryDescriptor;
import dev.lockstep.region.SharedBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

class ProcessTableTest {
    private static final int PROCESSES = 3;
    private static final long OUR_NAMESPACE = 77;
    private static final Reaper NOBODY_TO_REAP = (index, generation) -> {
        throw new AssertionError("reaped process=" + index + " generation=" + generation);
    };

    private final Layout layout =
            new Layout(new Capacities(PROCESSES, 1, 1, 1, 1 << 10, 1, 1, 0, 1 << 12, 1 << 12, 1 << 12));
    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(layout.fileLength(), 4096);
    private final SharedBuffer buffer = new MappedBuffer(memory);
    private final KernelModel kernel = new KernelModel();
    private final List<ProcessInfo> lost = new ArrayList<>();
    private long now;

    private ProcessTable start(final long pid) {
        return start(pid, pid * 10, OUR_NAMESPACE);
    }

    private ProcessTable start(final long pid, final long startTicks, final long namespace) {
        return new ProcessTable(
                buffer,
                layout,
                kernel.start(pid, startTicks),
                new HostIdentity(pid, startTicks, namespace, BootId.UNKNOWN),
                kernel,
                () -> now,
                lost::add);
    }

    @Test
    void shouldPublishEntryAndHoldItsByteWhenAttached() {
        final ProcessTable table = start(1);
        assertThrows(IllegalStateException.class, table::ownIndex);
        assertEquals(0, table.attach(NOBODY_TO_REAP));
        assertEquals(0, table.ownIndex());
        assertEquals(1, table.ownGeneration());
        assertEquals(Set.of(0), kernel.bytesOf(1));
        final ProcessInfo info = start(2).process(0);
        assertEquals(1, info.pid());
        assertEquals(10, info.startTicks());
        assertEquals(OUR_NAMESPACE, info.namespace());
        assertEquals(1, info.generation());
        assertEquals("process=0 generation=1 pid=1", info.toString());
        assertTrue(table.isAttached(0));
        assertFalse(table.isAttached(1));
        assertNull(table.process(1));
    }

    @Test
    void shouldGiveEachProcessAnEntryOfItsOwnUntilTableIsFull() {
        for (int i = 0; i < PROCESSES; i++) {
            assertEquals(i, start(10 + i).attach(NOBODY_TO_REAP));
        }
        final ProcessTable late = start(20);
        final CapacityExceededException full =
                assertThrows(CapacityExceededException.class, () -> late.attach(NOBODY_TO_REAP));
        assertEquals("processes", full.capacity());
        assertEquals(PROCESSES, full.limit());
        assertEquals(Set.of(), kernel.bytesOf(20));
        kernel.kill(11);
        assertEquals(1, late.attach((index, generation) -> {}));
    }

    @Test
    void shouldRefuseSecondAttachAndDetachOfAnothersEntry() {
        final ProcessTable table = start(1);
        final int index = table.attach(NOBODY_TO_REAP);
        assertThrows(IllegalStateException.class, () -> table.attach(NOBODY_TO_REAP));
        assertThrows(IllegalStateException.class, () -> table.detach(index + 1));
        assertThrows(IllegalStateException.class, () -> table.detach(-1));
        assertThrows(IllegalStateException.class, () -> table.detach(-2));
        table.detach(index);
        assertThrows(IllegalStateException.class, () -> table.detach(index));
    }

    @Test
    void shouldUseEntryAgainUnderNewGenerationWhenDetached() {
        final ProcessTable first = start(1);
        final ProcessTable other = start(2);
        assertEquals(0, first.attach(NOBODY_TO_REAP));
        first.detach(0);
        assertEquals(Set.of(), kernel.bytesOf(1));
        assertEquals(Liveness.GONE, other.liveness(0, 1));
        assertEquals(0, other.attach(NOBODY_TO_REAP));
        assertEquals(2, other.ownGeneration());
        assertEquals(Liveness.GONE, first.liveness(0, 1));
        assertTrue(first.isDead(0, 1));
        assertEquals(Liveness.ALIVE, first.liveness(0, 2));
        assertEquals(1, first.attach(NOBODY_TO_REAP));
    }

    @Test
    void shouldFindProcessDeadAndReapItOnce() {
        final ProcessTable victim = start(1);
        final ProcessTable survivor = start(2);
        victim.attach(NOBODY_TO_REAP);
        survivor.attach(NOBODY_TO_REAP);
        assertEquals(Liveness.ALIVE, survivor.liveness(0, 1));
        assertFalse(survivor.reapIfDead(0, NOBODY_TO_REAP));
        kernel.kill(1);
        assertEquals(Liveness.DEAD, survivor.liveness(0, 1));
        assertTrue(survivor.isDead(0, 1));
        assertEquals(Set.of(1), kernel.bytesOf(2));
        final List<String> reaped = new ArrayList<>();
        assertTrue(survivor.reapIfDead(0, (index, generation) -> {
            assertEquals(Set.of(0, 1), kernel.bytesOf(2), "the byte is held while reaping");
            assertTrue(survivor.isAttached(0), "the entry is freed last");
            reaped.add(index + ":" + generation);
        }));
        assertEquals(List.of("0:1"), reaped);
        assertFalse(survivor.isAttached(0));
        assertEquals(Set.of(1), kernel.bytesOf(2));
        assertEquals(Liveness.GONE, survivor.liveness(0, 1));
        assertFalse(survivor.reapIfDead(0, NOBODY_TO_REAP));
    }

    @Test
    void shouldNotReapTwiceWhenAnotherReaperWasFaster() {
        start(1).attach(NOBODY_TO_REAP);
        final ProcessTable faster = start(2);
        final ProcessTable slower = start(3);
        kernel.kill(1);
        kernel.beforeNextAcquire(() -> assertTrue(faster.reapIfDead(0, (index, generation) -> {})));
        assertFalse(slower.reapIfDead(0, NOBODY_TO_REAP));
        assertEquals(Set.of(), kernel.bytesOf(3));
    }

    @Test
    void shouldJudgeByGenerationWhenEntryIsTakenOverMeanwhile() {
        start(1).attach(NOBODY_TO_REAP);
        final ProcessTable heir = start(2);
        final ProcessTable survivor = start(3);
        kernel.kill(1);
        kernel.beforeNextAcquire(() -> {
            heir.attach((index, generation) -> {});
            kernel.kill(2);
        });
        assertEquals(Liveness.GONE, survivor.liveness(0, 1));
        assertEquals(Liveness.DEAD, survivor.liveness(0, 2));
        kernel.beforeNextAcquire(() -> {
            final ProcessTable next = start(4);
            next.attach((index, generation) -> {});
            kernel.kill(4);
        });
        assertFalse(survivor.reapIfDead(0, NOBODY_TO_REAP), "that was another generation: it is for the next call");
        assertTrue(survivor.reapIfDead(0, (index, generation) -> assertEquals(3, generation)));
    }

    @Test
    void shouldNeverReapItself() {
        final ProcessTable table = start(1);
        table.attach(NOBODY_TO_REAP);
        kernel.loseLocks(1);
        kernel.kill(1);
        assertFalse(table.reapIfDead(0, NOBODY_TO_REAP));
        assertEquals(Liveness.ALIVE, table.liveness(0, 1));
    }

    @Test
    void shouldReapBeforeTakingOverEntryOfDeadProcess() {
        start(1).attach(NOBODY_TO_REAP);
        kernel.kill(1);
        final List<String> reaped = new ArrayList<>();
        final ProcessTable next = start(2);
        assertEquals(0, next.attach((index, generation) -> {
            assertEquals(1, next.process(0).pid(), "the dead process' entry is still there");
            reaped.add(index + ":" + generation);
        }));
        assertEquals(List.of("0:1"), reaped);
        assertEquals(2, next.ownGeneration());
        assertEquals(2, next.process(0).pid());
    }

    @Test
    void shouldLeaveEntryToTheNextReaperWhenReaperFails() {
        start(1).attach(NOBODY_TO_REAP);
        final ProcessTable survivor = start(2);
        survivor.attach(NOBODY_TO_REAP);
        kernel.kill(1);
        final Reaper failing = (index, generation) -> {
            throw new IllegalStateException("told to");
        };
        assertThrows(IllegalStateException.class, () -> survivor.reapIfDead(0, failing));
        assertEquals(Set.of(1), kernel.bytesOf(2));
        assertEquals(Liveness.DEAD, survivor.liveness(0, 1));
        final ProcessTable newcomer = start(3);
        assertThrows(IllegalStateException.class, () -> newcomer.attach(failing));
        assertEquals(Set.of(), kernel.bytesOf(3));
        assertEquals(0, newcomer.attach((index, generation) -> {}));
    }

    @Test
    void shouldReapTheReaper() {
        start(1).attach(NOBODY_TO_REAP);
        final ProcessTable reaper = start(2);
        final ProcessTable survivor = start(3);
        reaper.attach(NOBODY_TO_REAP);
        survivor.attach(NOBODY_TO_REAP);
        kernel.kill(1);
        class Killed extends Error {
            private static final long serialVersionUID = 1L;
        }
        final List<String> reaped = new ArrayList<>();
        // A killed process does nothing more, so the byte that it gives back on its way out here is gone already.
        assertThrows(
                IllegalStateException.class,
                () -> reaper.reapIfDead(0, (index, generation) -> {
                    reaped.add("half " + index + ":" + generation);
                    kernel.kill(2);
                    throw new Killed();
                }));
        assertEquals(Liveness.DEAD, survivor.liveness(0, 1));
        assertEquals(Liveness.DEAD, survivor.liveness(1, 1));
        assertTrue(survivor.reapIfDead(1, (index, generation) -> reaped.add(index + ":" + generation)));
        assertTrue(survivor.reapIfDead(0, (index, generation) -> reaped.add(index + ":" + generation)));
        assertEquals(List.of("half 0:1", "1:1", "0:1"), reaped);
    }

    @Test
    void shouldSeeByteAsHeldWhileSomebodyElseLooksAtIt() {
        start(1).attach(NOBODY_TO_REAP);
        final ProcessTable survivor = start(2);
        kernel.kill(1);
        final ByteLock looker = kernel.start(3, 30);
        assertTrue(looker.tryAcquire(0));
        assertEquals(Liveness.ALIVE, survivor.liveness(0, 1));
        assertFalse(survivor.reapIfDead(0, NOBODY_TO_REAP));
        looker.release(0);
        assertTrue(survivor.isDead(0, 1));
    }

    @Test
    void shouldBelieveProcWhenPidWasRecycled() {
        start(1).attach(NOBODY_TO_REAP);
        kernel.kill(1);
        kernel.start(1, 999);
        assertTrue(start(2).isDead(0, 1));
    }

    @Test
    void shouldReportLostLockOnceAndReapNothingWhileProcessRuns() {
        final ProcessTable unlucky = start(1);
        unlucky.attach(NOBODY_TO_REAP);
        final ProcessTable survivor = start(2);
        kernel.loseLocks(1);
        now = Long.MAX_VALUE - 5; // the clock may wrap
        assertEquals(Liveness.ALIVE, survivor.liveness(0, 1), "it may be ending at this moment");
        now += ProcessTable.LOST_AFTER_NANOS - 1;
        assertEquals(Liveness.ALIVE, survivor.liveness(0, 1));
        assertEquals(List.of(), lost);
        now += 1;
        assertEquals(Liveness.LOCK_LOST, survivor.liveness(0, 1));
        assertEquals(Liveness.LOCK_LOST, survivor.liveness(0, 1));
        assertFalse(survivor.isDead(0, 1));
        assertFalse(survivor.reapIfDead(0, NOBODY_TO_REAP));
        assertEquals(1, survivor.attach(NOBODY_TO_REAP), "its entry is not taken over");
        assertEquals(1, lost.size());
        assertEquals(1, lost.get(0).pid());
        kernel.kill(1);
        assertEquals(Liveness.DEAD, survivor.liveness(0, 1));
    }

    @Test
    void shouldBelieveTheByteAloneWhenNamespaceIsAnotherOrUnknown() {
        start(1, 10, OUR_NAMESPACE + 1).attach(NOBODY_TO_REAP);
        start(2, 20, 0).attach(NOBODY_TO_REAP);
        final ProcessTable survivor = start(3);
        assertEquals(Liveness.ALIVE, survivor.liveness(0, 1));
        kernel.loseLocks(1);
        kernel.loseLocks(2);
        assertEquals(Liveness.DEAD, survivor.liveness(0, 1));
        assertEquals(Liveness.DEAD, survivor.liveness(1, 1));
        assertEquals(Liveness.DEAD, start(4, 40, 0).liveness(1, 1), "unknown is not the same as unknown");
    }

    @Test
    void shouldNotFailWhateverTheEntriesHold() {
        final ProcessTable survivor = start(1);
        for (final long damage : new long[] {-1, 1, Long.MIN_VALUE, Long.MAX_VALUE, 0xFFFF_FFFF_FFFF_FF00L}) {
            for (int i = 0; i < PROCESSES; i++) {
                final int entry = layout.processEntry(i);
                for (int word = 0; word < ProcessEntryDescriptor.LENGTH; word += Long.BYTES) {
                    buffer.putLong(entry + word, damage);
                }
                survivor.process(i);
                survivor.liveness(i, damage);
                survivor.reapIfDead(i, (index, generation) -> {});
                assertFalse(survivor.isAttached(i));
            }
            assertEquals(0, survivor.attach(NOBODY_TO_REAP));
            assertNotEquals(0, survivor.ownGeneration());
            survivor.detach(0);
        }
    }

    @Test
    void shouldRefuseIndexWhenThereIsNoSuchEntry() {
        final ProcessTable table = start(1);
        for (final int index : new int[] {-1, PROCESSES, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThrows(IndexOutOfBoundsException.class, () -> table.liveness(index, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> table.reapIfDead(index, NOBODY_TO_REAP));
            assertThrows(IndexOutOfBoundsException.class, () -> table.process(index));
        }
    }
}
