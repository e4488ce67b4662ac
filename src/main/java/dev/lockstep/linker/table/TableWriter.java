package dev.lockstep.linker.table;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.TableDescriptor;
import org.agrona.BitUtil;

/**
 * What can be changed in the tables. Each method stages its change in a transaction, all of it or, if it throws,
 * nothing; what was staged before stays staged. The tables themselves change when the transaction takes effect.
 *
 * <p>Not thread-safe, like its transaction, which must have begun. Allocates only for names longer than every one
 * before.
 *
 * <p>Every method may throw {@link CapacityExceededException}, for the capacity it needs or for {@code redoBytes}, and
 * {@link TableCorruptException}.
 */
public final class TableWriter {
    private static final int MODULE_WORDS =
            (ModuleDescriptor.CONTENT_HASH_OFFSET + ModuleDescriptor.CONTENT_HASH_LENGTH) / Long.BYTES;

    private final TableTransaction transaction;
    private final LinkerTables tables;
    private final Capacities capacities;
    private final MemoryAllocator memory;
    private final ClosureSlots closures;
    private final SymbolEntries symbols;
    private final TableSlots slots;
    private final EncodedName name = new EncodedName();
    private final EncodedName path = new EncodedName();

    /**
     * Writes through a transaction.
     *
     * @param transaction that the changes are staged in.
     */
    public TableWriter(final TableTransaction transaction) {
        this.transaction = transaction;
        tables = new LinkerTables(transaction);
        capacities = tables.capacities();
        memory = new MemoryAllocator(transaction, tables);
        closures = new ClosureSlots(transaction, tables);
        symbols = new SymbolEntries(transaction, tables);
        slots = new TableSlots(transaction, tables, transaction.committed(), symbols);
    }

    /** {@return the transaction that the changes are staged in} */
    public TableTransaction transaction() {
        return transaction;
    }

    /** {@return the tables as they will be: what is staged, else what the file holds} */
    public LinkerTables tables() {
        return tables;
    }

    /**
     * Registers a module under the next handle. If a retired module had the same name and path, the two share their
     * bytes, so that loading again what fails does not fill the names.
     *
     * @param moduleName under which it is looked up; nobody else's.
     * @param modulePath where its bytes came from.
     * @param contentHash SHA-256 of its bytes.
     * @param memoryBase first byte of its data in linear memory.
     * @param memorySize bytes of its data.
     * @param tableBase its first slot in the function table.
     * @param tableSize its number of slots.
     * @param flags the engine's.
     * @param state that it begins in, see {@link ModuleStates}.
     * @param owner slot of the group that is at that state, or {@link ModuleStates#NOBODY}.
     * @return its handle.
     * @throws IllegalArgumentException if the name is taken, or the ranges are none.
     */
    public int registerModule(
            final String moduleName,
            final String modulePath,
            final byte[] contentHash,
            final long memoryBase,
            final long memorySize,
            final int tableBase,
            final int tableSize,
            final int flags,
            final int state,
            final int owner) {
        if (contentHash.length != ModuleDescriptor.CONTENT_HASH_LENGTH) {
            throw new IllegalArgumentException("hash is not SHA-256: bytes=" + contentHash.length);
        }
        if (memoryBase < 0 || memorySize < 0 || memoryBase > LinkerTables.MEMORY_LIMIT - memorySize) {
            throw new IllegalArgumentException("not a range of linear memory: base=" + memoryBase + " size="
                    + memorySize + " limit=" + LinkerTables.MEMORY_LIMIT);
        }
        if (tableBase < 0 || tableSize < 0 || tableBase > LinkerTables.TABLE_LIMIT - tableSize) {
            throw new IllegalArgumentException("not a range of the function table: base=" + tableBase + " size="
                    + tableSize + " limit=" + LinkerTables.TABLE_LIMIT);
        }
        final long stateWord = ModuleStates.word(state, owner);
        encode(name, moduleName);
        encode(path, modulePath);
        final int taken = tables.findModule(name);
        if (taken != 0) {
            throw new IllegalArgumentException("module is registered: name=" + moduleName + " handle=" + taken);
        }
        final int handle = tables.nextHandle();
        if (handle > capacities.modules()) {
            throw new CapacityExceededException("modules", capacities.modules());
        }
        final int count = tables.moduleCount();
        final int tombstone = tables.findRetired(name, path);
        final int nameAt;
        final int pathAt;
        if (tombstone == 0) {
            nameAt = tables.nameBytesUsed();
            pathAt = BitUtil.align(nameAt + name.length(), Long.BYTES);
            requireNameBytes((long) pathAt + path.length());
        } else {
            final int twin = tables.moduleOffset(tombstone);
            nameAt = LinkerTables.low(transaction.getLong(twin + ModuleDescriptor.NAME_OFFSET));
            pathAt = LinkerTables.low(transaction.getLong(twin + ModuleDescriptor.PATH_OFFSET));
        }
        transaction.reserve(6, MODULE_WORDS + name.wordCount() + path.wordCount() + 3);

        final int entry = tables.moduleOffset(handle);
        transaction.putLong(entry + ModuleDescriptor.STATE_OFFSET, stateWord);
        transaction.putLong(entry + ModuleDescriptor.HANDLE_OFFSET, LinkerTables.pair(handle, flags));
        transaction.putLong(entry + ModuleDescriptor.MEMORY_BASE_OFFSET, memoryBase);
        transaction.putLong(entry + ModuleDescriptor.MEMORY_SIZE_OFFSET, memorySize);
        transaction.putLong(entry + ModuleDescriptor.TABLE_BASE_OFFSET, LinkerTables.pair(tableBase, tableSize));
        transaction.putLong(entry + ModuleDescriptor.NAME_OFFSET, LinkerTables.pair(nameAt, name.length()));
        transaction.putLong(entry + ModuleDescriptor.PATH_OFFSET, LinkerTables.pair(pathAt, path.length()));
        transaction.putLong(entry + ModuleDescriptor.NAME_HASH_OFFSET, name.moduleHash());
        transaction.putBytes(entry + ModuleDescriptor.CONTENT_HASH_OFFSET, contentHash, 0, contentHash.length);
        if (tombstone == 0) {
            appendName(nameAt, name);
            appendName(pathAt, path);
        }
        putHead(TableDescriptor.NEXT_HANDLE_OFFSET, handle + 1L);
        putHead(TableDescriptor.MODULE_COUNT_OFFSET, count + 1L);
        return handle;
    }

