package dev.lockstep.engine.loader;

import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.linker.DlOperation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.LinkerStateWriter;
import dev.lockstep.linker.ModuleState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the modules that are to be taken out: those that have failed, and those that nobody has a reference to and nothing that
 * stays is linked to. All at once, so that modules that need each other go together.
 */
final class Removal {
    private final InstanceGroup group;
    private final GuestReplica replica;
    private final LinkerStateWriter state;

    Removal(final InstanceGroup group, final GuestReplica replica, final LinkerStateWriter state) {
        this.group = group;
        this.replica = replica;
        this.state = state;
    }

    /** Stages the removal and enqueues its operations; {@return how many there are} */
    int enqueue() {
        final Set<Integer> failed = new TreeSet<>();
        final Set<Integer> ready = new TreeSet<>();
        final Deque<Integer> roots = new ArrayDeque<>();
        roots.add(GuestReplica.MAIN_HANDLE);
        for (int handle = GuestReplica.MAIN_HANDLE + 1; handle < state.nextHandle(); handle++) {
            if (state.isRetired(handle)) {
                state.retireModule(handle); // its memory, if there was no room for it among the leftovers before
                continue;
            }
            final ModuleState is = group.moduleState(handle);
            if (is == ModuleState.FAILED) {
                failed.add(handle);
            } else if (is == ModuleState.READY && state.moduleReferences(handle) == 0) {
                ready.add(handle);
            } else {
                roots.add(handle);
            }
        }
        if (failed.isEmpty() && ready.isEmpty()) {
            return 0;
        }
        final Set<Integer> seen = new HashSet<>(roots);
        while (!roots.isEmpty()) {
            final int handle = roots.poll();
            for (final int dependency : dependencies(handle)) {
                if (seen.add(dependency)) {
                    roots.add(dependency);
                }
            }
        }
        ready.removeAll(seen);
        failed.removeIf(handle -> !state.retireModule(handle));
        ready.removeIf(handle -> !state.unloadModule(handle));
        final SlotTable after = replica.slots().copy();
        failed.forEach(handle -> clear(after, handle));
        ready.forEach(handle -> clear(after, handle));
        failed.forEach(handle -> giveSlotsBack(handle, after));
        ready.forEach(handle -> giveSlotsBack(handle, after));
        return failed.size() + ready.size();
    }

    private void clear(final SlotTable slots, final int handle) {
        slots.clear(replica.module(handle).instance());
    }

    /** Once all are taken out: a slot of one can hold a function of another, with a symbol of its own. */
    private void giveSlotsBack(final int handle, final SlotTable after) {
        final GuestModule module = replica.module(handle);
        int first = module.tableBase();
        int longest = 0;
        int run = 0;
        for (int slot = module.tableBase(); slot < module.tableBase() + module.tableSize(); slot++) {
            run = after.owner(slot) == null ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                first = slot - run + 1;
            }
        }
        if (longest > 0) {
            state.releaseTable(handle, first, longest);
        }
        state.enqueue(new DlOperation.RetireModule(handle));
    }

    /** {@return what a module needs, was bound to when it was loaded, or has been bound to since} */
    private Set<Integer> dependencies(final int handle) {
        final Set<Integer> all = new HashSet<>(replica.dependencies(handle));
        for (final String name : replica.module(handle).lazy().keySet()) {
            final int slot = state.findSymbol(handle, name);
            if (slot >= 0) {
                all.add(replica.ownerOf(slot));
            }
        }
        return all;
    }
}
