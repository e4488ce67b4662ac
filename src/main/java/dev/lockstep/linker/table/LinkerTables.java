package dev.lockstep.linker.table;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.ClosureBatchDescriptor;
import dev.lockstep.region.ExtentDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.ModuleDescriptor;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.SymbolDescriptor;
import dev.lockstep.region.TableDescriptor;
import org.agrona.BitUtil;

/**
 * Reads the linker-state tables: from the file, or as they will be once a transaction has taken effect.
 *
 * <p>Loads are plain: the caller holds the linker state lock, or reads optimistically and looks at its version before
 * and after. Whatever the tables hold, torn, damaged or random, a read ends after a bounded number of steps with a
 * value or a {@link TableCorruptException}.
 *
 * <p>Not thread-safe (it keeps a buffer for the name that is looked up): one a group. Allocates only for a name that is
 * longer than every one before.
 */
public final class LinkerTables {
    /** Linear memory ends here at the latest: addresses have 32 bits. */
    public static final long MEMORY_LIMIT = 1L << 32;

    /** A function table has at most so many slots: what the common engines allow. */
    public static final int TABLE_LIMIT = 10_000_000;

    static final int WORD = Long.BYTES;
    private static final String REGION = "tables";

    private final TableView view;
    private final Capacities capacities;
    private final int tables;
    private final int modules;
    private final int symbols;
    private final int symbolSlots;
    private final int extents;
    private final int batches;
    private final int names;
    private final int namesLength;
    private final EncodedName sought = new EncodedName();

    /**
     * Reads the tables in the file.
     *
     * @param buffer over the whole of {@code linker.dat}.
     * @param layout of it.
     */
    public LinkerTables(final SharedBuffer buffer, final Layout layout) {
        this(new FileView(buffer), layout);
    }

    /**
     * Reads the tables as a transaction leaves them: its staged writes first, else the file.
     *
     * @param transaction to look through; while it has not begun, this reads the file.
     */
    public LinkerTables(final TableTransaction transaction) {
        this(transaction, transaction.layout());
    }

    private LinkerTables(final TableView view, final Layout layout) {
        this.view = view;
        capacities = layout.capacities();
        tables = layout.tables();
        modules = tables + TableDescriptor.MODULES_OFFSET;
        symbols = tables + TableDescriptor.symbolsOffset(capacities);
        symbolSlots = TableDescriptor.symbolSlots(capacities);
        extents = tables + TableDescriptor.extentsOffset(capacities);
        batches = tables + TableDescriptor.closureBatchesOffset(capacities);
        names = tables + TableDescriptor.namesOffset(capacities);
        namesLength = BitUtil.align(capacities.nameBytes(), WORD);
    }

    /** {@return number of transactions that have taken effect} */
    public long sequence() {
        return word(tables + TableDescriptor.SEQUENCE_OFFSET);
    }

    /** {@return handle that the next module gets} */
    public int nextHandle() {
        return Math.max(1, count(TableDescriptor.NEXT_HANDLE_OFFSET, "next handle", capacities.modules() + 1));
    }

    /** {@return number of modules that are registered} */
    public int moduleCount() {
        return count(TableDescriptor.MODULE_COUNT_OFFSET, "module count", capacities.modules());
    }

    /** {@return length of the function table of every replica, in slots} */
    public int tableLength() {
        return count(TableDescriptor.TABLE_LENGTH_OFFSET, "table length", TABLE_LIMIT);
    }

    /** {@return first byte of linear memory that nobody was ever given} */
    public long memoryEnd() {
        return checked(tables + TableDescriptor.MEMORY_END_OFFSET, "memory end", MEMORY_LIMIT);
    }

    /** {@return number of symbols that are recorded} */
    public int symbolCount() {
        return count(TableDescriptor.SYMBOL_COUNT_OFFSET, "symbol count", capacities.symbols());
    }

    /** {@return number of symbols of modules that were taken out, whose slots nobody was given since} */
    public int retiredSymbolCount() {
        return count(TableDescriptor.RETIRED_SYMBOL_COUNT_OFFSET, "retired symbol count", capacities.symbols());
    }

