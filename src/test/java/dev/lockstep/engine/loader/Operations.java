package dev.lockstep.engine.loader;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.OperationFlyweight;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.ExpandableArrayBuffer;

/** Writes operations by the layout that {@link OperationFlyweight} documents, independently of the linker's encoder. */
final class Operations {
    private static final int BODY = 24;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private long sequence;

    private void head(final int kind, final int before, final int after, final long memory) {
        buffer.putInt(0, kind, LITTLE_ENDIAN);
        buffer.putInt(4, 0, LITTLE_ENDIAN);
        buffer.putInt(8, before, LITTLE_ENDIAN);
        buffer.putInt(12, after, LITTLE_ENDIAN);
        buffer.putLong(16, memory, LITTLE_ENDIAN);
    }

    static ModuleRecord mainRecord(final GuestProcess process) {
        final PreparedModule main = process.main();
        return new ModuleRecord(
                GuestReplica.MAIN_HANDLE,
                process.mainModule().name(),
                process.mainModule().pathText(),
                main.hash().bytes(),
                process.memory().plan().mainBase(),
                main.memoryBytes(process.threads()),
                GuestReplica.MAIN_TABLE_BASE,
                main.tableSlots(),
                0);
    }

    OperationFlyweight loadMain(final GuestProcess process) {
        final ModuleRecord main = mainRecord(process);
        return load(
                0, main.tableBase() + main.tableSize(), process.memory().plan().modulesBase(), List.of(main));
    }

    OperationFlyweight load(final int before, final int after, final long memory, final List<ModuleRecord> modules) {
        head(OperationFlyweight.LOAD_MODULES, before, after, memory);
        buffer.putInt(BODY, modules.size(), LITTLE_ENDIAN);
        buffer.putInt(BODY + 4, 0, LITTLE_ENDIAN);
        int at = BODY + 8;
        for (final ModuleRecord module : modules) {
            final byte[] name = module.name().getBytes(StandardCharsets.UTF_8);
            final byte[] path = module.path().getBytes(StandardCharsets.UTF_8);
            buffer.putInt(at, module.handle(), LITTLE_ENDIAN);
            buffer.putInt(at + 4, module.flags(), LITTLE_ENDIAN);
            buffer.putLong(at + 8, module.memoryBase(), LITTLE_ENDIAN);
            buffer.putLong(at + 16, module.memorySize(), LITTLE_ENDIAN);
            buffer.putInt(at + 24, module.tableBase(), LITTLE_ENDIAN);
            buffer.putInt(at + 28, module.tableSize(), LITTLE_ENDIAN);
            buffer.putBytes(at + 32, module.hash());
            buffer.putInt(at + 64, name.length, LITTLE_ENDIAN);
            buffer.putInt(at + 68, path.length, LITTLE_ENDIAN);
            buffer.putBytes(at + 72, name);
            buffer.putBytes(at + 72 + name.length, path);
            at = BitUtil.align(at + 72 + name.length + path.length, 8);
        }
        return new OperationFlyweight().wrap(++sequence, buffer, 0, at);
    }

    OperationFlyweight resolve(final int before, final int after, final int handle, final String name, final int slot) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        head(OperationFlyweight.RESOLVE_FUNCTION, before, after, 0);
        buffer.putInt(BODY, handle, LITTLE_ENDIAN);
        buffer.putInt(BODY + 4, slot, LITTLE_ENDIAN);
        buffer.putInt(BODY + 8, bytes.length, LITTLE_ENDIAN);
        buffer.putInt(BODY + 12, 0, LITTLE_ENDIAN);
        buffer.putBytes(BODY + 16, bytes);
        return new OperationFlyweight().wrap(++sequence, buffer, 0, BODY + 16 + bytes.length);
    }

    OperationFlyweight allocate(final int before, final int after, final int index, final int size) {
        head(OperationFlyweight.ALLOCATE_FUNCTION_TABLE, before, after, 0);
        buffer.putInt(BODY, index, LITTLE_ENDIAN);
        buffer.putInt(BODY + 4, size, LITTLE_ENDIAN);
        return new OperationFlyweight().wrap(++sequence, buffer, 0, BODY + 8);
    }
}
