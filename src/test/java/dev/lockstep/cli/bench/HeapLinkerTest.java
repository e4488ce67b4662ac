package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.DlOperation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeapLinkerTest {
    private static final int GROUPS = 4;
    private static final int OPERATIONS = 50;

    private final HeapLinker linker = new HeapLinker();
    private final Threads threads = new Threads();

    @Test
    void shouldApplyOperationsOfAllInTheSameOrderEverywhere() throws Exception {
        final CountDownLatch joined = new CountDownLatch(GROUPS);
        final AtomicInteger working = new AtomicInteger(GROUPS);
        final List<List<DlOperation>> replicas = new ArrayList<>();
        final List<Integer> taken = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < GROUPS; i++) {
            final List<DlOperation> replica = new ArrayList<>();
            final int slots = i + 1;
            replicas.add(replica);
            threads.start("group-" + i, () -> {
                final HeapGroup group = linker.join(replica::add);
                joined.countDown();
                while (joined.getCount() > 0) {
                    group.doPendingLinkOperations(true);
                    Thread.yield();
                }
                for (int operation = 0; operation < OPERATIONS; operation++) {
                    taken.add(group.allocateFunctionTable(slots));
                    group.doPendingLinkOperations(false);
                }
                working.decrementAndGet();
                while (working.get() > 0) {
                    group.doPendingLinkOperations(true);
                    Thread.yield();
                }
                group.shutdownInstanceGroup();
            });
        }
        threads.join();

        final List<DlOperation> first = replicas.get(0);
        assertEquals(GROUPS * OPERATIONS, first.size());
        for (final List<DlOperation> replica : replicas) {
            assertEquals(first, replica);
        }
        int end = 0;
        for (final DlOperation operation : first) {
            final DlOperation.AllocateFunctionTable allocate = (DlOperation.AllocateFunctionTable) operation;
            assertEquals(end, allocate.index());
            end += allocate.size();
        }
        Collections.sort(taken);
        assertEquals(
                first.stream()
                        .map(operation -> ((DlOperation.AllocateFunctionTable) operation).index())
                        .toList(),
                taken);
    }

    @Test
    void shouldReturnOnlyWhenEveryGroupHasApplied() throws Exception {
        final AtomicInteger applied = new AtomicInteger();
        final CountDownLatch joined = new CountDownLatch(GROUPS - 1);
        final CountDownLatch over = new CountDownLatch(1);
        for (int i = 1; i < GROUPS; i++) {
            threads.start("follower-" + i, () -> {
                final HeapGroup group = linker.join(operation -> applied.incrementAndGet());
                joined.countDown();
                while (over.getCount() > 0) {
                    group.doPendingLinkOperations(true);
                    Thread.yield();
                }
                group.shutdownInstanceGroup();
            });
        }
        joined.await();
        final HeapGroup instigator = linker.join(operation -> applied.incrementAndGet());
        for (int i = 1; i <= OPERATIONS; i++) {
            instigator.allocateFunctionTable(1);
            assertEquals(i * GROUPS, applied.get());
        }
        over.countDown();
        instigator.shutdownInstanceGroup();
        threads.join();
    }

    @Test
    void shouldGrantTopologyLeaseToOneAtATime() throws Exception {
        final int[] inside = new int[1];
        for (int i = 0; i < GROUPS; i++) {
            threads.start("contender-" + i, () -> {
                final HeapGroup group = linker.join(operation -> {});
                for (int round = 0; round < OPERATIONS; round++) {
                    group.acquireTopology();
                    final int before = inside[0];
                    Thread.yield();
                    inside[0] = before + 1;
                    group.releaseTopology();
                }
                group.shutdownInstanceGroup();
            });
        }
        threads.join();
        assertEquals(GROUPS * OPERATIONS, inside[0]);
    }

    @Test
    void shouldNumberTokensAndWaitForNobodyWhoHasLeft() {
        final List<DlOperation> operations = new ArrayList<>();
        final HeapGroup other = linker.join(operation -> {});
        final HeapGroup group = linker.join(operations::add);
        other.shutdownInstanceGroup();
        final long token = group.acquireTopology();
        group.releaseTopology();
        assertEquals(token + 1, group.acquireTopology());
        group.releaseTopology();
        assertEquals(0, group.allocateFunctionTable(3));
        assertEquals(3, group.allocateFunctionTable(1));
        assertEquals(
                List.of(new DlOperation.AllocateFunctionTable(0, 3), new DlOperation.AllocateFunctionTable(3, 1)),
                operations);
        assertFalse(group.doPendingLinkOperations(false));
        assertTrue(group.acquireTopology() > token);
    }
}
