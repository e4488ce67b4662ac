package dev.lockstep.engine.chicory;

import static org.agrona.BitUtil.align;

import dev.lockstep.engine.GuestLinker;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The linker of a process that has one group: nobody to agree with, so no universe, lock or operation. What it loads
 * behaves as under the real one, which makes it the yardstick for that.
 *
 * <p>Used by its group's thread only.
 */
public final class SoloLinker implements GuestLinker {
    private final ChicoryEngine engine;
    private final ChicoryReplica replica;
    private final Map<String, Integer> handles = new HashMap<>();
    private int nextHandle = ChicoryReplica.MAIN_HANDLE + 1;
    private long memoryEnd;

    /**
     * Takes over a fresh replica, loads the main module and initialises it.
     *
     * @param engine of the replica; no other group may use its memory.
     * @param replica of the one group.
     */
    public SoloLinker(final ChicoryEngine engine, final ChicoryReplica replica) {
        this.engine = engine;
        this.replica = replica;
        memoryEnd = engine.memory().plan().modulesBase();
        final ModuleRecord main = engine.mainRecord();
        load(main);
        handles.put(main.name(), main.handle());
        start(main.handle());
    }

    private void load(final ModuleRecord module) {
        final int tableLength = module.tableBase() + module.tableSize();
        replica.rehearse(List.of(module), tableLength);
        replica.ensureTableLength(tableLength);
        replica.load(module);
    }

    private void start(final int handle) {
        replica.initializeData(handle);
        replica.relocate(handle);
        replica.construct(handle);
    }

    @Override
    public int loadModule(final Path file) throws IOException {
        final List<PendingModule> pending = PendingModule.collect(engine, file, handles::containsKey);
        for (final PendingModule module : pending) {
            load(module);
        }
        return handles.get(PendingModule.nameOf(file));
    }

    private void load(final PendingModule pending) throws IOException {
        final CompiledModule compiled = pending.compiled();
        final LinearMemoryPlan plan = engine.memory().plan();
        final long memoryBase = align(memoryEnd, (long) compiled.dylink().memoryAlignment());
        final long end = memoryBase + compiled.dylink().memorySize();
        if (end > plan.heapBase()) {
            throw new LinkException("no room for the module's data: module=" + pending.name() + " bytes="
                    + compiled.dylink().memorySize() + " left=" + (plan.heapBase() - memoryEnd));
        }
        final int tableBase = align(replica.tableLength(), compiled.dylink().tableAlignment());
        final int handle = nextHandle;
        load(new ModuleRecord(
                handle,
                pending.name(),
                pending.path().toString(),
                compiled.hash().bytes(),
                memoryBase,
                compiled.dylink().memorySize(),
                tableBase,
                compiled.tableSlots(),
                0));
        nextHandle = handle + 1;
        final long memoryEndBefore = memoryEnd;
        memoryEnd = end;
        boolean started = false;
        try {
            start(handle);
            started = true;
        } finally {
            if (!started) {
                replica.retire(handle);
                memoryEnd = memoryEndBefore;
            }
        }
        handles.put(pending.name(), handle);
    }

    @Override
    public int resolveFunction(final int handle, final String name) {
        final int present = replica.slotOf(handle, name);
        if (present >= 0) {
            return present;
        }
        final int slot = replica.tableLength();
        replica.ensureTableLength(slot + 1);
        replica.putFunction(handle, name, slot);
        return slot;
    }
}
