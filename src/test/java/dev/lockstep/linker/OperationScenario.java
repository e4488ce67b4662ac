package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.broadcast.LogCursor;
import dev.lockstep.broadcast.OperationLog;
import dev.lockstep.linker.table.LinkerTables;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.linker.table.Redo;
import dev.lockstep.lock.Waker;
import dev.lockstep.process.ByteLock;
import dev.lockstep.process.HostIdentity;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.region.BootId;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Each participant is a process with one group; participant 0 broadcasts an operation, the others follow. When it is over,
 * or its instigator dead, every survivor broadcasts one of its own, so that whatever the dead left is run into; then it
 * leaves.
 */
final class OperationScenario implements Explorer.Scenario {
    private static final Capacities CAPACITIES =
            new Capacities(4, 4, 4, 8, 1 << 10, 4, 2, 0, 1 << 12, 1 << 12, 1 << 12);
    private static final Layout LAYOUT = new Layout(CAPACITIES);
    private static final int FIRST_SLOTS = 3;
    private static final int SLOTS = 5;
    private static final int OWN_SLOTS = 2;

    private final Scheduler scheduler;
    private final int participants;
    private final boolean followersSafe;
    private final ByteBuffer memory = ByteBuffer.allocateDirect(LAYOUT.fileLength());
    private final byte[] journal = new byte[CAPACITIES.journalBytes()];
    private final LinkerShared[] shared;
    private final InstanceGroup[] groups;
    private final FunctionTable[] replicas;
    private final ByteLock[] locks;
    private final int[] byteOwners = new int[CAPACITIES.processes()];
    private final boolean[] left;
    private final boolean[] inGuest;

    OperationScenario(final Scheduler scheduler, final int participants, final boolean followersSafe) {
        this.scheduler = scheduler;
        this.participants = participants;
        this.followersSafe = followersSafe;
        shared = new LinkerShared[participants];
        groups = new InstanceGroup[participants];
        replicas = new FunctionTable[participants];
        locks = new ByteLock[participants];
        left = new boolean[participants];
        inGuest = new boolean[participants];
        java.util.Arrays.fill(byteOwners, -1);
    }

    private final class ModelledByteLock implements ByteLock {
        private final int participant;

        ModelledByteLock(final int participant) {
            this.participant = participant;
        }

        @Override
        public boolean tryAcquire(final int index) {
            scheduler.access(true);
            final int owner = byteOwners[index];
            if (owner >= 0 && !scheduler.isDead(owner)) {
                return false;
            }
            byteOwners[index] = participant;
            return true;
        }

        @Override
        public void release(final int index) {
            scheduler.access(true);
            byteOwners[index] = -1;
        }

        @Override
        public void close() {}
    }

    private final class ModelledIdle implements IdleStrategy {
        @Override
        public void idle(final int workCount) {
            idle();
        }

        @Override
        public void idle() {
            scheduler.waiting();
        }

        @Override
        public void reset() {}
    }

    @Override
    public void setUp(final int participant) {
        final ExploredBuffer buffer = new ExploredBuffer(scheduler, memory);
        final LinkerShared own = new LinkerShared(
                buffer, LAYOUT, new ExploredJournal(scheduler, journal), Waker.NONE, scheduler::nanoTime, 1, false);
        locks[participant] = new ModelledByteLock(participant);
        final ProcessTable processes = new ProcessTable(
                buffer,
                LAYOUT,
                locks[participant],
                new HostIdentity(participant + 1, 0, 0, BootId.current()),
                (pid, ticks) -> false,
                scheduler::nanoTime,
                lost -> {});
        final Reaper reaper = new Reaper(own);
        final int process = processes.attach((dead, generation) -> reaper.reapProcess(dead));
        own.onNoProgress(() -> {
            for (int i = 0; i < processes.capacity(); i++) {
                if (i != process) {
                    processes.reapIfDead(i, (dead, generation) -> reaper.reapProcess(dead));
                }
            }
        });
        shared[participant] = own;
        replicas[participant] = new FunctionTable();
        final int slot = own.slots.claim(process);
        final Participant part = new Participant(own, slot, watched(participant), new ModelledIdle());
        groups[participant] = new InstanceGroup(
                new InstanceGroup.Host() {
                    @Override
                    public String id() {
                        return "0";
                    }

                    @Override
                    public void joined(final InstanceGroup group) {}

                    @Override
                    public void willRun(final InstanceGroup group) {}

                    @Override
                    public void left(final InstanceGroup group) {
                        left[participant] = true;
                    }
                },
                own,
                part);
        part.exitSafeRegion();
        if (participant == 0) {
            broadcast(groups[0], FIRST_SLOTS);
        }
        if (followersSafe && participant != 0) {
            groups[participant].enterSafeRegion();
        }
    }

