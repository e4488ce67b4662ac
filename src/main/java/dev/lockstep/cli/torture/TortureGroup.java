package dev.lockstep.cli.torture;

import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.ModuleState;
import dev.lockstep.linker.PreparedInstanceGroup;
import dev.lockstep.linker.RendezvousTimeoutException;
import dev.lockstep.linker.TopologyToken;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.GroupSlotDescriptor;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A group of a worker and what it does, at random: locks, operations, closures, mutexes, safe regions, offers, leaving and
 * coming back. It notes on the board what it holds and what it has got done, and looks whether that can be.
 */
final class TortureGroup implements Runnable {
    private static final int MAIN = 1;
    private static final long JOIN_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long ROBBED_NANOS = 3_000_000;
    private static final long PAUSE_NANOS = 2_000_000;
    private static final long JOIN_PAUSE_NANOS = 1_000_000;
    private static final long OFFER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** Of a grant that the library keeps to itself. */
    private static final long SOME_GRANT = 1L << 50;

    private static final int SLOT_BITS = 12;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;

    private final WorkerSession session;
    private final Board board;
    private final int number;
    private final boolean guest;
    private final long who;
    private final Random random;
    private String claimTicket;
    private boolean full;
    private InstanceGroup group;
    private RecordingReplica replica;

    TortureGroup(final WorkerSession session, final int number, final String claimTicket) {
        this.session = session;
        this.number = number;
        this.claimTicket = claimTicket;
        board = session.board;
        guest = claimTicket != null;
        who = Board.who(session.place, number);
        random = new Random(session.seed * 31 + number);
    }

    @Override
    public void run() {
        try {
            boolean goesOn = true;
            while (goesOn && !session.isStopping()) {
                goesOn = liveOnce() && !guest;
            }
        } finally {
            session.ended(number);
        }
    }

    /** Joins, works, leaves. {@return whether to do so again} */
    private boolean liveOnce() {
        try {
            if (!join()) {
                return false;
            }
            stay();
            role(Role.LEAVER);
            group.shutdownInstanceGroup();
            board.left();
            return true;
        } catch (final Throwable failure) {
            session.found(Finding.FAILURES, "group=" + number, failure);
            if (group != null && !group.isDead()) {
                checkAlive();
                leaveQuietly();
            }
            return false;
        }
    }

    private void leaveQuietly() {
        try {
            group.shutdownInstanceGroup();
        } catch (final RuntimeException held) {
            // it is reaped with its thread
        }
    }

    private void role(final Role role) {
        board.role(session.place, number, role);
    }

    // ---- coming ----------------------------------------------------------------------------------------------------

    private boolean join() {
        role(Role.JOINER);
        replica = new RecordingReplica(board, session, "place=" + session.place + " group=" + number);
        final long deadline = System.nanoTime() + JOIN_PATIENCE_NANOS;
        while (true) {
            try {
                group = make();
                board.joined();
                board.completed(who, Board.GRANT, SOME_GRANT);
                return true;
            } catch (final IllegalStateException refused) {
                // the ticket is gone, or another one bootstraps
                if (guest || session.isStopping()) {
                    return false;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw refused;
                }
                LockSupport.parkNanos(JOIN_PAUSE_NANOS);
            }
        }
    }

    private InstanceGroup make() {
        if (claimTicket != null) {
            final String ticket = claimTicket;
            claimTicket = null;
            return session.universe.createInstanceGroup(ticket, replica);
        }
        if (session.universe.isBootstrapped()) {
            return session.universe.joinInstanceGroup(replica);
        }
        final long tag = nextTag();
        session.acknowledgements.add(Acknowledgements.ASKED, tag, 0);
        final InstanceGroup made = session.universe.bootstrap(replica, state -> register(state, tag));
        session.acknowledgements.add(Acknowledgements.DONE, tag, 1);
        advance(made, MAIN);
        return made;
    }

    private long nextTag() {
        return Tag.of(session.place, number, session.nextTag());
    }

    private static DlOperation register(final LinkerStateWriter state, final long tag) {
        final long address = state.allocateMemory(64, 16);
        final int base = state.growTable(1);
        return new DlOperation.LoadModules(List.of(
                state.registerModule(Tag.name(tag), "", new byte[ModuleRecord.HASH_LENGTH], address, 64, base, 1, 0)));
    }

    private static void advance(final InstanceGroup group, final int handle) {
        group.advanceModuleState(handle, ModuleState.DATA, ModuleState.CTORS);
        group.advanceModuleState(handle, ModuleState.CTORS, ModuleState.READY);
    }

    // ---- being there -----------------------------------------------------------------------------------------------