    /** {@return number of symbols of modules that were taken out, whose slots can have been given to others} */
    public int consumedSymbolCount() {
        return count(TableDescriptor.CONSUMED_SYMBOL_COUNT_OFFSET, "consumed symbol count", capacities.symbols());
    }

    /** {@return bytes that names take, padding included} */
    public int nameBytesUsed() {
        final int used = count(TableDescriptor.NAME_BYTES_USED_OFFSET, "name bytes used", namesLength);
        if ((used & WORD - 1) != 0) {
            throw corrupt("name bytes used", used, tables + TableDescriptor.NAME_BYTES_USED_OFFSET);
        }
        return used;
    }

    /** {@return number of leftovers of the memory allocator} */
    public int extentCount() {
        return count(TableDescriptor.EXTENT_COUNT_OFFSET, "extent count", capacities.freeExtents());
    }

    /** {@return number of batches of closure slots} */
    public int closureBatchCount() {
        return count(TableDescriptor.CLOSURE_BATCH_COUNT_OFFSET, "closure batch count", capacities.closureBatches());
    }

    /** {@return bytes below the memory end that nobody has} */
    public long freeMemory() {
        long free = 0;
        for (int i = 0, count = extentCount(); i < count; i++) {
            free += extentLength(i);
        }
        return free;
    }

    /**
     * Looks a module up by its name.
     *
     * @param name of the module.
     * @return its handle; 0 if there is none.
     */
    public int findModule(final String name) {
        return name.length() > namesLength ? 0 : findModule(sought.encode(name));
    }

    /**
     * Looks a module up by its name in UTF-8.
     *
     * @param name that holds the bytes.
     * @param offset of the first one.
     * @param length in bytes.
     * @return its handle; 0 if there is none.
     */
    public int findModule(final byte[] name, final int offset, final int length) {
        return length > namesLength ? 0 : findModule(sought.encode(name, offset, length));
    }

    int findModule(final EncodedName name) {
        final long hash = name.moduleHash();
        final int next = nextHandle();
        for (int handle = 1; handle < next; handle++) {
            final int entry = moduleOffset(handle);
            if (word(entry + ModuleDescriptor.NAME_HASH_OFFSET) == hash
                    && low(word(entry + ModuleDescriptor.HANDLE_OFFSET)) == handle
                    && isName(entry + ModuleDescriptor.NAME_OFFSET, name)) {
                return handle;
            }
        }
        return 0;
    }

    /**
     * {@return whether a module was taken out: it has failed or was unloaded, and its name is free}
     *
     * @param handle of the module.
     */
    public boolean isRetired(final int handle) {
        return handle >= 1
                && handle < nextHandle()
                && word(moduleOffset(handle) + ModuleDescriptor.NAME_HASH_OFFSET) == 0;
    }

    /** {@return handle of a retired module that had this name and came from this path; 0 if there is none} */
    int findRetired(final EncodedName name, final EncodedName path) {
        final int next = nextHandle();
        for (int handle = 1; handle < next; handle++) {
            final int entry = moduleOffset(handle);
            if (word(entry + ModuleDescriptor.NAME_HASH_OFFSET) == 0
                    && isName(entry + ModuleDescriptor.NAME_OFFSET, name)
                    && isName(entry + ModuleDescriptor.PATH_OFFSET, path)) {
                return handle;
            }
        }
        return 0;
    }