    /** While somebody who takes part applies an operation, nobody who takes part is in guest code. */
    private Replica watched(final int participant) {
        final FunctionTable table = replicas[participant];
        return new Replica() {
            @Override
            public void apply(final OperationFlyweight operation) {
                for (int i = 0; i < participants; i++) {
                    if (inGuest[i] && !scheduler.isDead(i) && !groups[participant].isInSafeRegion()) {
                        throw new AssertionError(
                                "an operation is applied while participant " + i + " is in guest code");
                    }
                }
                table.apply(operation);
            }

            @Override
            public int tableLength() {
                return table.tableLength();
            }
        };
    }

    private void guestCode(final int participant) {
        inGuest[participant] = true;
        scheduler.access(false);
        scheduler.access(false);
        inGuest[participant] = false;
    }

    private static void load(final InstanceGroup group) {
        final ModuleRecord module;
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int base = state.growTable(SLOTS);
            module = state.registerModule("m", "", new byte[ModuleRecord.HASH_LENGTH], 0, 0, base, SLOTS, 0);
            group.synchronizeLinkOperation(state, new DlOperation.LoadModules(List.of(module)));
        }
        group.advanceModuleState(module.handle(), ModuleState.DATA, ModuleState.CTORS);
        group.advanceModuleState(module.handle(), ModuleState.CTORS, ModuleState.READY);
    }

    private static void broadcast(final InstanceGroup group, final int slots) {
        try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
            final int base = state.growTable(slots);
            group.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(base, slots));
        }
    }

    @Override
    public void run(final int participant) {
        final InstanceGroup group = groups[participant];
        if (participant == 0) {
            load(group);
        } else {
            if (followersSafe) {
                group.exitSafeRegion();
            }
            while (!scheduler.hasEnded(0) && group.appliedSequence() < 2) {
                guestCode(participant);
                if (!group.doPendingLinkOperations(true)) {
                    scheduler.waiting();
                }
            }
            broadcast(group, OWN_SLOTS);
        }
        group.shutdownInstanceGroup();
    }

    @Override
    public void check(final Scheduler ended) {
        final LinkerShared look = anyShared();
        final long control = look.control();
        assertFalse(ControlWord.isAborted(control), "aborted");
        final boolean anySurvivor =
                java.util.stream.IntStream.range(0, participants).anyMatch(i -> !ended.isDead(i));
        assertTrue(anySurvivor, "somebody survives");
        final long committed = ControlWord.sequence(control);
        final FunctionTable expected = replay(look, committed);
        for (int i = 0; i < participants; i++) {
            if (!ended.isDead(i)) {
                assertTrue(left[i], "survivor left");
                checkPrefix(look, replicas[i], i);
            }
        }
        final int state = look.moduleStates.state(1);
        if (ended.isDead(0) && !ended.isDead(1)) {
            assertTrue(
                    state == ModuleStates.NONE
                            || state == ModuleStates.READY
                            || look.moduleStates.owner(1) == ModuleStates.NOBODY,
                    "no module is left to the dead");
        }
        if (survivorsAfterDeadCanClean(ended)) {
            assertEquals(ControlWord.IDLE, ControlWord.phase(control), "phase");
            assertTrue(look.topology.isFree(), "lease is free");
            assertEquals(0, look.stateLock.version() & 1, "state lock is even");
            assertFalse(Redo.isValid(look.buffer, LAYOUT), "redo is done");
            final LinkerTables tables = new LinkerTables(look.buffer, LAYOUT);
            assertEquals(expected.tableLength(), tables.tableLength(), "tables agree with the journal");
            assertEquals(committed, tables.sequence(), "every operation changed the tables once");
        }
    }

    /** The last survivor's own operation came after the death, so nothing of the dead is left in its way. */
    private boolean survivorsAfterDeadCanClean(final Scheduler ended) {
        for (int i = 0; i < participants; i++) {
            if (ended.isDead(i)) {
                return false;
            }
        }
        return true;
    }

    private void checkPrefix(final LinkerShared look, final FunctionTable replica, final int participant) {
        assertEquals(
                replay(look, replica.operations()).fingerprint(),
                replica.fingerprint(),
                "replica of participant " + participant + " is what the journal says");
        final long own = participant == 0 ? SLOTS : OWN_SLOTS;
        assertTrue(replica.tableLength() >= FIRST_SLOTS + own, "the survivor's own operation is there");
    }

    private static FunctionTable replay(final LinkerShared look, final long sequence) {
        final FunctionTable table = new FunctionTable();
        final LogCursor cursor = look.log.cursor();
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[look.log.maxFrameLength()]);
        final OperationFlyweight operation = new OperationFlyweight();
        final long committed = ControlWord.sequence(look.control());
        for (long next = 1; next <= sequence; next++) {
            final int length = cursor.read(next, committed, frame);
            assertTrue(length != OperationLog.MOVED_ON, "journal is there");
            table.apply(operation.wrap(next, frame, 16, length - 16));
        }
        return table;
    }

    private LinkerShared anyShared() {
        return shared[0];
    }
}
