package dev.lockstep.linker;

import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.lock.Lease;
import dev.lockstep.lock.StateLock;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.SharedBuffer;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * One participant: a slot in the universe, a thread, and a {@link Replica}.
 *
 * <p>A group is bound to the thread that made it; every call comes from that thread and anything else is refused. While
 * it is running it has to {@linkplain #doPendingLinkOperations poll}, since whoever broadcasts an operation waits for it;
 * a thread that is about to block, or to compute for long without polling, {@linkplain #enterSafeRegion enters a safe
 * region} first. All waiting inside these methods answers for the group by itself.
 *
 * <p>Lock order, enforced: topology lease, then linker state. Asking for the lease while holding linker state, or for
 * either twice, throws {@link LockOrderException} and changes nothing. The shared mutexes lie outside that order: hold
 * none of them while asking for the lease if their other users may ask for them while they hold it.
 *
 * <p>Errors that any method can throw and what they leave: {@link SynchronizationAbortedException} (the universe is over;
 * what the call had taken is irrelevant from then on), {@link InstanceGroupDeadException} (the group was shut down;
 * nothing happened), {@link UniverseClosedException} (this JVM is closing the universe; the group has been shut down),
 * {@link GroupEvictedException} (others have gone on without the group; it has been shut down). An {@link Error} that leaves
 * a method of this class half done, a {@link StackOverflowError} for instance, ends the group: it is dead from then on,
 * and within some milliseconds what it held passes on, and an operation that it had begun is withdrawn or finished by
 * another group, as if its process had been killed. So is a group whose thread ends without shutting it down.
 */
public final class InstanceGroup {
    private static final int CLOSURE_BATCH = 100;
    private static final int OPTIMISTIC_LOOKS = 4;

    private static final int ALIVE = 0;

    /** An error has left protocol code half done: the group touches nothing any more, and will be reaped. */
    static final int BROKEN = 1;

    private static final int DEAD = 2;

    private static final AtomicIntegerFieldUpdater<InstanceGroup> LIFE =
            AtomicIntegerFieldUpdater.newUpdater(InstanceGroup.class, "life");

    private static final int STATE_FREE = 0;
    private static final int STATE_READ = 1;
    private static final int STATE_WRITE = 2;

    /** Who a group tells that it has ended. */
    interface Host {
        /** Identity of the universe. */
        String id();

        /** The group has a slot, and is bound to the calling thread. */
        void joined(InstanceGroup group);

        /** The group is about to run, on the calling thread; refuses if another one runs there. */
        void willRun(InstanceGroup group);

        /** The group touches shared memory no more. */
        void left(InstanceGroup group);
    }

    private final Host host;
    private final LinkerShared shared;
    private final Lease topology;
    private final StateLock stateLock;
    /** The control word alone: it is looked at in every call, and this is the shortest way to it. */
    private final SharedBuffer control;

    private final Participant participant;
    private final Thread owner;
    private final int slot;
    private final LinkerStateWriter writer;
    private final LinkerStateReader reader;
    private final LinkerStateReader optimistic;

    private final ClosureQuery closureQuery = new ClosureQuery();

    /** ALIVE until the group has ended; the thread that moves it to DEAD cleans up. */
    volatile int life;

    private long heldGrant;
    private long offeredGrant;
    private int stateHeld;
    private boolean sharesThread;

    /** Made when the group first waits for a module. */
    private ModuleWait moduleWait;

    private boolean circular;

    InstanceGroup(final Host host, final LinkerShared shared, final Participant participant) {
        this.host = host;
        this.shared = shared;
        topology = shared.topology;
        stateLock = shared.stateLock;
        control = shared.buffer.view(shared.layout.control() + ControlDescriptor.WORD_OFFSET, Long.BYTES);
        this.participant = participant;
        owner = Thread.currentThread();
        slot = participant.slot;
        writer = new LinkerStateWriter(this, shared);
        reader = new LinkerStateReader(this, shared, false);
        optimistic = new LinkerStateReader(this, shared, true);
    }

    /** {@return number of the group's slot, from 0} */
    public int slot() {
        return slot;
    }

    /** {@return sequence of the last operation that the group's replica has applied} */
    public long appliedSequence() {
        return participant.applied();
    }

    /** {@return whether the group has been shut down} */
    public boolean isDead() {
        return life != ALIVE;
    }

    // ---- following -------------------------------------------------------------------------------------------------

    /**
     * Answers pending operations, as a follower: arrives, applies, waits for the others. To be called often.
     *
     * @param fast true = look first, with one load, and return at once if nothing is pending; false = look carefully.
     * @return whether something was pending: the control word had changed since the last call.
     */
    public boolean doPendingLinkOperations(final boolean fast) {
        if (fast) {
            if (life != ALIVE) {
                throw died();
            }
            if (!participant.isPending(control.getLongOpaque(0))) {
                return false;
            }
        }
        requireRunning();
        final boolean pending = participant.isPending(shared.control());
        try {
            participant.drain();
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        return pending;
    }

    /**
     * From now on the group touches no guest state and nobody waits for it, until {@link #exitSafeRegion}.
     *
     * @throws LockOrderException if the group holds linker state.
     */
    public void enterSafeRegion() {
        requireGoingOn();
        if (stateHeld != STATE_FREE) {
            throw new LockOrderException("safe region entered while linker state is held: group=" + slot
                    + ", close the reader or writer first");
        }
        try {
            participant.enterSafeRegion();
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * Ends a safe region: catches up with what was committed meanwhile, then takes part again.
     *
     * @throws IllegalStateException if another group of this thread is running: the two would wait for each other.
     */
    public void exitSafeRegion() {
        requireUsable();
        if (participant.isRunning()) {
            throw new IllegalStateException("group is not in a safe region: group=" + slot);
        }
        if (sharesThread) {
            host.willRun(this);
        }
        try {
            participant.exitSafeRegion();
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /** {@return whether the group is in a safe region} */
    public boolean isInSafeRegion() {
        return !participant.isRunning();
    }

    /**
     * Enters a safe region, waits there until something is so, and ends the safe region: for a wait that other groups end. It
     * is looked at first, again whenever the group is woken, and at least every millisecond or as often as an idle strategy of
     * the embedder's own has it. Who changes what is waited for, by CAS, a volatile store or with a full fence behind it, and
     * then calls {@link #wakeGroup}, wakes the group if it sleeps.
     *
     * @param isOver what is waited for; it must not throw, use the group or touch guest state.
     * @throws LockOrderException if the group holds linker state.
     */
    public void waitInSafeRegion(final BooleanSupplier isOver) {
        enterSafeRegion();
        try {
            participant.begin();
            try {
                while (!isOver.getAsBoolean()) {
                    participant.pause();
                }
            } finally {
                participant.end();
            }
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        exitSafeRegion();
    }

    /**
     * Wakes another group, of this or another JVM, if it waits.
     *
     * @param slot of the group; nothing happens if nobody has it.
     */
    public void wakeGroup(final int slot) {
        requireUsable();
        try {
            shared.waker.wake(slot);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * {@return which group has a slot: another number for each that has had it, or 0 while nobody has} One whose process is
     * dead has it until it is reaped.
     *
     * @param slot from 0.
     */
    public long groupGeneration(final int slot) {
        requireUsable();
        if (slot < 0 || slot >= shared.slots.count()) {
            throw new IllegalArgumentException(
                    "no such group slot: slot=" + slot + " capacity groups=" + shared.slots.count());
        }
        final long word = shared.slots.word(slot);
        return GroupSlots.state(word) == GroupSlots.FREE ? 0 : GroupSlots.generation(word);
    }

    /** The group has been told, in the middle of a call, that it is over: it ends here. */
    private RuntimeException ended(final RuntimeException over) {
        abandon();
        return over;
    }

    // ---- topology lease --------------------------------------------------------------------------------------------

    /**
     * Takes the topology lease if it is free and nobody waits for it.
     *
     * @return the token, or null.
     */
    public TopologyToken tryAcquireTopologyToken() {
        requireTopologyOrder();
        final long grant;
        try {
            grant = topology.tryAcquire(slot);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        if (grant == Lease.NONE) {
            requireNotAborted();
            return null;
        }
        return new TopologyToken(this, own(grant));
    }

    /**
     * Takes the topology lease, waiting for its turn and answering pending operations meanwhile.
     *
     * @return the token.
     */
    public TopologyToken acquireTopologyToken() {
        return new TopologyToken(this, acquireTopology());
    }

    /**
     * As {@link #acquireTopologyToken} without an object: nothing is allocated.
     *
     * @return the grant, for {@link #releaseTopology}.
     */
    public long acquireTopology() {
        requireTopologyOrder();
        final long grant;
        try {
            grant = topology.acquire(slot, participant);
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        return own(grant);
    }

    /** Whether the group may go on at all is looked at only now: in the word that a new owner has to look at anyway. */
    private long own(final long grant) {
        final long word = control.getLongVolatile(0);
        if (participant.isPending(word) || ControlWord.phase(word) != ControlWord.IDLE) {
            adopt(grant);
        }
        heldGrant = grant;
        if (offeredGrant == grant) {
            offeredGrant = Lease.NONE;
        }
        return grant;
    }

    private void adopt(final long grant) {
        try {
            participant.refuseIfOver();
            participant.rendezvous().adopt();
        } catch (final GroupEvictedException evicted) {
            throw ended(evicted); // and what it holds passes on
        } catch (final RuntimeException failure) {
            topology.release(slot, grant);
            throw failure;
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * Frees the topology lease.
     *
     * @param grant from {@link #acquireTopology}.
     * @throws IllegalStateException if the group does not hold the lease by that grant.
     * @throws LockOrderException if linker state is held under it.
     */
    public void releaseTopology(final long grant) {
        requireUsable();
        requireHeld(grant);
        heldGrant = 0;
        try {
            topology.release(slot, grant);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    private void requireHeld(final long grant) {
        if (grant == Lease.NONE || heldGrant != grant) {
            throw new IllegalStateException("topology token is not held: group=" + slot + " number=" + (grant - 1)
                    + ", it was closed, offered or never acquired here");
        }
        if (stateHeld != STATE_FREE) {
            throw new LockOrderException("topology lease given up while linker state is held: group=" + slot
                    + ", close the reader or writer first");
        }
    }

    String offerTopology(final long grant) {
        requireUsable();
        requireHeld(grant);
        try {
            topology.offer(slot, grant);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        heldGrant = 0;
        offeredGrant = grant;
        return new ClaimTicket(host.id(), slot, grant).toString();
    }

    boolean revokeTopology(final long grant) {
        requireUsable();
        requireOffered(grant);
        offeredGrant = Lease.NONE;
        try {
            if (topology.revoke(slot, grant)) {
                heldGrant = grant;
                return true;
            }
            return false;
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    private void requireOffered(final long grant) {
        if (offeredGrant != grant) {
            throw new IllegalStateException("topology token was not offered: group=" + slot + " number=" + (grant - 1));
        }
    }

    boolean cancelOffer(final long grant) {
        if (life != ALIVE || offeredGrant != grant) {
            return false;
        }
        if (revokeTopology(grant)) {
            releaseTopology(grant);
            return true;
        }
        return false;
    }

    void closeToken(final long grant) {
        if (life != ALIVE) {
            return;
        }
        if (offeredGrant == grant) {
            cancelOffer(grant);
        } else {
            releaseTopology(grant);
        }
    }

    /**
     * Takes over a topology lease that another group, in this or another JVM, has offered.
     *
     * @param claimTicket from {@link TopologyToken#offer()}.
     * @return the token, with the number it had.
     * @throws IllegalArgumentException if the text is no claim ticket of this universe.
     * @throws IllegalStateException if the offer is gone: claimed, revoked, or its owner died.
     */
    public TopologyToken claimTopologyToken(final String claimTicket) {
        requireTopologyOrder();
        final ClaimTicket ticket = ClaimTicket.parse(claimTicket, host.id());
        try {
            if (!topology.claim(ticket.slot(), ticket.grant(), slot)) {
                requireNotAborted();
                throw new IllegalStateException("claim ticket is no longer valid, it was claimed, revoked or its owner"
                        + " is gone: ticket=" + claimTicket);
            }
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        return new TopologyToken(this, own(ticket.grant()));
    }

    /**
     * Prepares one more group: takes the topology lease and offers it to whoever makes the group with
     * {@link Universe#createInstanceGroup}.
     *
     * @return what to pass on.
     */
    public PreparedInstanceGroup prepareForInstanceGroup() {
        return new PreparedInstanceGroup(acquireTopologyToken());
    }

    // ---- linker state ----------------------------------------------------------------------------------------------

    /**
     * Takes the linker state for reading if nobody writes.
     *
     * @return the reader, to be closed; or null.
     */
    public LinkerStateReader tryRead() {
        requireStateOrder();
        try {
            if (stateLock.tryRead(slot)) {
                refuseIfOverHolding(STATE_READ);
                return openReader();
            }
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        requireNotAborted();
        return null;
    }

    /**
     * Takes the linker state for reading, answering pending operations while it waits.
     *
     * @return the reader, to be closed.
     */
    public LinkerStateReader readLinkerState() {
        requireStateOrder();
        try {
            stateLock.read(slot, participant);
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        refuseIfOverHolding(STATE_READ);
        return openReader();
    }

    private LinkerStateReader openReader() {
        stateHeld = STATE_READ;
        return reader.open();
    }

    void closeReader() {
        stateHeld = STATE_FREE;
        try {
            stateLock.unlockRead(slot);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * Takes the linker state for writing if nobody reads or writes.
     *
     * @return the writer, to be closed; or null.
     */
    public LinkerStateWriter tryWrite() {
        requireStateOrder();
        try {
            if (stateLock.tryWrite(slot)) {
                refuseIfOverHolding(STATE_WRITE);
                return openWriter(Lease.NONE);
            }
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        requireNotAborted();
        return null;
    }

    /**
     * Takes the linker state for writing, answering pending operations while it waits. Such a writer can change the
     * tables but not broadcast.
     *
     * @return the writer, to be closed.
     */
    public LinkerStateWriter writeLinkerState() {
        requireStateOrder();
        lockForWriting();
        return openWriter(Lease.NONE);
    }

    /**
     * Takes the topology lease and then the linker state for writing. Closing the writer gives both back.
     *
     * @return the writer, to be closed.
     */
    public LinkerStateWriter writeLinkerStateWithTopology() {
        final long grant = acquireTopology();
        boolean locked = false;
        try {
            lockForWriting();
            locked = true;
        } finally {
            if (!locked && life == ALIVE && heldGrant == grant) {
                releaseTopology(grant);
            }
        }
        return openWriter(grant);
    }

    /**
     * Takes the linker state for writing under a topology lease that the group holds. Closing the writer leaves the
     * lease held.
     *
     * @param token that the group holds.
     * @return the writer, to be closed.
     * @throws IllegalStateException if the token is not held by this group.
     */
    public LinkerStateWriter writeLinkerStateHoldingTopology(final TopologyToken token) {
        requireStateOrder();
        if (token.group() != this || heldGrant != token.grant()) {
            throw new IllegalStateException(
                    "topology token is not held by this group: group=" + slot + " number=" + token.number());
        }
        lockForWriting();
        return openWriter(Lease.NONE);
    }

    private void lockForWriting() {
        try {
            stateLock.write(slot, participant);
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        refuseIfOverHolding(STATE_WRITE);
    }

    /** Whether the group may go on at all is looked at once the lock is held: who ends it while it waits is seen too. */
    private void refuseIfOverHolding(final int held) {
        if (participant.isPending(control.getLongVolatile(0))) {
            try {
                participant.refuseIfOver();
            } catch (final GroupEvictedException evicted) {
                throw ended(evicted); // and what it holds passes on
            } catch (final SynchronizationAbortedException aborted) {
                if (held == STATE_READ) {
                    stateLock.unlockRead(slot);
                } else {
                    stateLock.unlockWrite(slot);
                }
                throw aborted;
            }
        }
    }

    private LinkerStateWriter openWriter(final long ownedGrant) {
        stateHeld = STATE_WRITE;
        return writer.open(ownedGrant);
    }

    void closeWriter(final long ownedGrant) {
        if (life != ALIVE) {
            return;
        }
        stateHeld = STATE_FREE;
        try {
            stateLock.unlockWrite(slot);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        if (ownedGrant != Lease.NONE) {
            releaseTopology(ownedGrant);
        }
    }

    /**
     * Reads the linker state without taking a lock: looks, and looks again if somebody wrote meanwhile, up to a few
     * times, then takes the lock for reading. What is read may be torn until it has been validated, so the function must
     * only look and return.
     *
     * @param read what to look up; may be called several times.
     * @param <T> what it returns.
     * @return a result that belongs to one state.
     */
    public <T> T readOptimistically(final Function<LinkerStateView, T> read) {
        requireStateOrder();
        requireNotAborted();
        for (int i = 0; i < OPTIMISTIC_LOOKS; i++) {
            final long stamp = stateLock.tryOptimisticRead();
            if (stamp != StateLock.NO_STAMP) {
                final T result;
                try {
                    result = read.apply(optimistic);
                } catch (final RuntimeException perhapsTorn) {
                    if (stateLock.validate(stamp)) {
                        throw perhapsTorn;
                    }
                    continue;
                }
                if (stateLock.validate(stamp)) {
                    return result;
                }
            }
        }
        try (LinkerStateReader held = readLinkerState()) {
            return read.apply(held);
        }
    }

    /**
     * Begins an optimistic read of the view that {@link #optimisticView()} gives.
     *
     * @return a stamp for {@link #validate}, or −1 while somebody writes.
     */
    public long tryOptimisticRead() {
        requireUsable();
        requireNotAborted();
        return stateLock.tryOptimisticRead();
    }

    /**
     * {@return the linker state as it is in the file at this moment, possibly torn until validated} For the group's own
     * thread only, as everything here; the view itself does not look who asks, only whether the group is dead.
     */
    public LinkerStateView optimisticView() {
        return optimistic;
    }

    /**
     * {@return whether what was read since the stamp belongs together}
     *
     * @param stamp from {@link #tryOptimisticRead}.
     */
    public boolean validate(final long stamp) {
        requireAlive();
        return stateLock.validate(stamp);
    }

    // ---- operations ------------------------------------------------------------------------------------------------

    /**
     * Broadcasts an operation together with what the writer has changed: all running groups stop, the operation is
     * committed to the journal, and every group applies it, this one included; then all go on. When this returns, every
     * running group of every JVM has applied the operation; groups in safe regions do so on their way out.
     *
     * <p>An error before the commit leaves the tables and every replica as they were; the changes stay with the writer, so
     * that the same call can be made again until it is closed. A replica that fails to apply after it aborts the universe.
     *
     * @param writer held by this group, under the topology lease.
     * @param operation to broadcast.
     * @throws dev.lockstep.region.CapacityExceededException if the journal, the ring or the redo area has no room.
     * @throws LockOrderException if the group does not hold the topology lease.
     */
    public void synchronizeLinkOperation(final LinkerStateWriter writer, final DlOperation operation) {
        synchronizeLinkOperation(writer, operation, 0, TimeUnit.NANOSECONDS);
    }

    /**
     * As {@link #synchronizeLinkOperation(LinkerStateWriter, DlOperation)}, but withdraws the operation if a running
     * group does not arrive in time.
     *
     * @param writer held by this group, under the topology lease.
     * @param operation to broadcast.
     * @param timeout how long to wait for the running groups to arrive; 0 = however long it takes.
     * @param unit of the timeout.
     * @throws RendezvousTimeoutException if a group did not arrive; the operation was withdrawn, nothing is changed.
     */
    public void synchronizeLinkOperation(
            final LinkerStateWriter writer, final DlOperation operation, final long timeout, final TimeUnit unit) {
        Objects.requireNonNull(operation, "operation");
        requireBroadcaster(writer);
        writer.encode(operation);
        broadcast(writer, deadline(timeout, unit), false);
    }

    /**
     * Broadcasts the operations that were {@linkplain LinkerStateWriter#enqueue enqueued}, all of them under one rendezvous:
     * as {@link #synchronizeLinkOperation(LinkerStateWriter, DlOperation)} with many. After an error before the commit they
     * are still enqueued.
     *
     * @param writer held by this group, under the topology lease.
     * @throws IllegalStateException if nothing is enqueued.
     */
    public void synchronizeEnqueued(final LinkerStateWriter writer) {
        synchronizeEnqueued(writer, 0, TimeUnit.NANOSECONDS);
    }

    /**
     * As {@link #synchronizeEnqueued(LinkerStateWriter)}, but withdraws the operations if a running group does not arrive in
     * time; they are still enqueued then.
     *
     * @param writer held by this group, under the topology lease.
     * @param timeout how long to wait for the running groups to arrive; 0 = however long it takes.
     * @param unit of the timeout.
     * @throws RendezvousTimeoutException if a group did not arrive; the operations were withdrawn, nothing is changed.
     */
    public void synchronizeEnqueued(final LinkerStateWriter writer, final long timeout, final TimeUnit unit) {
        requireEnqueued(writer);
        broadcast(writer, deadline(timeout, unit), true);
    }

    /**
     * Broadcasts the operations that were {@linkplain LinkerStateWriter#enqueue enqueued}, all of them under one rendezvous
     * that stops nobody: as {@link #addLinkOperation} with many.
     *
     * @param writer held by this group, under the topology lease.
     * @throws IllegalStateException if nothing is enqueued, or one of them is {@link DlOperation.RetireModule} or
     *     {@link DlOperation.PrepareClosure}; nothing is changed.
     */
    public void addEnqueued(final LinkerStateWriter writer) {
        requireEnqueued(writer);
        requireOnlyAdding(writer);
        add(writer, true);
    }

    private void requireOnlyAdding(final LinkerStateWriter held) {
        if (held.isTakingAway()) {
            throw new IllegalStateException(
                    "an operation that is enqueued takes away or replaces, which needs two rendezvous:" + " group="
                            + slot + ", use synchronizeEnqueued");
        }
    }

    private void requireEnqueued(final LinkerStateWriter writer) {
        requireBroadcaster(writer);
        if (writer.enqueued() == 0) {
            throw new IllegalStateException("nothing is enqueued: group=" + slot + ", use enqueue first");
        }
    }

    /**
     * Broadcasts an operation that only adds, with one rendezvous: nobody is stopped. It is committed at once, every running
     * group applies it at its next poll and goes on, and when this returns all of them have. To everybody it looks as if they
     * had been stopped, since what the operation adds can be looked up only when the linker state is given back, and by
     * then every group has applied it; a group in a safe region does on its way out.
     *
     * <p>There is no deadline: from the commit on nothing can be withdrawn. An error before it leaves everything as it was.
     *
     * @param writer held by this group, under the topology lease.
     * @param operation to broadcast; not {@link DlOperation.RetireModule}, which takes away, nor
     *     {@link DlOperation.PrepareClosure}, which replaces.
     * @throws IllegalArgumentException if the operation takes something away or replaces it; nothing is changed.
     * @throws dev.lockstep.region.CapacityExceededException if the journal, the ring or the redo area has no room.
     * @throws LockOrderException if the group does not hold the topology lease.
     */
    public void addLinkOperation(final LinkerStateWriter writer, final DlOperation operation) {
        Objects.requireNonNull(operation, "operation");
        if (operation instanceof DlOperation.RetireModule || operation instanceof DlOperation.PrepareClosure) {
            throw new IllegalArgumentException(
                    "operation takes away or replaces, which needs two rendezvous: operation=" + operation
                            + ", use synchronizeLinkOperation");
        }
        requireBroadcaster(writer);
        requireOnlyAdding(writer);
        writer.encode(operation);
        add(writer, false);
    }

    /**
     * As {@link #addLinkOperation} with an AllocateFunctionTable, without allocating.
     *
     * @param writer held by this group, under the topology lease, in which the table has been grown.
     * @param index first slot.
     * @param size number of slots.
     */
    public void addAllocateFunctionTable(final LinkerStateWriter writer, final int index, final int size) {
        requireBroadcaster(writer);
        requireOnlyAdding(writer);
        writer.encodeAllocate(index, size);
        add(writer, false);
    }

    private void add(final LinkerStateWriter held, final boolean isLastKept) {
        try {
            held.broadcastAddition(participant, isLastKept);
        } catch (final UniverseClosedException closed) {
            throw ended(closed);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    private void broadcast(final LinkerStateWriter held, final long deadlineNanos, final boolean isLastKept) {
        try {
            held.broadcast(participant, deadlineNanos, isLastKept);
        } catch (final UniverseClosedException closed) {
            throw ended(closed);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * As {@link #synchronizeLinkOperation(LinkerStateWriter, DlOperation)} with an AllocateFunctionTable, without
     * allocating.
     *
     * @param writer held by this group, under the topology lease, in which the table has been grown.
     * @param index first slot.
     * @param size number of slots.
     */
    public void synchronizeAllocateFunctionTable(final LinkerStateWriter writer, final int index, final int size) {
        requireBroadcaster(writer);
        writer.encodeAllocate(index, size);
        broadcast(writer, 0, false);
    }

    private long deadline(final long timeout, final TimeUnit unit) {
        if (timeout <= 0) {
            return 0;
        }
        final long deadline = shared.clock.nanoTime() + unit.toNanos(timeout);
        return deadline == 0 ? 1 : deadline;
    }

    void requireBroadcaster(final LinkerStateWriter writer) {
        requireRunning();
        if (writer != this.writer || stateHeld != STATE_WRITE) {
            throw new IllegalStateException("writer is not held by this group: group=" + slot);
        }
        if (heldGrant == Lease.NONE) {
            throw new LockOrderException("operation broadcast without the topology lease: group=" + slot
                    + ", use writeLinkerStateWithTopology()");
        }
    }

    /**
     * Aborts the universe, with a code of the embedder's own. Sticky; the first code wins.
     *
     * @param code from 16 to 4095; lower ones are the library's.
     */
    public void abort(final int code) {
        requireUsable();
        if (code < 16 || code > LinkerShared.MAX_CODE) {
            throw new IllegalArgumentException(
                    "abort code out of range: code=" + code + ", choose from 16 to " + LinkerShared.MAX_CODE);
        }
        shared.abort(code, slot);
    }

    // ---- closures --------------------------------------------------------------------------------------------------

    /**
     * Takes a slot of the function table for a closure. Slots come in batches of 100, each an operation of its own; a slot
     * that is free is taken without one.
     *
     * @return the slot.
     */
    public int allocateClosureIndex() {
        try (LinkerStateWriter state = writeLinkerState()) {
            final int index = state.popClosure();
            if (index >= 0) {
                state.commit();
                return index;
            }
        }
        try (LinkerStateWriter state = writeLinkerStateWithTopology()) {
            int index = state.popClosure();
            if (index >= 0) {
                state.commit();
                return index;
            }
            final int base = state.growTable(CLOSURE_BATCH);
            state.addClosureBatch(base, CLOSURE_BATCH);
            index = state.popClosure();
            synchronizeAllocateFunctionTable(state, base, CLOSURE_BATCH);
            return index;
        }
    }

    /**
     * Gives a closure's slot back.
     *
     * @param functionTableIndex from {@link #allocateClosureIndex}.
     * @throws IllegalArgumentException if it is not a closure that is in use; nothing is changed.
     */
    public void freeClosureIndex(final int functionTableIndex) {
        try (LinkerStateWriter state = writeLinkerState()) {
            state.freeClosure(functionTableIndex);
            state.commit();
        }
    }

    /**
     * Gives a closure the function that it calls, in place of the one it had: in every group of every JVM when this
     * returns.
     *
     * @param functionTableIndex slot of the closure, from {@link #allocateClosureIndex}.
     * @param backingFunction slot of the function that is called.
     * @param userData that the function is given.
     * @param signature of the closure, in the embedder's own words: 1 to 255 printable ASCII characters.
     * @throws IllegalArgumentException if it is not a closure that is in use, there is no such function's slot, or no such
     *     signature; nothing is changed.
     * @throws IllegalStateException if a group that was evicted has not found out: it may run on and call what the closure
     *     was before; nothing is changed, try again when it has.
     */
    public void prepareClosure(
            final int functionTableIndex, final int backingFunction, final int userData, final String signature) {
        final DlOperation operation =
                new DlOperation.PrepareClosure(functionTableIndex, backingFunction, userData, signature);
        try (LinkerStateWriter state = writeLinkerStateWithTopology()) {
            if (!state.isClosure(functionTableIndex)) {
                throw new IllegalArgumentException(
                        "not a closure that is in use: index=" + functionTableIndex + ", allocate it first");
            }
            if (backingFunction >= state.tableLength()) {
                throw new IllegalArgumentException("backing function is not in the function table: index="
                        + backingFunction + " tableLength=" + state.tableLength());
            }
            if (shared.slots.isAnyEvicted()) {
                throw new IllegalStateException("a group that was evicted may still call what the closure was before:"
                        + " index=" + functionTableIndex + ", try again when its thread has found out or ended");
            }
            synchronizeLinkOperation(state, operation);
        }
    }

    /** Made once: a lambda with the index in it would be an object a call. */
    private static final class ClosureQuery implements Function<LinkerStateView, Boolean> {
        private int functionTableIndex;

        @Override
        public Boolean apply(final LinkerStateView state) {
            return state.isClosure(functionTableIndex);
        }
    }

    /**
     * {@return whether a slot of the function table is a closure that is in use}
     *
     * @param functionTableIndex of it.
     */
    public boolean isClosure(final int functionTableIndex) {
        closureQuery.functionTableIndex = functionTableIndex;
        return readOptimistically(closureQuery);
    }

    // ---- modules ---------------------------------------------------------------------------------------------------

    /**
     * {@return how far a module's initialisation has come}
     *
     * @param handle of the module.
     */
    public ModuleState moduleState(final int handle) {
        requireUsable();
        requireNotAborted();
        return ModuleState.of(shared.moduleStates.state(handle));
    }

    /**
     * {@return the slot of the group that initialises a module, or −1}
     *
     * @param handle of the module.
     */
    public int moduleOwner(final int handle) {
        requireUsable();
        requireNotAborted();
        final int initializer = shared.moduleStates.owner(handle);
        return initializer == ModuleStates.NOBODY ? -1 : initializer;
    }

    /**
     * Takes on the initialisation of a module whose owner died before it had finished the data.
     *
     * @param handle of the module.
     * @return whether this group is the owner now, or was already.
     */
    public boolean claimModuleData(final int handle) {
        requireGoingOn();
        return (shared.moduleStates.state(handle) == ModuleStates.DATA && shared.moduleStates.owner(handle) == slot)
                || shared.moduleStates.advance(handle, ModuleStates.DATA, ModuleStates.NOBODY, ModuleStates.DATA, slot);
    }

    /**
     * Moves a module that this group initialises on: DATA → CTORS → READY, or → FAILED.
     *
     * @param handle of the module.
     * @param from the state it is in.
     * @param to the state it comes to.
     * @throws IllegalStateException if the module is not in that state, or not this group's.
     */
    public void advanceModuleState(final int handle, final ModuleState from, final ModuleState to) {
        requireUsable();
        requireNotAborted();
        final int nextOwner = to == ModuleState.READY || to == ModuleState.FAILED ? ModuleStates.NOBODY : slot;
        if (!shared.moduleStates.advance(handle, from.code(), slot, to.code(), nextOwner)) {
            throw new IllegalStateException(
                    "module is not this group's to move on: handle=" + handle + " group=" + slot + " from=" + from
                            + " to=" + to + " state=" + moduleState(handle) + " owner=" + moduleOwner(handle));
        }
        shared.waker.wakeAll();
    }

    /**
     * Waits until a module is ready, answering pending operations meanwhile.
     *
     * <p>It does not wait for a module that is this group's own to initialise, nor if the module's owner waits, itself or
     * through others, for a module of this group: constructors that load each other's modules would wait for ever. Then it
     * returns DATA or CTORS, {@link #isAwaitCircular} says so, and the caller uses the handle as it is: the module is
     * linked, and what its owner has not done yet it does when this group goes on. Only who is a part of the circle is told
     * so, and only while all others in it wait; who else waits for one of them waits on.
     *
     * @param handle of the module.
     * @return READY, FAILED or UNLOADED; DATA if its owner died, for the caller to {@linkplain #claimModuleData claim}; DATA or CTORS
     *     if waiting would be circular.
     */
    public ModuleState awaitModule(final int handle) {
        requireGoingOn();
        circular = false;
        final long now = shared.moduleStates.word(handle);
        if (!ModuleWait.isInHands(now)) {
            requireNotAborted(); // who aborts for a module does so before it fails it
            return stateIn(now);
        }
        if (ModuleStates.ownerOf(now) == slot) {
            circular = true;
            return stateIn(now);
        }
        participant.begin();
        try {
            return awaitOthers(handle);
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        } finally {
            participant.end();
        }
    }

    /** The slot is still the group's own when this returns or throws, so what it waited for is taken back in it. */
    private ModuleState awaitOthers(final int handle) {
        if (moduleWait == null) {
            moduleWait = new ModuleWait(shared, slot);
        }
        moduleWait.begin(handle);
        try {
            while (true) {
                if (!ModuleWait.isInHands(shared.moduleStates.word(handle)) || moduleWait.isCircular()) {
                    final long word = shared.moduleStates.word(handle);
                    requireNotAborted();
                    circular = ModuleWait.isInHands(word);
                    return stateIn(word);
                }
                moduleWait.refuseStray();
                participant.pause();
            }
        } finally {
            moduleWait.end();
        }
    }

    private static ModuleState stateIn(final long word) {
        return ModuleState.of(ModuleStates.stateOf(word));
    }

    /**
     * {@return whether the last {@link #awaitModule} of this group came back because waiting would have been circular; if not
     * and it returned DATA, the module's owner has died}
     */
    public boolean isAwaitCircular() {
        return circular;
    }

    /**
     * Loads what this JVM needs for its first broadcast, so that it is not loaded while the lease is held and everybody
     * waits. Takes a few hundred milliseconds the first time, in a safe region at best; then nothing. Nobody has to call it.
     */
    public void prepareToBroadcast() {
        requireUsable();
        shared.log.prepare();
    }

    /** Waits for a bounded time and answers what is pending: for loops that wait for something of the embedder's. */
    public void cooperate() {
        requireRunning();
        try {
            participant.pauseOnce();
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    // ---- shared mutexes --------------------------------------------------------------------------------------------

    /**
     * Takes a mutex between all groups of all JVMs, waiting for its turn and answering pending operations meanwhile.
     *
     * @param mutex from 0 to the capacity {@code mutexes} − 1.
     * @return the grant, for {@link #releaseMutex}.
     */
    public long acquireMutex(final int mutex) {
        requireGoingOn();
        try {
            return mutex(mutex).acquire(slot, participant);
        } catch (final UniverseClosedException | GroupEvictedException over) {
            throw ended(over);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * {@return the grant, or 0 if the mutex is held or waited for}
     *
     * @param mutex to take.
     */
    public long tryAcquireMutex(final int mutex) {
        requireGoingOn();
        try {
            return mutex(mutex).tryAcquire(slot);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /**
     * Frees a mutex.
     *
     * @param mutex that is held.
     * @param grant from {@link #acquireMutex}.
     * @throws IllegalMonitorStateException if the group does not hold it by that grant.
     */
    public void releaseMutex(final int mutex, final long grant) {
        requireUsable();
        try {
            mutex(mutex).release(slot, grant);
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    private Lease mutex(final int index) {
        if (index < 0 || index >= shared.mutexes.length) {
            throw new IllegalArgumentException("no such mutex: index=" + index + " capacity mutexes="
                    + shared.mutexes.length + ", create the universe with more");
        }
        return shared.mutexes[index];
    }

    // ---- end -------------------------------------------------------------------------------------------------------

    /**
     * Leaves: answers what is pending, gives everything back and frees the slot. Idempotent, and possible after an abort.
     *
     * @throws LockOrderException if linker state or the topology lease is held; nothing is changed.
     */
    public void shutdownInstanceGroup() {
        if (life != ALIVE) {
            return;
        }
        requireOwner();
        if (stateHeld != STATE_FREE || heldGrant != Lease.NONE) {
            throw new LockOrderException("group shut down while it holds a lock: group=" + slot
                    + ", close the token, reader or writer first");
        }
        try {
            if (participant.isRunning() && !shared.isAborted()) {
                participant.drain();
            }
        } catch (final SynchronizationAbortedException | UniverseClosedException | GroupEvictedException over) {
            // there is nobody left to answer
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
        abandon();
    }

    /**
     * Frees the slot without answering: what is held passes on as from the dead. By the group's own thread; by another
     * one only if the group is broken or its thread has ended.
     *
     * @return whether this call has done so; false if it was done before.
     */
    boolean abandon() {
        int before;
        do {
            before = life;
            if (before == DEAD) {
                return false;
            }
        } while (!LIFE.compareAndSet(this, before, DEAD));
        try {
            if (participant.isRunning()) {
                participant.stopRunning();
            }
            participant.endIdle();
            stateHeld = STATE_FREE;
            heldGrant = Lease.NONE;
            new Reaper(shared).reapSlot(slot);
            shared.waker.wakeAll();
            host.left(this);
            return true;
        } catch (final Error error) {
            life = BROKEN;
            throw error;
        }
    }

    /** Whether the group can do nothing more and nobody but this JVM can know: its thread has ended, or an error has. */
    boolean isLost() {
        return life == BROKEN || !owner.isAlive();
    }

    Participant participant() {
        return participant;
    }

    /** Another group is bound to the same thread, which can run one of them at a time. */
    void shareThread() {
        sharesThread = true;
    }

    String threadName() {
        return owner.getName();
    }

    boolean isBoundTo(final Thread thread) {
        return owner == thread;
    }

    /** The JVM closes the universe: the group's own thread is told, or, if it is this one or gone, the group ends here. */
    void askToLeave() {
        if (owner == Thread.currentThread() || isLost()) {
            abandon();
        } else {
            participant.disturb();
            shared.waker.wake(slot);
        }
    }

    @Override
    public String toString() {
        return "InstanceGroup[slot=" + slot + " thread=" + owner.getName() + (life == ALIVE ? "" : " dead") + "]";
    }

    // ---- checks ----------------------------------------------------------------------------------------------------

    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("group is bound to another thread: group=" + slot + " bound to="
                    + owner.getName() + " called by=" + Thread.currentThread().getName());
        }
    }

    void requireUsable() {
        requireAlive();
        requireOwner();
    }

    void requireAlive() {
        if (life != ALIVE) {
            throw died();
        }
    }

    private InstanceGroupDeadException died() {
        return new InstanceGroupDeadException("instance group is dead: group=" + slot + ", make another one");
    }

    private void requireRunning() {
        requireUsable();
        if (!participant.isRunning()) {
            throw new IllegalStateException("group is in a safe region: group=" + slot + ", leave it first");
        }
    }

    /** For entries that neither poll nor wait: an abort is seen there too. */
    private void requireGoingOn() {
        requireRunning();
        requireNotAborted();
    }

    private void requireNotAborted() {
        if (participant.isPending(control.getLongVolatile(0))) {
            try {
                participant.refuseIfOver();
            } catch (final GroupEvictedException evicted) {
                throw ended(evicted);
            }
        }
    }

    private void requireStateOrder() {
        requireRunning();
        if (stateHeld != STATE_FREE) {
            throw new LockOrderException(
                    "linker state asked for while it is held: group=" + slot + ", close the reader or writer first");
        }
    }

    private void requireTopologyOrder() {
        requireRunning();
        if (stateHeld != STATE_FREE) {
            throw new LockOrderException(
                    "topology lease asked for while linker state is held: group=" + slot + ", take the lease first");
        }
        if (heldGrant != Lease.NONE) {
            throw new LockOrderException("topology lease asked for while it is held: group=" + slot);
        }
    }
}