    /**
     * Copies a module's entry.
     *
     * @param handle of the module.
     * @param into where the copy goes.
     * @return false if there is no such module.
     */
    public boolean module(final int handle, final ModuleEntry into) {
        if (handle < 1 || handle >= nextHandle()) {
            return false;
        }
        final int entry = moduleOffset(handle);
        final long handleAndFlags = word(entry + ModuleDescriptor.HANDLE_OFFSET);
        if (low(handleAndFlags) == 0) {
            return false;
        }
        if (low(handleAndFlags) != handle) {
            throw corrupt("module handle", low(handleAndFlags), entry + ModuleDescriptor.HANDLE_OFFSET);
        }
        into.handle = handle;
        into.flags = high(handleAndFlags);
        into.stateWord = word(entry + ModuleDescriptor.STATE_OFFSET);
        into.memoryBase = moduleMemoryBase(handle);
        into.memorySize = moduleMemorySize(handle);
        final long table = moduleTableRange(handle);
        into.tableBase = low(table);
        into.tableSize = high(table);
        for (int i = 0; i < ModuleDescriptor.CONTENT_HASH_LENGTH; i += WORD) {
            unpack(word(entry + ModuleDescriptor.CONTENT_HASH_OFFSET + i), into.contentHash, i, WORD);
        }
        final long name = word(entry + ModuleDescriptor.NAME_OFFSET);
        checkName(name, entry + ModuleDescriptor.NAME_OFFSET);
        into.nameLength = high(name);
        into.name = copyName(name, into.name);
        final long path = word(entry + ModuleDescriptor.PATH_OFFSET);
        checkName(path, entry + ModuleDescriptor.PATH_OFFSET);
        into.pathLength = high(path);
        into.path = copyName(path, into.path);
        return true;
    }

    long moduleMemoryBase(final int handle) {
        return checked(moduleOffset(handle) + ModuleDescriptor.MEMORY_BASE_OFFSET, "module memory base", MEMORY_LIMIT);
    }

    long moduleMemorySize(final int handle) {
        return checked(
                moduleOffset(handle) + ModuleDescriptor.MEMORY_SIZE_OFFSET,
                "module memory size",
                MEMORY_LIMIT - moduleMemoryBase(handle));
    }

    /** {@return a module's slots of the function table: the first in the low half, their number in the high half} */
    long moduleTableRange(final int handle) {
        final int offset = moduleOffset(handle) + ModuleDescriptor.TABLE_BASE_OFFSET;
        final long range = word(offset);
        if (!isRange(low(range), high(range), TABLE_LIMIT)) {
            throw corrupt("module table range", range, offset);
        }
        return range;
    }

    /** {@return what others may be given of a retired module's slots, as {@link #moduleTableRange}} */
    long freeTableRange(final int handle) {
        final long range = moduleTableRange(handle);
        if (high(range) > 0 && low(range) + high(range) > tableLength()) {
            throw corrupt("free table range", range, moduleOffset(handle) + ModuleDescriptor.TABLE_BASE_OFFSET);
        }
        return range;
    }

    /**
     * {@return how often a module was retained and not released; 0 if there is no such module}
     *
     * @param handle of the module.
     */
    public int moduleReferences(final int handle) {
        return handle < 1 || handle >= nextHandle()
                ? 0
                : (int) checked(
                        moduleOffset(handle) + ModuleDescriptor.REFERENCES_OFFSET,
                        "module references",
                        Integer.MAX_VALUE);
    }

    /**
     * {@return number of slots of the function table that modules which were taken out have left for others, but for those
     * of their symbols}
     */
    public int freeSlots() {
        long free = 0;
        for (int handle = 1, next = nextHandle(); handle < next; handle++) {
            if (isRetired(handle)) {
                free += high(freeTableRange(handle));
            }
        }
        return (int) Math.min(free, TABLE_LIMIT);
    }

    /**
     * Looks up where a function was put.
     *
     * @param resolvedFrom handle of the module that exports it.
     * @param name of the function.
     * @return its slot in the function table; −1 if it was not resolved yet, or the module was taken out.
     */
    public int findSymbol(final int resolvedFrom, final String name) {
        return name.length() > namesLength ? -1 : findSymbol(resolvedFrom, sought.encode(name));
    }

    /**
     * Looks up where a function was put, by its name in UTF-8.
     *
     * @param resolvedFrom handle of the module that exports it.
     * @param name that holds the bytes.
     * @param offset of the first one.
     * @param length in bytes.
     * @return its slot in the function table; −1 if it was not resolved yet, or the module was taken out.
     */
    public int findSymbol(final int resolvedFrom, final byte[] name, final int offset, final int length) {
        return length > namesLength ? -1 : findSymbol(resolvedFrom, sought.encode(name, offset, length));
    }