    /**
     * Takes a module out that has failed. Its name can be registered again, and its memory is given back, once; if there
     * is no room for another leftover, the memory stays with the entry, and a later call gives it back. The entry itself
     * stays, so that whoever has the handle finds out that it has failed. Its slots of the function table are nobody's until
     * they are {@linkplain #releaseTable given back}.
     *
     * @param handle of the module.
     * @return whether it was taken out by this call; false if it was before.
     * @throws IllegalArgumentException if there is no such module, it has neither failed nor been unloaded, or some of its
     *     memory is a leftover already.
     */
    public boolean retireModule(final int handle) {
        final int state = requireModule(handle);
        if (state != ModuleStates.FAILED && state != ModuleStates.UNLOADED) {
            throw new IllegalArgumentException("module has not failed: handle=" + handle + " state=" + state);
        }
        return takeOut(handle, state);
    }

    /**
     * Takes a module out that is ready and is not referred to: as {@link #retireModule}, and its state becomes UNLOADED.
     *
     * @param handle of the module.
     * @throws IllegalArgumentException if there is no such module, it is not ready, it is referred to, or some of its memory
     *     is a leftover already.
     */
    public void unloadModule(final int handle) {
        final int state = requireModule(handle);
        if (state != ModuleStates.READY || tables.isRetired(handle)) {
            throw new IllegalArgumentException("module is not ready: handle=" + handle + " state=" + state);
        }
        final int references = tables.moduleReferences(handle);
        if (references > 0) {
            throw new IllegalArgumentException("module is referred to: handle=" + handle + " references=" + references
                    + ", release it as often as it was retained");
        }
        takeOut(handle, ModuleStates.UNLOADED);
    }

    private boolean takeOut(final int handle, final int state) {
        final int entry = tables.moduleOffset(handle);
        final boolean named = !tables.isRetired(handle);
        final int count = tables.moduleCount();
        final long address = tables.moduleMemoryBase(handle);
        final long size = tables.moduleMemorySize(handle);
        final int slot = LinkerTables.low(tables.moduleTableRange(handle));
        final int retired = tables.retiredSymbolCount();
        final int symbolsLeft = named ? tables.symbolsOf(handle) : 0;
        transaction.reserve(9, 13);
        if (size > 0 && memory.canFree(address, size)) {
            memory.free(address, size);
            transaction.putLong(entry + ModuleDescriptor.MEMORY_SIZE_OFFSET, 0);
        }
        if (named) {
            transaction.putLong(entry + ModuleDescriptor.STATE_OFFSET, ModuleStates.word(state, ModuleStates.NOBODY));
            transaction.putLong(entry + ModuleDescriptor.TABLE_BASE_OFFSET, LinkerTables.pair(slot, 0));
            transaction.putLong(entry + ModuleDescriptor.NAME_HASH_OFFSET, 0);
            transaction.putLong(entry + ModuleDescriptor.REFERENCES_OFFSET, 0);
            putHead(TableDescriptor.MODULE_COUNT_OFFSET, Math.max(0, count - 1L));
            putHead(
                    TableDescriptor.RETIRED_SYMBOL_COUNT_OFFSET,
                    Math.min(capacities.symbols(), retired + (long) symbolsLeft));
            symbols.retired();
        }
        return named;
    }

