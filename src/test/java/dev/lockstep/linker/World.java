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
import dev.lockstep.process.HostIdentity;
import dev.lockstep.process.ProcessTable;
import dev.lockstep.region.BootId;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import dev.lockstep.testing.explore.Execution;
import dev.lockstep.testing.explore.ExploredBuffer;
import dev.lockstep.testing.explore.ExploredByteLocks;
import dev.lockstep.testing.explore.ExploredJournal;
import java.nio.ByteBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A universe in the memory of one execution. Each participant is a process with at most one group; one more is who looks
 * at what is left.
 *
 * <p>Every operation takes {@link #SLOTS} slots and a page of memory, so that what a reader sees belongs together if and
 * only if table and memory have grown alike.
 */
final class World {
    static final int SLOTS = 100;
    static final long PAGE = 1 << 16;

    /** What is freed and allocated without an operation. */
    static final long PIECE = PAGE / 8;

    private static final Capacities CAPACITIES =
            new Capacities(6, 6, 4, 8, 1 << 10, 4, 2, 1, 1 << 12, 1 << 12, 1 << 13);
    static final Layout LAYOUT = new Layout(CAPACITIES);

    final Execution execution;
    final int participants;
    private final boolean abortOnConstructorDeath;
    private final ByteBuffer memory;
    private final UnsafeBuffer raw;
    private final ExploredByteLocks locks;
    private final LinkerShared[] shared;
    private final ProcessTable[] processes;
    private final GroupFactory[] factories;
    private final InstanceGroup[] groups;
    private final FunctionTable[] replicas;
    private final boolean[] inGuest;
    private final boolean[] inside;
    private final boolean[] left;
    private final boolean[] comingBack;
    private final boolean[] pauses;
    private Runnable onPause;
    private long roundAtDeath = -1;
    private int commits;
    private boolean stopping = true;
    private boolean batching;
    private boolean appliesSlowly;
    private String ticket;

    World(final Execution execution, final int participants, final boolean abortOnConstructorDeath) {
        this.execution = execution;
        this.participants = participants;
        this.abortOnConstructorDeath = abortOnConstructorDeath;
        memory = execution.memory(LAYOUT.fileLength() + CAPACITIES.journalBytes());
        raw = new UnsafeBuffer(memory);
        locks = new ExploredByteLocks(execution, CAPACITIES.processes(), participants);
        final int all = participants + 1;
        shared = new LinkerShared[all];
        processes = new ProcessTable[all];
        factories = new GroupFactory[all];
        groups = new InstanceGroup[all];
        replicas = new FunctionTable[all];
        inGuest = new boolean[all];
        inside = new boolean[all];
        left = new boolean[all];
        comingBack = new boolean[all];
        pauses = new boolean[all];
    }

    private static boolean isRing(final int index) {
        return index >= LAYOUT.ring() && index < LAYOUT.ring() + LAYOUT.ringLength();
    }

    private final class Host implements InstanceGroup.Host {
        private final int self;

        Host(final int self) {
            this.self = self;
        }

        @Override
        public String id() {
            return "0";
        }

        @Override
        public void joined(final InstanceGroup group) {
            groups[self] = group;
            left[self] = false;
            comingBack[self] = true;
        }

        @Override
        public void willRun(final InstanceGroup group) {}

        @Override
        public void left(final InstanceGroup group) {
            left[self] = true;
        }
    }

    private final class Waiting implements IdleStrategy {
        private final int self;

        Waiting(final int self) {
            this.self = self;
        }

        @Override
        public void idle(final int workCount) {
            idle();
        }

        @Override
        public void idle() {
            pauses[self] = true;
            if (onPause != null) {
                onPause.run();
            }
            execution.waiting();
            pauses[self] = false;
        }

        @Override
        public void reset() {}
    }

    // ---- coming and going ------------------------------------------------------------------------------------------

    /** The participant's process attaches, and reaps the dead one whose byte it takes. */
    void attach(final int self) {
        final ExploredBuffer buffer = new ExploredBuffer(execution, memory, World::isRing);
        final LinkerShared own = new LinkerShared(
                buffer,
                LAYOUT,
                new ExploredJournal(execution, memory, LAYOUT.fileLength(), CAPACITIES.journalBytes()),
                Waker.NONE,
                execution::nanoTime,
                1,
                abortOnConstructorDeath);
        shared[self] = own;
        processes[self] = new ProcessTable(
                buffer,
                LAYOUT,
                locks.of(self),
                new HostIdentity(self + 1, 0, 0, BootId.current()),
                (pid, ticks) -> false,
                execution::nanoTime,
                lost -> {});
        final Reaper reaper = new Reaper(own);
        final int process = processes[self].attach((dead, generation) -> reaper.reapProcess(dead));
        locks.keeps(self);
        final WordChecks wordChecks = new WordChecks(own, processes[self]);
        own.onNoProgress(() -> {
            for (int i = 0; i < processes[self].capacity(); i++) {
                if (i != process && processes[self].isAttached(i)) {
                    processes[self].reapIfDead(i, (dead, generation) -> reaper.reapProcess(dead));
                }
            }
            wordChecks.check();
        });
        replicas[self] = new FunctionTable();
        factories[self] = new GroupFactory(new Host(self), own, process);
    }

    InstanceGroup bootstrap(final int self) {
        return cameBack(self, factories[self].bootstrap(watched(self), new Waiting(self), World::loadMain));
    }

    private static DlOperation loadMain(final LinkerStateWriter state) {
        final int base = state.growTable(SLOTS);
        state.setMemoryEnd(PAGE);
        return new DlOperation.AllocateFunctionTable(base, SLOTS);
    }

    InstanceGroup bootstrapOrJoin(final int self) {
        return cameBack(self, factories[self].bootstrapOrJoin(watched(self), new Waiting(self), World::loadMain));
    }

    InstanceGroup join(final int self) {
        return cameBack(self, factories[self].join(watched(self), new Waiting(self)));
    }

    InstanceGroup create(final int self, final String claimTicket) {
        return cameBack(self, factories[self].create(claimTicket, watched(self), new Waiting(self)));
    }

    private InstanceGroup cameBack(final int self, final InstanceGroup group) {
        comingBack[self] = false;
        return group;
    }

    /** Shuts the group down and takes the process out. */
    void leave(final int self) {
        groups[self].shutdownInstanceGroup();
        detach(self);
    }

    void detach(final int self) {
        processes[self].detach(processes[self].ownIndex());
    }

    InstanceGroup group(final int self) {
        return groups[self];
    }

    LinkerShared shared(final int self) {
        return shared[self];
    }

    ProcessTable processes(final int self) {
        return processes[self];
    }

    /** While somebody who takes part applies an operation that stops the others, nobody who takes part is in guest code. */
    private Replica watched(final int self) {
        final FunctionTable table = new FunctionTable();
        replicas[self] = table;
        return new Replica() {
            @Override
            public void apply(final OperationFlyweight operation) {
                final boolean stops = stopping || operation.kind() == OperationFlyweight.RETIRE_MODULE;
                for (int i = 0; stops && i < participants; i++) {
                    if (inGuest[i] && !execution.isDead(i) && !groups[self].isInSafeRegion()) {
                        throw new AssertionError(
                                "an operation is applied while participant " + i + " is in guest code");
                    }
                }
                if (appliesSlowly) {
                    shared[self].controlOpaque();
                    shared[self].controlOpaque();
                }
                table.apply(operation);
            }

            @Override
            public int tableLength() {
                return table.tableLength();
            }
        };
    }

    // ---- what participants do --------------------------------------------------------------------------------------

    /** Some accesses long the participant is in guest code. */
    void guestCode(final int self) {
        inGuest[self] = true;
        shared[self].controlOpaque();
        shared[self].controlOpaque();
        inGuest[self] = false;
    }

    /** For a while the participant is in guest code and does not come. */
    void stayInGuestCode(final int self) {
        inGuest[self] = true;
        for (int i = 0; i < 3; i++) {
            execution.waiting();
        }
        inGuest[self] = false;
    }

    /** From now on others can come in while an operation is being applied. */
    void applySlowly() {
        appliesSlowly = true;
    }

    /** Leaves the safe region; who has not come back yet need not have applied what is over meanwhile. */
    void comeBack(final int self) {
        comingBack[self] = true;
        groups[self].exitSafeRegion();
        cameBack(self, groups[self]);
    }

    /** The participant's operation has returned: everybody who takes part has applied as many as it has. */
    void checkIsOver(final int self) {
        checkApplied(replicas[self].operations());
    }

    /** Everybody who takes part has applied so many operations. */
    void checkApplied(final long operations) {
        for (int i = 0; i < participants; i++) {
            final boolean takesPart = groups[i] != null && !left[i] && !comingBack[i] && !groups[i].isInSafeRegion();
            if (takesPart && !execution.isDead(i)) {
                assertTrue(
                        replicas[i].operations() >= operations,
                        "operation is over and participant " + i + " has not applied it");
            }
        }
    }

    /** From here to {@link #outside} nobody alive may be in the same place. */
    void inside(final int self) {
        for (int i = 0; i < participants; i++) {
            assertFalse(inside[i] && !execution.isDead(i), "granted twice: to " + i + " and " + self);
        }
        inside[self] = true;
    }

    void outside(final int self) {
        inside[self] = false;
    }

    /** One operation. */
    void grow(final int self) {
        try (LinkerStateWriter state = groups[self].writeLinkerStateWithTopology()) {
            inside(self);
            final int base = state.growTable(SLOTS);
            state.allocateMemory(PAGE, PAGE);
            groups[self].synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(base, SLOTS));
            outside(self);
        }
    }

    /** What to look at whenever a participant pauses because it can do nothing. */
    void onPause(final Runnable look) {
        onPause = look;
    }

    /** Whether the participant pauses. */
    boolean isPausing(final int participant) {
        return pauses[participant];
    }

    /** From now on there are operations that stop nobody. */
    void nobodyIsStopped() {
        stopping = false;
    }

    /** There may be one commit of two operations: a module, and a table that grows by twice as much as by any other. */
    void batches() {
        batching = true;
    }

    /** What can be looked up the participant's own replica has. */
    boolean isApplied(final int self, final LinkerStateView view) {
        return view.tableLength() == replicas[self].tableLength();
    }

    /** A change of the tables without an operation was made, once at most. */
    void committed() {
        commits++;
    }

    /** A claim ticket, passed on outside of the universe. */
    void ticket(final String text) {
        ticket = text;
    }

    String ticket() {
        return ticket;
    }

    /** The view belongs together. */
    static Boolean isWhole(final LinkerStateView view) {
        return view.tableLength() * PAGE == view.memoryEnd() * SLOTS;
    }

    /** Whether all participants before this one do nothing any more. */
    boolean areOver(final int self) {
        for (int i = 0; i < self; i++) {
            if (!execution.hasEnded(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the participant reaps, or finishes an operation that a dead one has left. */
    boolean isRecovering(final int self) {
        final long control = raw.getLong(LAYOUT.control());
        final long round = ControlWord.arrival(control) & 0x7FFFF;
        if (roundAtDeath < 0) {
            roundAtDeath = round;
        }
        if (locks.isCleaningUp(self)) {
            return true;
        }
        final long lease = raw.getLong(LAYOUT.topologyLease());
        return groups[self] != null
                && round == roundAtDeath
                && (ControlWord.phase(control) != ControlWord.IDLE || isWriting(self))
                && (lease & 3) == 1
                && (lease >>> 2 & 0xFFF) == groups[self].slot();
    }

    /** Whoever has brought an operation to its end still holds the linker state for a while. */
    private boolean isWriting(final int self) {
        final long word = raw.getLong(LAYOUT.stateLock());
        return (word >>> 16 & 1) != 0 && (word & 0xFFFF) == groups[self].slot();
    }

    // ---- what is left ----------------------------------------------------------------------------------------------

    /**
     * One more process attaches, joins, makes an operation and leaves; then everything is as if nobody had died.
     *
     * @param aborted whether the universe may have come to its end instead.
     */
    void checkWhatIsLeft(final boolean aborted) {
        final int self = participants;
        attach(self);
        final LinkerShared look = shared[self];
        if (ControlWord.isAborted(look.control())) {
            assertTrue(aborted, () -> "aborted: " + look.aborted().getMessage());
            return;
        }
        if (look.isBootstrapped()) {
            join(self);
        } else {
            bootstrap(self);
        }
        grow(self);
        groups[self].shutdownInstanceGroup();
        look.checkForDeaths();
        checkTables(look);
        for (int i = 0; i < participants; i++) {
            if (!execution.isDead(i) && replicas[i] != null) {
                assertTrue(left[i] || groups[i] == null, "survivor left: participant=" + i);
                assertEquals(
                        replay(look, replicas[i].operations()).fingerprint(),
                        replicas[i].fingerprint(),
                        "replica is what the journal says: participant=" + i);
            }
        }
        assertEquals(0, look.slots.occupied(), "slots are free");
        for (int i = 0; i < CAPACITIES.processes(); i++) {
            assertEquals(i == processes[self].ownIndex(), processes[self].isAttached(i), "process entry " + i);
        }
    }

    private void checkTables(final LinkerShared look) {
        final long control = look.control();
        final long committed = ControlWord.sequence(control);
        assertEquals(ControlWord.IDLE, ControlWord.phase(control), "phase");
        assertTrue(look.topology.isFree(), "lease is free");
        assertTrue(look.mutexes[0].isFree(), "mutex is free");
        assertTrue(look.stateLock.tryWrite(0), "state lock is free");
        look.stateLock.unlockWrite(0);
        assertFalse(Redo.isValid(look.buffer, LAYOUT), "redo is done");
        final LinkerTables tables = new LinkerTables(look.buffer, LAYOUT);
        final long changes =
                batching && replay(look, committed).tableLength() > committed * SLOTS ? committed - 1 : committed;
        assertEquals(replay(look, committed).tableLength(), tables.tableLength(), "tables agree with the journal");
        assertTrue(
                tables.sequence() >= changes && tables.sequence() <= changes + commits,
                "every commit changed the tables once");
        tables.fingerprint(); // which looks at everything
        assertEquals(0, tables.freeMemory() % PIECE, "leftovers are whole pieces");
        for (int handle = 1; handle < tables.nextHandle(); handle++) {
            final int state = look.moduleStates.state(handle);
            assertTrue(
                    state == ModuleStates.READY
                            || state == ModuleStates.FAILED
                            || state == ModuleStates.UNLOADED
                            || look.moduleStates.owner(handle) == ModuleStates.NOBODY,
                    "module is left to the dead: handle=" + handle);
            assertTrue(
                    tables.isRetired(handle)
                            ? state == ModuleStates.FAILED || state == ModuleStates.UNLOADED
                            : state != ModuleStates.UNLOADED,
                    "half unloaded: handle=" + handle + " state=" + state);
        }
    }

    private FunctionTable replay(final LinkerShared look, final long sequence) {
        final FunctionTable table = new FunctionTable();
        final LogCursor cursor = look.log.cursor();
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[look.log.maxFrameLength()]);
        final OperationFlyweight operation = new OperationFlyweight();
        final long committed = ControlWord.sequence(look.control());
        boolean first = false;
        for (long next = 1; next <= sequence; next++) {
            final int length = cursor.read(0, next, committed, frame);
            assertTrue(length != OperationLog.MOVED_ON, "journal is there");
            table.apply(operation.wrap(next, frame, 16, length - 16));
            if (batching) {
                final boolean second = operation.tableLengthAfter() - operation.tableLengthBefore() > SLOTS;
                assertEquals(first, second, "a part of a batch, or something in its midst: sequence=" + next);
                first = operation.kind() == OperationFlyweight.LOAD_MODULES;
            }
        }
        assertFalse(first, "half a batch");
        return table;
    }
}