    private int findSymbol(final int resolvedFrom, final EncodedName name) {
        if (isRetired(resolvedFrom)) {
            return -1;
        }
        final int entry = symbolEntry(resolvedFrom, name);
        return entry < 0 ? -1 : symbolIndex(entry);
    }

    /** {@return offset of a symbol's entry; if there is none, minus the offset of the free entry where it would go} */
    int symbolEntry(final int resolvedFrom, final EncodedName name) {
        final long hash = name.symbolHash(resolvedFrom);
        int slot = (int) hash & symbolSlots - 1;
        for (int probes = 0; probes < symbolSlots; probes++) {
            final int entry = symbolOffset(slot);
            if (!isOccupied(entry)) {
                return -entry;
            }
            if (word(entry + SymbolDescriptor.HASH_OFFSET) == hash
                    && low(word(entry + SymbolDescriptor.RESOLVED_FROM_OFFSET)) == resolvedFrom
                    && isName(entry + SymbolDescriptor.NAME_OFFSET, name)) {
                return entry;
            }
            slot = slot + 1 & symbolSlots - 1;
        }
        throw noSymbolEntryIsFree();
    }

    TableCorruptException noSymbolEntryIsFree() {
        return corrupt("symbol flags: no entry is free", symbolSlots, symbols);
    }

    /** {@return number of entries for symbols, occupied and free} */
    int symbolSlots() {
        return symbolSlots;
    }

    boolean isOccupied(final int entry) {
        return (symbolFlags(entry) & SymbolDescriptor.FLAG_OCCUPIED) != 0;
    }

    boolean isConsumed(final int entry) {
        return (symbolFlags(entry) & SymbolDescriptor.FLAG_CONSUMED) != 0;
    }

    private int symbolFlags(final int entry) {
        return low(word(entry + SymbolDescriptor.FLAGS_OFFSET));
    }

    /** {@return whether an entry's symbol is of a module that was taken out, and its slot was given to nobody since} */
    boolean isRetiredSymbol(final int entry) {
        return isOccupied(entry) && !isConsumed(entry) && isRetired(symbolModule(entry));
    }

    int symbolModule(final int entry) {
        return low(word(entry + SymbolDescriptor.RESOLVED_FROM_OFFSET));
    }

    /** {@return number of symbols that were resolved from a module and are not consumed} */
    int symbolsOf(final int module) {
        int symbols = 0;
        for (int slot = 0; slot < symbolSlots; slot++) {
            final int entry = symbolOffset(slot);
            if (isOccupied(entry) && !isConsumed(entry) && symbolModule(entry) == module) {
                symbols++;
            }
        }
        return symbols;
    }

    /** {@return where a symbol's name lies among the names, in the low half, and its bytes in the high half} */
    long symbolName(final int entry) {
        final int offset = entry + SymbolDescriptor.NAME_OFFSET;
        final long range = word(offset);
        checkName(range, offset);
        return range;
    }

    int symbolIndex(final int entry) {
        final int index = high(word(entry + SymbolDescriptor.RESOLVED_FROM_OFFSET));
        if (index < 0 || index >= TABLE_LIMIT) {
            throw corrupt("symbol function table index", index, entry + SymbolDescriptor.RESOLVED_FROM_OFFSET);
        }
        return index;
    }

    /**
     * {@return whether a slot of the function table is a closure's: given out and not freed}
     *
     * @param index of the slot.
     */
    public boolean isClosure(final int index) {
        final int batch = closureBatchOf(index);
        return batch >= 0 && isUsed(batch, index - closureBase(batch));
    }

    /** {@return index of the batch that a slot of the function table belongs to; −1 if to none} */
    int closureBatchOf(final int index) {
        for (int i = 0, count = closureBatchCount(); i < count; i++) {
            final int base = closureBase(i);
            if (index >= base && index - base < closureSize(i)) {
                return i;
            }
        }
        return -1;
    }

    int closureBase(final int batch) {
        return low(closureRange(batch));
    }

