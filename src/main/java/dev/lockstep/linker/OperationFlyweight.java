package dev.lockstep.linker;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A {@link DlOperation} in its bytes: read without allocation, checked before use.
 *
 * <pre>
 *    0  int   kind                 1 LoadModules, 2 ResolveFunction, 3 AllocateFunctionTable, 4 RetireModule,
 *                               5 PrepareClosure
 *    4  int   instigator           group slot
 *    8  int   table length before
 *   12  int   table length after
 *   16  long  memory length after  linear memory must be at least this long, in bytes
 *   24  LoadModules                int count, int 0, then per module:
 *              0 int handle, 4 int flags, 8 long memory base, 16 long memory size, 24 int table base,
 *             28 int table size, 32 hash (32 bytes), 64 int name bytes, 68 int path bytes, 72 name, path, padded to 8
 *   24  ResolveFunction            int resolved from, int function table index, int name bytes, int 0, name
 *   24  AllocateFunctionTable      int index, int size
 *   24  RetireModule               int handle, int 0
 *   24  PrepareClosure             int function table index, int backing function, int user data, int signature bytes,
 *                                  signature
 * </pre>
 *
 * <p>Little-endian. Not thread-safe. {@link #wrap} checks every length before any accessor is used, so a damaged record
 * is an {@link IllegalArgumentException} there and nothing worse later.
 */
public final class OperationFlyweight {
    /** Kind of {@link DlOperation.LoadModules}. */
    public static final int LOAD_MODULES = 1;

    /** Kind of {@link DlOperation.ResolveFunction}. */
    public static final int RESOLVE_FUNCTION = 2;

    /** Kind of {@link DlOperation.AllocateFunctionTable}. */
    public static final int ALLOCATE_FUNCTION_TABLE = 3;

    /** Kind of {@link DlOperation.RetireModule}. */
    public static final int RETIRE_MODULE = 4;

    /** Kind of {@link DlOperation.PrepareClosure}. */
    public static final int PREPARE_CLOSURE = 5;

    private static final int KIND = 0;
    private static final int INSTIGATOR = 4;
    private static final int TABLE_BEFORE = 8;
    private static final int TABLE_AFTER = 12;
    private static final int MEMORY_AFTER = 16;
    private static final int BODY = 24;
    private static final int FIRST_MODULE = BODY + 8;
    private static final int MODULE_HANDLE = 0;
    private static final int MODULE_FLAGS = 4;
    private static final int MODULE_MEMORY_BASE = 8;
    private static final int MODULE_MEMORY_SIZE = 16;
    private static final int MODULE_TABLE_BASE = 24;
    private static final int MODULE_TABLE_SIZE = 28;
    private static final int MODULE_HASH = 32;
    private static final int MODULE_NAME_LENGTH = 64;
    private static final int MODULE_PATH_LENGTH = 68;
    private static final int MODULE_NAME = 72;
    static final int RESOLVE_NAME = BODY + 16;
    static final int CLOSURE_SIGNATURE = BODY + 16;

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private long sequence;
    private int length;
    private int module;

    /** Makes a flyweight that is to be wrapped before use. */
    public OperationFlyweight() {}

    /**
     * Looks at an operation's bytes, which are not copied, and checks their structure.
     *
     * @param sequence of the operation.
     * @param source that holds it.
     * @param offset of its first byte.
     * @param bytes that it takes.
     * @return this.
     * @throws IllegalArgumentException if the bytes are not an operation.
     */
    public OperationFlyweight wrap(final long sequence, final DirectBuffer source, final int offset, final int bytes) {
        if (bytes < BODY) {
            throw malformed("too short", bytes);
        }
        buffer.wrap(source, offset, bytes);
        this.sequence = sequence;
        length = bytes;
        module = -1;
        switch (kind()) {
            case LOAD_MODULES -> checkModules();
            case RESOLVE_FUNCTION -> {
                if (bytes < RESOLVE_NAME || resolveNameLength() < 0 || resolveNameLength() > bytes - RESOLVE_NAME) {
                    throw malformed("name leaves the record", bytes);
                }
            }
            case ALLOCATE_FUNCTION_TABLE -> {
                if (bytes < BODY + 8 || allocateSize() < 0 || allocateIndex() < 0) {
                    throw malformed("not a range of slots", bytes);
                }
            }
            case RETIRE_MODULE -> {
                if (bytes < BODY + 8 || retiredHandle() < 1) {
                    throw malformed("not a module", bytes);
                }
            }
            case PREPARE_CLOSURE -> checkClosure();
            default -> throw malformed("unknown kind", kind());
        }
        return this;
    }

    private static IllegalArgumentException malformed(final String what, final int value) {
        return new IllegalArgumentException("malformed operation: " + what + ", value=" + value);
    }

    private void checkModules() {
        if (length < FIRST_MODULE || moduleCount() < 1) {
            throw malformed("no modules", length);
        }
        int offset = FIRST_MODULE;
        for (int i = 0; i < moduleCount(); i++) {
            if (length - offset < MODULE_NAME) {
                throw malformed("module leaves the record", i);
            }
            final int name = buffer.getInt(offset + MODULE_NAME_LENGTH, LITTLE_ENDIAN);
            final int path = buffer.getInt(offset + MODULE_PATH_LENGTH, LITTLE_ENDIAN);
            final int room = length - offset - MODULE_NAME;
            if (name < 0 || path < 0 || name > room || path > room - name) {
                throw malformed("names leave the record", i);
            }
            offset = moduleEnd(offset, name, path);
        }
    }

    private void checkClosure() {
        if (length < CLOSURE_SIGNATURE || closureIndex() < 0 || closureBackingFunction() < 0) {
            throw malformed("not a closure", length);
        }
        final int bytes = closureSignatureLength();
        if (bytes < 1
                || bytes > DlOperation.PrepareClosure.MAX_SIGNATURE_LENGTH
                || bytes > length - CLOSURE_SIGNATURE) {
            throw malformed("not a length for a signature", bytes);
        }
        for (int i = 0; i < bytes; i++) {
            final byte character = buffer.getByte(CLOSURE_SIGNATURE + i);
            if (character < ' ' || character > '~') {
                throw malformed("signature is not printable ASCII", character);
            }
        }
    }

    private int moduleEnd(final int offset, final int name, final int path) {
        return Math.min(length, BitUtil.align(offset + MODULE_NAME + name + path, 8));
    }

    /** {@return the operation's place in the order of all operations, from 1} */
    public long sequence() {
        return sequence;
    }

    /** {@return one of the kinds above} */
    public int kind() {
        return buffer.getInt(KIND, LITTLE_ENDIAN);
    }

    /** {@return slot of the group that asked for the operation} */
    public int instigator() {
        return buffer.getInt(INSTIGATOR, LITTLE_ENDIAN);
    }

    /** {@return length that every function table has before the operation, in slots} */
    public int tableLengthBefore() {
        return buffer.getInt(TABLE_BEFORE, LITTLE_ENDIAN);
    }

    /** {@return length that every function table has after the operation, in slots} */
    public int tableLengthAfter() {
        return buffer.getInt(TABLE_AFTER, LITTLE_ENDIAN);
    }

    /** {@return least length of the linear memory after the operation, in bytes} */
    public long memoryLengthAfter() {
        return buffer.getLong(MEMORY_AFTER, LITTLE_ENDIAN);
    }

    /** {@return number of modules that LoadModules loads} */
    public int moduleCount() {
        return buffer.getInt(BODY, LITTLE_ENDIAN);
    }

    /**
     * Steps to the next module of LoadModules; the accessors named {@code module…} then speak of it.
     *
     * @return false if there is none left.
     */
    public boolean nextModule() {
        int next = FIRST_MODULE;
        if (module >= 0) {
            next = moduleEnd(module, moduleNameLength(), modulePathLength());
        }
        if (next >= length) {
            return false;
        }
        module = next;
        return true;
    }

    /** Steps back before the first module. */
    public void rewindModules() {
        module = -1;
    }

    /** {@return handle of the module} */
    public int moduleHandle() {
        return buffer.getInt(module + MODULE_HANDLE, LITTLE_ENDIAN);
    }

    /** {@return the engine's flags of the module} */
    public int moduleFlags() {
        return buffer.getInt(module + MODULE_FLAGS, LITTLE_ENDIAN);
    }

    /** {@return first byte of the module's data in linear memory} */
    public long moduleMemoryBase() {
        return buffer.getLong(module + MODULE_MEMORY_BASE, LITTLE_ENDIAN);
    }

    /** {@return bytes of the module's data} */
    public long moduleMemorySize() {
        return buffer.getLong(module + MODULE_MEMORY_SIZE, LITTLE_ENDIAN);
    }

    /** {@return first slot of the module in the function table} */
    public int moduleTableBase() {
        return buffer.getInt(module + MODULE_TABLE_BASE, LITTLE_ENDIAN);
    }

    /** {@return number of slots of the module} */
    public int moduleTableSize() {
        return buffer.getInt(module + MODULE_TABLE_SIZE, LITTLE_ENDIAN);
    }

    /**
     * Copies the module's content hash.
     *
     * @param into at least 32 bytes.
     */
    public void moduleHash(final byte[] into) {
        buffer.getBytes(module + MODULE_HASH, into, 0, ModuleRecord.HASH_LENGTH);
    }

    private int moduleNameLength() {
        return buffer.getInt(module + MODULE_NAME_LENGTH, LITTLE_ENDIAN);
    }

    private int modulePathLength() {
        return buffer.getInt(module + MODULE_PATH_LENGTH, LITTLE_ENDIAN);
    }

    /** {@return the module as a value; allocates} */
    public ModuleRecord module() {
        final byte[] hash = new byte[ModuleRecord.HASH_LENGTH];
        moduleHash(hash);
        return new ModuleRecord(
                moduleHandle(),
                text(module + MODULE_NAME, moduleNameLength()),
                text(module + MODULE_NAME + moduleNameLength(), modulePathLength()),
                hash,
                moduleMemoryBase(),
                moduleMemorySize(),
                moduleTableBase(),
                moduleTableSize(),
                moduleFlags());
    }

    /** {@return handle of the module that ResolveFunction's function comes from} */
    public int resolvedFrom() {
        return buffer.getInt(BODY, LITTLE_ENDIAN);
    }

    /** {@return slot that ResolveFunction gives} */
    public int functionTableIndex() {
        return buffer.getInt(BODY + 4, LITTLE_ENDIAN);
    }

    private int resolveNameLength() {
        return buffer.getInt(BODY + 8, LITTLE_ENDIAN);
    }

    /** {@return name of ResolveFunction's function; allocates} */
    public String functionName() {
        return text(RESOLVE_NAME, resolveNameLength());
    }

    /** {@return first slot of AllocateFunctionTable} */
    public int allocateIndex() {
        return buffer.getInt(BODY, LITTLE_ENDIAN);
    }

    /** {@return number of slots of AllocateFunctionTable} */
    public int allocateSize() {
        return buffer.getInt(BODY + 4, LITTLE_ENDIAN);
    }

    /** {@return handle of the module that RetireModule takes out} */
    public int retiredHandle() {
        return buffer.getInt(BODY, LITTLE_ENDIAN);
    }

    /** {@return slot of PrepareClosure's closure} */
    public int closureIndex() {
        return buffer.getInt(BODY, LITTLE_ENDIAN);
    }

    /** {@return slot of the function that PrepareClosure's closure calls} */
    public int closureBackingFunction() {
        return buffer.getInt(BODY + 4, LITTLE_ENDIAN);
    }

    /** {@return what PrepareClosure's closure gives to that function} */
    public int closureUserData() {
        return buffer.getInt(BODY + 8, LITTLE_ENDIAN);
    }

    private int closureSignatureLength() {
        return buffer.getInt(BODY + 12, LITTLE_ENDIAN);
    }

    /** {@return signature of PrepareClosure's closure; allocates} */
    public String closureSignature() {
        return text(CLOSURE_SIGNATURE, closureSignatureLength());
    }

    private String text(final int offset, final int bytes) {
        final byte[] utf8 = new byte[bytes];
        buffer.getBytes(offset, utf8, 0, bytes);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** {@return the operation as a value; allocates} */
    public DlOperation toOperation() {
        return switch (kind()) {
            case LOAD_MODULES -> {
                final List<ModuleRecord> modules = new ArrayList<>(moduleCount());
                rewindModules();
                while (nextModule()) {
                    modules.add(module());
                }
                yield new DlOperation.LoadModules(modules);
            }
            case RESOLVE_FUNCTION ->
                new DlOperation.ResolveFunction(functionName(), resolvedFrom(), functionTableIndex());
            case ALLOCATE_FUNCTION_TABLE -> new DlOperation.AllocateFunctionTable(allocateIndex(), allocateSize());
            case RETIRE_MODULE -> new DlOperation.RetireModule(retiredHandle());
            default ->
                new DlOperation.PrepareClosure(
                        closureIndex(), closureBackingFunction(), closureUserData(), closureSignature());
        };
    }

    /** Writes the part that all kinds share. */
    static void encodeHead(
            final MutableDirectBuffer into,
            final int kind,
            final int instigator,
            final int tableBefore,
            final int tableAfter,
            final long memoryAfter) {
        into.putInt(KIND, kind, LITTLE_ENDIAN);
        into.putInt(INSTIGATOR, instigator, LITTLE_ENDIAN);
        into.putInt(TABLE_BEFORE, tableBefore, LITTLE_ENDIAN);
        into.putInt(TABLE_AFTER, tableAfter, LITTLE_ENDIAN);
        into.putLong(MEMORY_AFTER, memoryAfter, LITTLE_ENDIAN);
    }

    /**
     * Writes AllocateFunctionTable's part.
     *
     * @return bytes of the operation.
     */
    static int encodeAllocate(final MutableDirectBuffer into, final int index, final int size) {
        into.putInt(BODY, index, LITTLE_ENDIAN);
        into.putInt(BODY + 4, size, LITTLE_ENDIAN);
        return BODY + 8;
    }

    /**
     * Writes RetireModule's part.
     *
     * @return bytes of the operation.
     */
    static int encodeRetire(final MutableDirectBuffer into, final int handle) {
        into.putInt(BODY, handle, LITTLE_ENDIAN);
        into.putInt(BODY + 4, 0, LITTLE_ENDIAN);
        return BODY + 8;
    }

    /**
     * Writes PrepareClosure's part.
     *
     * @return bytes of the operation.
     */
    static int encodeClosure(final MutableDirectBuffer into, final DlOperation.PrepareClosure closure) {
        into.putInt(BODY, closure.functionTableIndex(), LITTLE_ENDIAN);
        into.putInt(BODY + 4, closure.backingFunction(), LITTLE_ENDIAN);
        into.putInt(BODY + 8, closure.userData(), LITTLE_ENDIAN);
        into.putInt(BODY + 12, closure.signature().length(), LITTLE_ENDIAN);
        return CLOSURE_SIGNATURE + into.putStringWithoutLengthAscii(CLOSURE_SIGNATURE, closure.signature());
    }

    /**
     * Writes ResolveFunction's part.
     *
     * @return bytes of the operation.
     */
    static int encodeResolve(
            final MutableDirectBuffer into,
            final int resolvedFrom,
            final int index,
            final byte[] name,
            final int bytes) {
        into.putInt(BODY, resolvedFrom, LITTLE_ENDIAN);
        into.putInt(BODY + 4, index, LITTLE_ENDIAN);
        into.putInt(BODY + 8, bytes, LITTLE_ENDIAN);
        into.putInt(BODY + 12, 0, LITTLE_ENDIAN);
        into.putBytes(RESOLVE_NAME, name, 0, bytes);
        return RESOLVE_NAME + bytes;
    }

    /**
     * {@return bytes that the modules take as one operation}
     *
     * @param modules to load.
     */
    static int lengthOf(final List<ModuleRecord> modules) {
        int bytes = FIRST_MODULE;
        for (final ModuleRecord m : modules) {
            final int names = utf8(m.name()).length + utf8(m.path()).length;
            bytes = BitUtil.align(bytes + MODULE_NAME + names, 8);
        }
        return bytes;
    }

    /**
     * Writes LoadModules' part.
     *
     * @return bytes of the operation.
     */
    static int encodeModules(final MutableDirectBuffer into, final List<ModuleRecord> modules) {
        into.putInt(BODY, modules.size(), LITTLE_ENDIAN);
        into.putInt(BODY + 4, 0, LITTLE_ENDIAN);
        int offset = FIRST_MODULE;
        for (final ModuleRecord m : modules) {
            final byte[] name = utf8(m.name());
            final byte[] path = utf8(m.path());
            into.putInt(offset + MODULE_HANDLE, m.handle(), LITTLE_ENDIAN);
            into.putInt(offset + MODULE_FLAGS, m.flags(), LITTLE_ENDIAN);
            into.putLong(offset + MODULE_MEMORY_BASE, m.memoryBase(), LITTLE_ENDIAN);
            into.putLong(offset + MODULE_MEMORY_SIZE, m.memorySize(), LITTLE_ENDIAN);
            into.putInt(offset + MODULE_TABLE_BASE, m.tableBase(), LITTLE_ENDIAN);
            into.putInt(offset + MODULE_TABLE_SIZE, m.tableSize(), LITTLE_ENDIAN);
            into.putBytes(offset + MODULE_HASH, m.hash());
            into.putInt(offset + MODULE_NAME_LENGTH, name.length, LITTLE_ENDIAN);
            into.putInt(offset + MODULE_PATH_LENGTH, path.length, LITTLE_ENDIAN);
            into.putBytes(offset + MODULE_NAME, name);
            into.putBytes(offset + MODULE_NAME + name.length, path);
            final int end = offset + MODULE_NAME + name.length + path.length;
            offset = BitUtil.align(end, 8);
            into.setMemory(end, offset - end, (byte) 0);
        }
        return offset;
    }

    private static byte[] utf8(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