    /**
     * Says which slots of a module that is taken out are empty in every replica: they are given to others from now on.
     *
     * @param handle of the module, which was taken out in this transaction.
     * @param firstSlot of the slots, which are the module's own.
     * @param count of the slots.
     * @throws IllegalArgumentException if the module was not taken out in this transaction, the slots are not its own, or
     *     they are somebody else's: given back already, set aside for closures, or a symbol's of a module that was not
     *     taken out.
     */
    public void releaseTable(final int handle, final int firstSlot, final int count) {
        slots.release(handle, firstSlot, count);
    }

    /**
     * Takes slots of the function table: of what modules that were taken out have left the smallest stretch that fits,
     * else slots at the end of the table.
     *
     * @param count of the slots, at least 0.
     * @param alignment of the first one: a power of two.
     * @return the first one; the length of the table, and nothing is changed, if there are to be none.
     * @throws IllegalArgumentException if there is no such alignment, or the table would be longer than any can be.
     */
    public int allocateTable(final int count, final int alignment) {
        return slots.allocate(count, alignment);
    }

    /**
     * Adds a reference to a module.
     *
     * @param handle of the module.
     * @return how many there are now.
     * @throws IllegalArgumentException if there is no such module, it was taken out, or there are too many references.
     */
    public int retainModule(final int handle) {
        final int references = requireReferable(handle);
        if (references == Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "module is retained too often: handle=" + handle + " references=" + references);
        }
        return putReferences(handle, references + 1);
    }

    /**
     * Takes a reference to a module away.
     *
     * @param handle of the module.
     * @return how many there are now.
     * @throws IllegalArgumentException if there is no such module, it was taken out, or there is no reference.
     */
    public int releaseModule(final int handle) {
        final int references = requireReferable(handle);
        if (references == 0) {
            throw new IllegalArgumentException("module is not retained: handle=" + handle);
        }
        return putReferences(handle, references - 1);
    }

    private int putReferences(final int handle, final int references) {
        transaction.putLong(tables.moduleOffset(handle) + ModuleDescriptor.REFERENCES_OFFSET, references);
        return references;
    }

    private int requireReferable(final int handle) {
        requireModule(handle);
        if (tables.isRetired(handle)) {
            throw new IllegalArgumentException("module was taken out: handle=" + handle);
        }
        return tables.moduleReferences(handle);
    }

    /** {@return the module's state} */
    private int requireModule(final int handle) {
        if (handle < 1 || handle >= tables.nextHandle()) {
            throw new IllegalArgumentException(
                    "no such module: handle=" + handle + " nextHandle=" + tables.nextHandle());
        }
        return ModuleStates.stateOf(transaction.getLong(tables.moduleOffset(handle) + ModuleDescriptor.STATE_OFFSET));
    }

    /**
     * Records where a function was put. A later record of the same function replaces the earlier one. Symbols of modules
     * that were taken out make room, once their slots were given to others.
     *
     * @param resolvedFrom handle of the module that exports it.
     * @param symbol name of the function.
     * @param functionTableIndex its slot in the function table.
     * @throws IllegalArgumentException if there is no such module, it was taken out, or there can be no such slot.
     */
    public void recordSymbol(final int resolvedFrom, final String symbol, final int functionTableIndex) {
        requireModule(resolvedFrom);
        if (tables.isRetired(resolvedFrom)) {
            throw new IllegalArgumentException("module was taken out: handle=" + resolvedFrom);
        }
        if (functionTableIndex < 0 || functionTableIndex >= LinkerTables.TABLE_LIMIT) {
            throw new IllegalArgumentException("not a slot of the function table: index=" + functionTableIndex
                    + " limit=" + LinkerTables.TABLE_LIMIT);
        }
        encode(name, symbol);
        symbols.record(resolvedFrom, name, functionTableIndex);
    }

    /**
     * Sets the length of the function table, as the bootstrap does. It never shrinks.
     *
     * @param slots that every replica's table has.
     * @throws IllegalArgumentException if it is shorter than now, or longer than any table can be.
     */
    public void setTableLength(final int slots) {
        final int length = tables.tableLength();
        if (slots < length || slots > LinkerTables.TABLE_LIMIT) {
            throw new IllegalArgumentException("not a length for the function table: slots=" + slots + ", choose from "
                    + length + " to " + LinkerTables.TABLE_LIMIT);
        }
        putHead(TableDescriptor.TABLE_LENGTH_OFFSET, slots);
    }

    /**
     * Adds slots at the end of the function table.
     *
     * @param slots to add; 0 changes nothing.
     * @return the first of them.
     * @throws IllegalArgumentException if it is negative, or the table would be longer than any can be.
     */
    public int growTable(final int slots) {
        final int length = tables.tableLength();
        if (slots < 0 || slots > LinkerTables.TABLE_LIMIT - length) {
            throw new IllegalArgumentException("function table would grow past its limit: slots=" + slots
                    + " tableLength=" + length + " limit=" + LinkerTables.TABLE_LIMIT);
        }
        if (slots > 0) {
            putHead(TableDescriptor.TABLE_LENGTH_OFFSET, length + (long) slots);
        }
        return length;
    }

    /**
     * Sets the end of allocated linear memory, as the bootstrap does. It never shrinks, and what lies below belongs to
     * the caller.
     *
     * @param bytes first byte that nobody has.
     * @throws IllegalArgumentException if it is lower than now, or past what 32 bits can address.
     */
    public void setMemoryEnd(final long bytes) {
        final long end = tables.memoryEnd();
        if (bytes < end || bytes > LinkerTables.MEMORY_LIMIT) {
            throw new IllegalArgumentException("not an end for linear memory: bytes=" + bytes + ", choose from " + end
                    + " to " + LinkerTables.MEMORY_LIMIT);
        }
        putHead(TableDescriptor.MEMORY_END_OFFSET, bytes);
    }

    /**
     * Allocates linear memory: of the smallest leftover that fits, else whole pages of 64 KiB from the memory end,
     * which is then a multiple of 64 KiB. What is not needed of them becomes a leftover.
     *
     * @param size in bytes; 0 gives address 0 and changes nothing, as in the origin.
     * @param alignment of the address, a power of two; may be larger than a page.
     * @return the address.
     * @throws IllegalArgumentException if there is no such alignment, or memory would end past what 32 bits can
     *     address.
     */
    public long allocateMemory(final long size, final long alignment) {
        return memory.allocate(size, alignment);
    }

    /**
     * Gives linear memory back. Any part of an allocation can be: it becomes a leftover, merged with its neighbours.
     *
     * @param address of the first byte.
     * @param size in bytes; 0 changes nothing.
     * @throws IllegalArgumentException if some of it is a leftover already, or is not below the memory end.
     */
    public void freeMemory(final long address, final long size) {
        memory.free(address, size);
    }

    /**
     * Takes a free closure slot, of the earliest batch that has one the lowest.
     *
     * @return its index in the function table; −1 if none is free: then grow the table and add a batch.
     */
    public int popClosure() {
        return closures.pop();
    }

    /**
     * Sets slots of the function table aside for closures, all of them free.
     *
     * @param base first slot.
     * @param size number of slots, 1 to 128.
     * @throws IllegalArgumentException if they are not in the table, or set aside already.
     */
    public void addClosureBatch(final int base, final int size) {
        closures.addBatch(base, size);
    }

    /**
     * Gives a closure slot back.
     *
     * @param index in the function table.
     * @throws IllegalArgumentException if it is no closure slot, or free already.
     */
    public void freeClosure(final int index) {
        closures.free(index);
    }

    private void encode(final EncodedName into, final String text) {
        if (text.length() > capacities.nameBytes()) {
            throw new CapacityExceededException("nameBytes", capacities.nameBytes());
        }
        into.encode(text);
    }

    private void requireNameBytes(final long end) {
        if (end > capacities.nameBytes()) {
            throw new CapacityExceededException("nameBytes", capacities.nameBytes());
        }
    }

    private void appendName(final int position, final EncodedName text) {
        final int offset = tables.nameOffset(position);
        for (int i = 0, count = text.wordCount(); i < count; i++) {
            transaction.putLong(offset + i * Long.BYTES, text.word(i));
        }
        putHead(TableDescriptor.NAME_BYTES_USED_OFFSET, position + (long) text.wordCount() * Long.BYTES);
    }

    private void putHead(final int offset, final long value) {
        transaction.putLong(tables.headOffset(offset), value);
    }
}