    int closureSize(final int batch) {
        return high(closureRange(batch));
    }

    private long closureRange(final int batch) {
        final int offset = closureBatchOffset(batch) + ClosureBatchDescriptor.BASE_OFFSET;
        final long range = word(offset);
        if (!isRange(low(range), high(range), TABLE_LIMIT)
                || high(range) == 0
                || high(range) > ClosureBatchDescriptor.MAX_SIZE) {
            throw corrupt("closure range", range, offset);
        }
        return range;
    }

    boolean isUsed(final int batch, final int bit) {
        return (closureBits(batch, bit / Long.SIZE) & 1L << bit) != 0;
    }

    /**
     * {@return the used bits of a batch}
     *
     * @param batch index of it.
     * @param half 0 or 1.
     */
    long closureBits(final int batch, final int half) {
        final int offset = closureBitsOffset(batch, half);
        final long bits = word(offset);
        if ((bits & ~slotMask(closureSize(batch), half)) != 0) {
            throw corrupt("closure bits", bits, offset);
        }
        return bits;
    }

    /**
     * {@return a bit for each slot that a batch has}
     *
     * @param size slots of the batch.
     * @param half 0 or 1.
     */
    static long slotMask(final int size, final int half) {
        final int slots = size - half * Long.SIZE;
        if (slots >= Long.SIZE) {
            return -1L;
        }
        return slots <= 0 ? 0 : (1L << slots) - 1;
    }

    long extentAddress(final int index) {
        return checked(extentOffset(index) + ExtentDescriptor.ADDRESS_OFFSET, "extent address", MEMORY_LIMIT);
    }

    long extentLength(final int index) {
        final int offset = extentOffset(index) + ExtentDescriptor.LENGTH_OFFSET;
        final long length = checked(offset, "extent length", MEMORY_LIMIT - extentAddress(index));
        if (length == 0) {
            throw corrupt("extent length", 0, offset);
        }
        return length;
    }

    /**
     * A hash over what the tables say, however it lies in the file: equal for tables that hold the same. Module states
     * and the tables' sequence are left out. For tests and diagnostics.
     *
     * @return 64 bits.
     */
    public long fingerprint() {
        long hash = EncodedName.mix(nextHandle());
        hash = EncodedName.mix(hash ^ moduleCount());
        hash = EncodedName.mix(hash ^ tableLength());
        hash = EncodedName.mix(hash ^ memoryEnd());
        hash = EncodedName.mix(hash ^ symbolCount());
        hash += modulesFingerprint();
        hash += symbolsFingerprint();
        for (int i = 0, count = extentCount(); i < count; i++) {
            hash += EncodedName.mix(EncodedName.mix(~extentAddress(i)) ^ extentLength(i));
        }
        for (int i = 0, count = closureBatchCount(); i < count; i++) {
            final long range = EncodedName.mix(closureRange(i) ^ Long.MIN_VALUE);
            hash += EncodedName.mix(EncodedName.mix(range ^ closureBits(i, 0)) ^ closureBits(i, 1));
        }
        return EncodedName.mix(hash);
    }

    private long modulesFingerprint() {
        long sum = 0;
        final int next = nextHandle();
        for (int handle = 1; handle < next; handle++) {
            final int entry = moduleOffset(handle);
            long hash = isRetired(handle) ? 1 : 0;
            for (int i = ModuleDescriptor.HANDLE_OFFSET; i < ModuleDescriptor.NAME_OFFSET; i += WORD) {
                hash = EncodedName.mix(hash ^ word(entry + i));
            }
            hash = EncodedName.mix(hash ^ word(entry + ModuleDescriptor.REFERENCES_OFFSET));
            for (int i = 0; i < ModuleDescriptor.CONTENT_HASH_LENGTH; i += WORD) {
                hash = EncodedName.mix(hash ^ word(entry + ModuleDescriptor.CONTENT_HASH_OFFSET + i));
            }
            hash = nameFingerprint(hash, entry + ModuleDescriptor.NAME_OFFSET);
            sum += nameFingerprint(hash, entry + ModuleDescriptor.PATH_OFFSET);
        }
        return sum;
    }