    private void stay() {
        final int actions = guest ? 1 + random.nextInt(8) : 20 + random.nextInt(400);
        for (int i = 0; i < actions && !session.isStopping(); i++) {
            act(random.nextInt(100));
            role(Role.IDLE);
            group.doPendingLinkOperations(true);
            checkAlive();
            board.progress(session.place, number);
            if (board.isPaused()) {
                pause();
            }
        }
        replica.checkComplete(group.appliedSequence());
    }

    /** Leaves the processors to those who are just coming. */
    private void pause() {
        role(Role.SAFE_REGION);
        group.enterSafeRegion();
        while (board.isPaused() && !session.isStopping()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        group.exitSafeRegion();
    }

    private void checkAlive() {
        final long word = session.instrument
                .raw()
                .getLongVolatile(session.universe.layout().groupSlot(group.slot()) + GroupSlotDescriptor.STATE_OFFSET);
        if ((word & 0xFF) == 0 || KillPoint.processOfSlot(word) != session.universe.processIndex()) {
            session.found(
                    Finding.FALSE_DEATHS, "slot of a live group was freed: slot=" + group.slot() + " group=" + number);
        }
        if (!session.isAttached()) {
            session.found(Finding.FALSE_DEATHS, "entry of a live process was freed");
        }
    }

    private void act(final int dice) {
        if (dice < 20) {
            holdLease();
        } else if (dice < 30) {
            read();
        } else if (dice < 40) {
            write();
        } else if (dice < 62) {
            operate(dice);
        } else if (dice < 70) {
            useClosure();
        } else if (dice < 80) {
            holdMutex(random.nextInt(Layouts.MUTEXES));
        } else if (dice < 86) {
            sleepSafely();
        } else if (dice < 90) {
            spawn();
        } else if (dice < 94) {
            offer();
        } else {
            poll();
        }
        if (board.isOffered()) {
            takeOffer();
        }
    }

    private void poll() {
        for (int i = 0; i < 500; i++) {
            group.doPendingLinkOperations(true);
            Thread.onSpinWait();
        }
    }

    private void report(final Finding finding, final String wrong) {
        if (wrong != null) {
            session.found(finding, "group=" + number + " " + wrong);
        }
    }

    private void begin(final int lease, final long grant) {
        report(Finding.DOUBLE_GRANTS, board.ledger(lease).begin(who, grant));
        report(Finding.STALE_WRITES, board.ledger(lease).write(grant, true));
        board.completed(who, lease == 0 ? Board.GRANT : Board.WRITE, grant);
    }

    private void end(final int lease, final long grant) {
        report(Finding.STALE_WRITES, board.ledger(lease).write(grant, false));
        report(Finding.DOUBLE_GRANTS, board.ledger(lease).end(who));
    }

    private void holdLease() {
        role(Role.WAITER);
        final long grant = group.acquireTopology();
        role(Role.LEASE_OWNER);
        begin(0, grant);
        linger();
        end(0, grant);
        group.releaseTopology(grant);
    }

    /** Holds on for a moment, now and then for longer. */
    private void linger() {
        if (session.plan.fault().isOfAnOwner()) {
            LockSupport.parkNanos(ROBBED_NANOS);
        } else if (random.nextInt(16) == 0) {
            LockSupport.parkNanos(200_000);
        } else {
            Thread.yield();
        }
    }

    private void holdMutex(final int mutex) {
        role(Role.MUTEX_OWNER);
        final long grant = group.acquireMutex(mutex);
        begin(1 + mutex, grant);
        group.doPendingLinkOperations(true);
        end(1 + mutex, grant);
        group.releaseMutex(mutex, grant);
    }

    private void read() {
        role(Role.READER);
        try (LinkerStateReader state = group.readLinkerState()) {
            final StateLedger.Look look = board.stateLedger().look();
            report(Finding.STALE_WRITES, look.wrong());
            final int length = state.tableLength();
            linger();
            if (board.stateLedger().look().first() != look.first() || state.tableLength() != length) {
                report(Finding.STALE_WRITES, "linker state changed under a reader");
            }
        }
    }

    private void write() {
        role(Role.WRITER);
        try (LinkerStateWriter state = group.writeLinkerState()) {
            report(Finding.STALE_WRITES, board.stateLedger().beginWrite(who));
            final long address = state.allocateMemory(256, 16);
            state.commit();
            linger();
            state.freeMemory(address, 256);
            state.commit();
            report(Finding.STALE_WRITES, board.stateLedger().endWrite(who));
        }
    }

    private void useClosure() {
        if (full) {
            return;
        }
        role(Role.CLOSURE_USER);
        try {
            final int index = group.allocateClosureIndex();
            if (!board.takeClosure(index, who)) {
                report(Finding.DOUBLE_GRANTS, "closure was given twice: slot=" + index);
            }
            linger();
            if (!board.giveClosure(index, who)) {
                report(Finding.DOUBLE_GRANTS, "closure was given to another one: slot=" + index);
            }
            group.freeClosureIndex(index);
        } catch (final CapacityExceededException end) {
            full = true;
        }
    }

    private void sleepSafely() {
        role(Role.SAFE_REGION);
        group.enterSafeRegion();
        LockSupport.parkNanos(random.nextInt(1_000_000));
        group.exitSafeRegion();
        replica.checkComplete(group.appliedSequence());
    }

    // ---- operations ------------------------------------------------------------------------------------------------

    private void operate(final int dice) {
        if (full) {
            return;
        }
        role(Role.WAITER);
        try (TopologyToken token = group.acquireTopologyToken()) {
            role(Role.LEASE_OWNER);
            final long grant = token.number() + 1;
            begin(0, grant);
            try (LinkerStateWriter state = group.writeLinkerStateHoldingTopology(token)) {
                report(Finding.STALE_WRITES, board.stateLedger().beginWrite(who));
                role(Role.INSTIGATOR);
                broadcast(state, dice);
                report(Finding.STALE_WRITES, board.stateLedger().endWrite(who));
            }
            end(0, grant);
        }
    }

    private void broadcast(final LinkerStateWriter state, final int dice) {
        long tag = nextTag();
        int handle = 0;
        final DlOperation operation;
        try {
            if (dice % 4 == 0) {
                final DlOperation.LoadModules load = (DlOperation.LoadModules) register(state, tag);
                handle = load.modules().get(0).handle();
                operation = load;
            } else if (dice % 4 == 1) {
                final int slots = 1 + random.nextInt(4);
                final int base = state.growTable(slots);
                tag = Tag.ofSlots(base);
                operation = new DlOperation.AllocateFunctionTable(base, slots);
            } else if (dice % 8 == 2) {
                operation = new DlOperation.PrepareClosure(0, 0, random.nextInt(), Tag.name(tag));
            } else {
                state.recordSymbol(MAIN, Tag.name(tag), 0);
                operation = new DlOperation.ResolveFunction(Tag.name(tag), MAIN, 0);
            }
        } catch (final CapacityExceededException end) {
            full = true;
            return;
        }
        final boolean named = tag < Tag.ofSlots(0);
        final Acknowledgements account = session.acknowledgements;
        account.add(Acknowledgements.ASKED, tag, 0);
        try {
            if (!(operation instanceof DlOperation.PrepareClosure) && random.nextBoolean()) {
                group.addLinkOperation(state, operation);
            } else {
                group.synchronizeLinkOperation(state, operation, random.nextInt(8) == 0 ? 1 : 0, TimeUnit.MILLISECONDS);
            }
        } catch (final CapacityExceededException | RendezvousTimeoutException refused) {
            full |= refused instanceof CapacityExceededException;
            if (named) {
                // slots that were refused are given to the next one who asks
                account.add(Acknowledgements.REFUSED, tag, 0);
            }
            return;
        }
        final long sequence = group.appliedSequence();
        account.add(Acknowledgements.DONE, tag, sequence);
        board.completed(who, Board.OPERATION, sequence);
        replica.checkComplete(sequence);
        if (handle != 0) {
            role(Role.INITIALIZER);
            advance(group, handle);
        }
    }

    // ---- handing the lease on --------------------------------------------------------------------------------------

    private void spawn() {
        role(Role.OFFERER);
        final PreparedInstanceGroup prepared = group.prepareForInstanceGroup();
        board.completed(who, Board.GRANT, SOME_GRANT);
        if (session.startGuest(prepared.claimTicket()) != null) {
            final long deadline = System.nanoTime() + OFFER_NANOS;
            while (System.nanoTime() < deadline) {
                group.cooperate();
            }
        }
        prepared.cancel();
    }

    private void offer() {
        role(Role.OFFERER);
        try (TopologyToken token = group.acquireTopologyToken()) {
            final long grant = token.number() + 1;
            final long text = grant << SLOT_BITS | group.slot();
            board.completed(who, Board.GRANT, grant);
            token.offer();
            if (board.offer(text)) {
                final long deadline = System.nanoTime() + OFFER_NANOS;
                while (board.isOffered() && System.nanoTime() < deadline) {
                    group.cooperate();
                }
                board.withdrawOffer(text);
            }
        }
    }

    private void takeOffer() {
        final long text = board.takeOffer();
        if (text == 0) {
            return;
        }
        role(Role.OFFERER);
        final String ticket =
                "lockstep-claim:" + session.universe.id() + ":" + (text & SLOT_MASK) + ":" + (text >>> SLOT_BITS);
        try (TopologyToken token = group.claimTopologyToken(ticket)) {
            role(Role.LEASE_OWNER);
            begin(0, token.number() + 1);
            linger();
            end(0, token.number() + 1);
        } catch (final IllegalStateException gone) {
            // revoked, or its owner is dead
        }
    }
}
