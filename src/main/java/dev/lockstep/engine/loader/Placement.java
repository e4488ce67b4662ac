package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.ModuleRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Chooses where modules are put, and makes sure that they can be loaded there, before anybody is stopped for it. */
final class Placement {
    private Placement() {}

    /**
     * Takes memory and slots for modules, registers them, and rehearses their loading. The last one, which was asked for, gets
     * a reference.
     *
     * @param state that what is taken is staged in; forgotten if this fails.
     * @param process of the guest.
     * @param replica of the group that loads; unchanged.
     * @param modules in the order of their handles; the main module first if it is among them.
     * @return what is to be broadcast.
     * @throws LinkException if they can't be loaded.
     */
    static List<ModuleRecord> place(
            final LinkerStateWriter state,
            final GuestProcess process,
            final GuestReplica replica,
            final List<PendingModule> modules) {
        final List<ModuleRecord> records = new ArrayList<>();
        for (final PendingModule module : modules) {
            records.add(place(state, process, module));
        }
        final boolean hasMain = records.get(0).handle() == GuestReplica.MAIN_HANDLE;
        state.retainModule(records.get(hasMain ? 0 : records.size() - 1).handle());
        try {
            process.memory().ensureLength(state.memoryEnd());
        } catch (final IOException e) {
            throw LinkException.of(LinkError.MEMORY_ALLOCATION_ERROR, "linear memory can't grow for the module's data")
                    .module(modules.get(modules.size() - 1).name())
                    .cause(e)
                    .build();
        }
        replica.rehearse(records, state.tableLength());
        return records;
    }

    private static ModuleRecord place(
            final LinkerStateWriter state, final GuestProcess process, final PendingModule module) {
        final PreparedModule prepared = module.prepared();
        final boolean isMain = module == process.mainModule();
        final long bytes = prepared.memoryBytes(process.threads());
        final long heapBase = process.memory().plan().heapBase();
        if (bytes > heapBase) {
            throw noRoom(module, bytes, heapBase - state.memoryEnd());
        }
        final long memoryBase =
                isMain ? process.memory().plan().mainBase() : state.allocateMemory(bytes, prepared.memoryAlignment());
        if (memoryBase + bytes > heapBase) {
            throw noRoom(module, bytes, heapBase - memoryBase);
        }
        final int tableBase;
        try {
            tableBase =
                    state.allocateTable(prepared.tableSlots(), prepared.dylink().tableAlignment());
        } catch (final IllegalArgumentException e) {
            throw LinkException.of(LinkError.TABLE_ALLOCATION_ERROR, "no room for the module's slots")
                    .module(module.name())
                    .expected(prepared.tableSlots() + " slots")
                    .cause(e)
                    .build();
        }
        return state.registerModule(
                nameFor(state, module),
                module.pathText(),
                prepared.hash().bytes(),
                memoryBase,
                bytes,
                tableBase,
                prepared.tableSlots(),
                0);
    }

    private static LinkException noRoom(final PendingModule module, final long bytes, final long room) {
        return LinkException.of(
                        LinkError.MEMORY_ALLOCATION_ERROR,
                        "no room for the module's data, make the guest with more for modules")
                .module(module.name())
                .expected(bytes + " bytes")
                .found(Math.max(0, room) + " bytes")
                .build();
    }

    /** A file whose name another one goes by already is known by its whole path. */
    private static String nameFor(final LinkerStateWriter state, final PendingModule module) {
        return module.request() == PendingModule.Request.PATH && state.findModule(module.name()) != 0
                ? module.pathText()
                : module.name();
    }
}