    private long symbolsFingerprint() {
        long sum = 0;
        for (int slot = 0; slot < symbolSlots; slot++) {
            final int entry = symbolOffset(slot);
            if (isOccupied(entry)) {
                final long hash = EncodedName.mix(word(entry + SymbolDescriptor.RESOLVED_FROM_OFFSET))
                        ^ word(entry + SymbolDescriptor.FLAGS_OFFSET);
                sum += nameFingerprint(hash, entry + SymbolDescriptor.NAME_OFFSET);
            }
        }
        return sum;
    }

    private long nameFingerprint(final long seed, final int rangeOffset) {
        final long range = word(rangeOffset);
        checkName(range, rangeOffset);
        long hash = EncodedName.mix(seed ^ high(range));
        for (int i = 0; i < high(range); i += WORD) {
            hash = EncodedName.mix(hash ^ word(names + low(range) + i));
        }
        return hash;
    }

    private boolean isName(final int rangeOffset, final EncodedName name) {
        final long range = word(rangeOffset);
        if (high(range) != name.length()) {
            return false;
        }
        checkName(range, rangeOffset);
        final int first = names + low(range);
        for (int i = 0, count = name.wordCount(); i < count; i++) {
            if (word(first + i * WORD) != name.word(i)) {
                return false;
            }
        }
        return true;
    }

    private void checkName(final long range, final int rangeOffset) {
        if (!isRange(low(range), high(range), namesLength) || (low(range) & WORD - 1) != 0) {
            throw corrupt("name range", range, rangeOffset);
        }
    }

    private byte[] copyName(final long range, final byte[] into) {
        final int length = high(range);
        final byte[] room = length <= into.length ? into : new byte[length];
        for (int i = 0; i < length; i += WORD) {
            unpack(word(names + low(range) + i), room, i, Math.min(WORD, length - i));
        }
        return room;
    }

    private static void unpack(final long word, final byte[] into, final int offset, final int length) {
        for (int i = 0; i < length; i++) {
            into[offset + i] = (byte) (word >>> i * Byte.SIZE);
        }
    }

    private static boolean isRange(final int first, final int length, final int limit) {
        return first >= 0 && length >= 0 && first <= limit - length;
    }

    static int low(final long word) {
        return (int) word;
    }

    static int high(final long word) {
        return (int) (word >>> Integer.SIZE);
    }

    static long pair(final int low, final int high) {
        return (long) high << Integer.SIZE | low & 0xFFFF_FFFFL;
    }

    int headOffset(final int offset) {
        return tables + offset;
    }

    int moduleOffset(final int handle) {
        return modules + (handle - 1) * TableDescriptor.MODULE_LENGTH;
    }

    int symbolOffset(final int slot) {
        return symbols + slot * TableDescriptor.SYMBOL_LENGTH;
    }

    /** {@return which of the entries for symbols this is, from 0} */
    int symbolPlace(final int entry) {
        return (entry - symbols) / TableDescriptor.SYMBOL_LENGTH;
    }

    int extentOffset(final int index) {
        return extents + index * TableDescriptor.EXTENT_LENGTH;
    }

    int closureBatchOffset(final int batch) {
        return batches + batch * TableDescriptor.CLOSURE_BATCH_LENGTH;
    }

    int closureBitsOffset(final int batch, final int half) {
        return closureBatchOffset(batch) + ClosureBatchDescriptor.USED_OFFSET + half * WORD;
    }

    int nameOffset(final int position) {
        return names + position;
    }

    Capacities capacities() {
        return capacities;
    }

    private long word(final int offset) {
        return view.getLong(offset);
    }

    private int count(final int offset, final String what, final int most) {
        return (int) checked(tables + offset, what, most);
    }

    private long checked(final int offset, final String what, final long most) {
        final long value = word(offset);
        if (value < 0 || value > most) {
            throw corrupt(what, value, offset);
        }
        return value;
    }

    private static TableCorruptException corrupt(final String word, final long value, final int offset) {
        return new TableCorruptException(REGION, word, value, offset);
    }
}
