package dev.lockstep.linker;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.linker.table.TableTransaction;
import dev.lockstep.linker.table.TableWriter;
import dev.lockstep.region.CapacityExceededException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The linker state, held for writing. Closing gives it back; there is one writer a group, and a closed one refuses.
 *
 * <p>Changes are private to the writer, which sees them in its own lookups, until they are made at once: by
 * {@link InstanceGroup#synchronizeLinkOperation} together with an operation, or by {@link #commit()} without one. What was
 * not made when the writer is closed is forgotten, so a failure on the way leaves the tables as they were.
 *
 * <p>Confined to the thread of its group.
 */
public final class LinkerStateWriter extends TablesView implements AutoCloseable {
    private final InstanceGroup group;
    private final LinkerShared shared;
    private final TableTransaction transaction;
    private final TableWriter tables;
    private final OperationBatch batch;

    private boolean open;
    private long ownedGrant;

    LinkerStateWriter(final InstanceGroup group, final LinkerShared shared) {
        this(group, shared, new TableTransaction(shared.buffer, shared.layout));
    }

    private LinkerStateWriter(
            final InstanceGroup group, final LinkerShared shared, final TableTransaction transaction) {
        this(group, shared, transaction, new TableWriter(transaction));
    }

    private LinkerStateWriter(
            final InstanceGroup group,
            final LinkerShared shared,
            final TableTransaction transaction,
            final TableWriter tables) {
        super(tables.tables());
        this.group = group;
        this.shared = shared;
        this.transaction = transaction;
        this.tables = tables;
        batch = new OperationBatch(shared.log.maxFrameLength());
    }

    LinkerStateWriter open(final long grant) {
        open = true;
        ownedGrant = grant;
        batch.clear();
        transaction.begin();
        return this;
    }

    @Override
    void requireOpen() {
        group.requireUsable();
        if (!open) {
            throw new IllegalStateException(
                    "linker state is not held for writing: group=" + group.slot() + ", the writer was closed");
        }
    }

    /**
     * Takes a stretch of linear memory: best fit in what was left over, else whole pages at the end.
     *
     * @param size in bytes, at least 0.
     * @param alignment of its first byte: a power of two; also above 64 KiB.
     * @return its first byte.
     */
    public long allocateMemory(final long size, final long alignment) {
        requireOpen();
        return tables.allocateMemory(size, alignment);
    }

    /**
     * Gives a stretch of linear memory back.
     *
     * @param address of its first byte.
     * @param size in bytes.
     */
    public void freeMemory(final long address, final long size) {
        requireOpen();
        tables.freeMemory(address, size);
    }

    /**
     * Says where allocated linear memory ends, at bootstrap: what lies before is the main module's own.
     *
     * @param bytes from the beginning of linear memory.
     */
    public void setMemoryEnd(final long bytes) {
        requireOpen();
        tables.setMemoryEnd(bytes);
    }

    /**
     * Takes slots at the end of the function table.
     *
     * @param count of slots.
     * @return the first one.
     */
    public int growTable(final int count) {
        requireOpen();
        return tables.growTable(count);
    }

    /**
     * Registers a module in state DATA, to be initialised by this group.
     *
     * @param name under which it is looked up; not registered yet.
     * @param path where its bytes came from.
     * @param hash SHA-256 of its bytes.
     * @param memoryBase first byte of its data.
     * @param memorySize bytes of its data.
     * @param tableBase its first slot.
     * @param tableSize its number of slots.
     * @param flags free for the engine.
     * @return the module with its handle, as {@link DlOperation.LoadModules} wants it.
     * @throws CapacityExceededException if the module table or the names are full; nothing is changed.
     */
    public ModuleRecord registerModule(
            final String name,
            final String path,
            final byte[] hash,
            final long memoryBase,
            final long memorySize,
            final int tableBase,
            final int tableSize,
            final int flags) {
        requireOpen();
        final int handle = tables.registerModule(
                name, path, hash, memoryBase, memorySize, tableBase, tableSize, flags, ModuleStates.DATA, group.slot());
        return new ModuleRecord(handle, name, path, hash, memoryBase, memorySize, tableBase, tableSize, flags);
    }

    /**
     * Takes a module out that has {@linkplain ModuleState#FAILED failed}: its name can be registered again and its memory
     * is given back, once. If the leftovers of linear memory are full, the memory stays with the entry and a later call
     * gives it back, also that of a module that was unloaded. The handle stays a failed module's, and its slots of the
     * function table are nobody's unless {@link #releaseTable} gives them back.
     *
     * @param handle of the module; nobody else has freed its memory.
     * @return whether it was taken out by this call: then every replica has to be told by
     *     {@link DlOperation.RetireModule}. Never while a group that was evicted has not found out: it may run on with a
     *     replica in which the module is still there.
     * @throws IllegalArgumentException if there is no such module or it has not failed; nothing is changed.
     */
    public boolean retireModule(final int handle) {
        requireOpen();
        return !shared.slots.isAnyEvicted() && tables.retireModule(handle);
    }

    /**
     * Takes a module out that is ready and that nobody refers to, as {@link #retireModule} does with one that has failed.
     * Its state becomes {@link ModuleState#UNLOADED}, together with everything else that this writer changes. Several can be
     * taken out under one commit: {@linkplain #enqueue enqueue} a {@link DlOperation.RetireModule} for each.
     *
     * @param handle of the module; nobody else has freed its memory, and nothing that stays is linked to it.
     * @return whether it is taken out: then every replica has to be told by {@link DlOperation.RetireModule}. Not while a
     *     group that was evicted has not found out, as with {@link #retireModule}; nothing is changed.
     * @throws IllegalArgumentException if there is no such module, it is not ready, or it is referred to; nothing is changed.
     */
    public boolean unloadModule(final int handle) {
        requireOpen();
        if (shared.slots.isAnyEvicted()) {
            return false;
        }
        tables.unloadModule(handle);
        return true;
    }

    /**
     * Adds a reference to a module, so that it cannot be unloaded. References are the whole WebAssembly process's, as in
     * POSIX, and not a group's: those that a group which was killed had added stay. A module is registered without any, and
     * loses all when it is taken out. No replica need know: {@link #commit()} is enough.
     *
     * @param handle of the module, which need not be ready.
     * @return how many there are now.
     * @throws IllegalArgumentException if there is no such module, or it was taken out; nothing is changed.
     */
    public int retainModule(final int handle) {
        requireOpen();
        return tables.retainModule(handle);
    }

    /**
     * Takes a reference to a module away. The last one takes nothing out: {@link #unloadModule} does.
     *
     * @param handle of the module.
     * @return how many there are now.
     * @throws IllegalArgumentException if there is no such module, it was taken out, or it has no reference; nothing is
     *     changed.
     */
    public int releaseModule(final int handle) {
        requireOpen();
        return tables.releaseModule(handle);
    }

    /**
     * Takes slots of the function table: of those that modules which were taken out have left the smallest stretch that fits
     * (the slot of one of their symbols, if one slot is asked for), else slots at the end of the table. What an alignment
     * leaves out before them is lost. Every replica's table is as long as the operation says that is broadcast with this:
     * slots that were left by others are empty in each of them.
     *
     * @param slots number of them, at least 0.
     * @param alignment of the first one: a power of two.
     * @return the first one.
     * @throws IllegalArgumentException if there is no such alignment, or the table would be too long; nothing is changed.
     */
    public int allocateTable(final int slots, final int alignment) {
        requireOpen();
        return tables.allocateTable(slots, alignment);
    }

    /**
     * Says which slots of a module that this writer has just taken out are empty in every replica once the module is taken
     * out: {@link #allocateTable} gives them to others from then on. Without it they are lost. Ranges that touch are joined,
     * so that the entry of the module in the tables may come to name more slots than it had, or none.
     *
     * <p>The slots of the module's symbols are given to others without it. If several modules are taken out together, all of
     * them go before the first gives its slots back.
     *
     * @param handle of the module.
     * @param firstSlot of the slots, which are the module's own: within what it was registered with.
     * @param slots number of them.
     * @throws IllegalArgumentException if the module was not taken out by this writer since its last commit, or the slots are
     *     not its own, were given back before, or are a closure's or another module's symbol's; nothing is changed.
     */
    public void releaseTable(final int handle, final int firstSlot, final int slots) {
        requireOpen();
        tables.releaseTable(handle, firstSlot, slots);
    }

    /**
     * Records that a function has been given a slot.
     *
     * @param resolvedFrom handle of the module that exports it.
     * @param name of the function.
     * @param functionTableIndex its slot.
     * @throws IllegalArgumentException if there is no such module, or it was taken out; nothing is changed.
     * @throws CapacityExceededException if the symbol table or the names are full; nothing is changed.
     */
    public void recordSymbol(final int resolvedFrom, final String name, final int functionTableIndex) {
        requireOpen();
        tables.recordSymbol(resolvedFrom, name, functionTableIndex);
    }

    int popClosure() {
        requireOpen();
        return tables.popClosure();
    }

    void addClosureBatch(final int base, final int size) {
        requireOpen();
        tables.addClosureBatch(base, size);
    }

    void freeClosure(final int functionTableIndex) {
        requireOpen();
        tables.freeClosure(functionTableIndex);
    }

    /** Makes the changes so far, without an operation: for what no replica need know. */
    public void commit() {
        requireOpen();
        if (batch.count() != 0) {
            throw new IllegalStateException("operations are enqueued, their changes cannot be made without them: group="
                    + group.slot() + " operations=" + batch.count() + ", broadcast them or close the writer");
        }
        if (transaction.isEmpty()) {
            return;
        }
        try {
            transaction.publish(0);
            try {
                transaction.apply();
            } catch (final RuntimeException damaged) {
                shared.abort(SynchronizationAbortedException.CODE_CORRUPT, group.slot());
                final SynchronizationAbortedException aborted = shared.aborted();
                aborted.initCause(damaged);
                throw aborted;
            }
            transaction.invalidate();
            transaction.begin();
        } catch (final Error error) {
            group.life = InstanceGroup.BROKEN;
            throw error;
        }
    }

    /**
     * Adds an operation to those that are broadcast together, under one rendezvous, with the next broadcast: either all of
     * them happen or none does, one directly after the other. What it takes has been taken from this writer just before:
     * grow the table for the first, enqueue it, then grow it for the second.
     *
     * <p>What is enqueued when the writer is closed is forgotten with its changes.
     *
     * @param operation to broadcast after those that were enqueued before.
     * @throws LockOrderException if the group does not hold the topology lease.
     * @throws CapacityExceededException if so many do not fit into the journal, or the operation is too long for the ring; it
     *     was not added.
     */
    public void enqueue(final DlOperation operation) {
        Objects.requireNonNull(operation, "operation");
        group.requireBroadcaster(this);
        encode(operation);
    }

    /**
     * As {@link #enqueue} with an AllocateFunctionTable, without allocating once the writer has held as many.
     *
     * @param index first slot.
     * @param size number of slots.
     */
    public void enqueueAllocateFunctionTable(final int index, final int size) {
        group.requireBroadcaster(this);
        encodeAllocate(index, size);
    }

    /** {@return how many operations are enqueued} */
    public int enqueued() {
        requireOpen();
        return batch.count();
    }

    /** Adds an operation to the batch. */
    void encode(final DlOperation operation) {
        if (operation instanceof DlOperation.LoadModules load) {
            final int length = OperationFlyweight.lengthOf(load.modules());
            requireFits(length);
            encodeHead(OperationFlyweight.LOAD_MODULES);
            add(OperationFlyweight.encodeModules(batch.payload(), load.modules()), OperationFlyweight.LOAD_MODULES);
        } else if (operation instanceof DlOperation.ResolveFunction resolve) {
            final byte[] name = resolve.name().getBytes(StandardCharsets.UTF_8);
            requireFits(OperationFlyweight.RESOLVE_NAME + name.length);
            encodeHead(OperationFlyweight.RESOLVE_FUNCTION);
            add(
                    OperationFlyweight.encodeResolve(
                            batch.payload(), resolve.resolvedFrom(), resolve.functionTableIndex(), name, name.length),
                    OperationFlyweight.RESOLVE_FUNCTION);
        } else if (operation instanceof DlOperation.AllocateFunctionTable allocate) {
            encodeAllocate(allocate.index(), allocate.size());
        } else if (operation instanceof DlOperation.RetireModule retire) {
            encodeHead(OperationFlyweight.RETIRE_MODULE);
            add(OperationFlyweight.encodeRetire(batch.payload(), retire.handle()), OperationFlyweight.RETIRE_MODULE);
        } else if (operation instanceof DlOperation.PrepareClosure closure) {
            requireFits(
                    OperationFlyweight.CLOSURE_SIGNATURE + closure.signature().length());
            encodeHead(OperationFlyweight.PREPARE_CLOSURE);
            add(OperationFlyweight.encodeClosure(batch.payload(), closure), OperationFlyweight.PREPARE_CLOSURE);
        }
    }

    void encodeAllocate(final int index, final int size) {
        encodeHead(OperationFlyweight.ALLOCATE_FUNCTION_TABLE);
        add(
                OperationFlyweight.encodeAllocate(batch.payload(), index, size),
                OperationFlyweight.ALLOCATE_FUNCTION_TABLE);
    }

    private void encodeHead(final int kind) {
        OperationFlyweight.encodeHead(
                batch.payload(),
                kind,
                group.slot(),
                batch.count() == 0 ? group.participant().tableLength() : batch.tableLength(),
                tables.tables().tableLength(),
                memoryEnd());
    }

    private void requireFits(final int length) {
        if (length > shared.log.maxFrameLength() - Frame.HEADER_LENGTH) {
            throw new CapacityExceededException(
                    "ringBytes", shared.layout.capacities().ringBytes());
        }
    }

    private void add(final int payloadLength, final int kind) {
        final long committed = ControlWord.sequence(shared.control());
        final long sequence = committed + batch.count() + 1;
        if (sequence > ControlWord.MAX_SEQUENCE) {
            throw new CapacityExceededException("operations", ControlWord.MAX_SEQUENCE);
        }
        final int length = Frame.frameLength(payloadLength);
        shared.log.checkRoom(committed, Math.max(length, batch.longest()), batch.length() + Frame.paddedLength(length));
        batch.add(sequence, payloadLength, tables.tables().tableLength(), kind);
    }

    /** Whether anything that was enqueued takes something away or replaces it. */
    boolean isTakingAway() {
        return batch.isTakingAway();
    }

    /**
     * Broadcasts the batch. Without a commit it stays as it is, but for the last one if that is not to stay.
     *
     * @param deadlineNanos by the clock, for arrivals; 0 = however long it takes.
     * @param isLastKept whether the operation that was added last is kept if there is no commit.
     */
    void broadcast(final Participant participant, final long deadlineNanos, final boolean isLastKept) {
        boolean isOver = false;
        try {
            participant.rendezvous().run(transaction, batch, deadlineNanos);
            isOver = true;
        } finally {
            end(isOver, isLastKept);
        }
    }

    /** Broadcasts the batch, with one rendezvous. */
    void broadcastAddition(final Participant participant, final boolean isLastKept) {
        boolean isOver = false;
        try {
            participant.rendezvous().add(transaction, batch);
            isOver = true;
        } finally {
            end(isOver, isLastKept);
        }
    }

    private void end(final boolean isOver, final boolean isLastKept) {
        if (isOver) {
            batch.clear();
            transaction.begin();
        } else if (!isLastKept) {
            batch.removeLast();
        }
    }

    /**
     * Gives the linker state back, and the topology lease if it was taken with it. What was not committed is forgotten.
     *
     * @throws IllegalStateException if the writer was closed before.
     */
    @Override
    public void close() {
        if (group.isDead()) {
            return;
        }
        requireOpen();
        open = false;
        if (transaction.isPublished()) {
            transaction.forget();
        } else {
            transaction.discard();
        }
        group.closeWriter(ownedGrant);
    }
}
