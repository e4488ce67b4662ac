package dev.lockstep.engine.loader;

import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.WasmEngine;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * All that a JVM needs to run a guest in a universe: the universe, the {@link GuestProcess} and the {@link ModulePreparation},
 * opened in the right order, and closed in the right order.
 *
 * <p>Thread-safe; close it after the last of its groups.
 */
public final class GuestUniverse implements AutoCloseable {
    private final Universe universe;
    private final GuestProcess process;
    private final ModulePreparation preparation;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GuestUniverse(final Universe universe, final GuestProcess process, final ModulePreparation preparation) {
        this.universe = universe;
        this.process = process;
        this.preparation = preparation;
    }

    /**
     * Attaches to a universe, creating it if it is not there, and to its guest.
     *
     * @param config of the universe.
     * @param mainModule the main module, a dynamic library; all processes must give the same.
     * @param engine that runs it; its compiled modules are shared with all guests of this JVM.
     * @param options of the guest; where they concern the memory, those of the process that makes it count.
     * @return the universe with the guest; no group yet.
     * @throws IOException if a file can't be read or written, or is damaged.
     * @throws dev.lockstep.engine.LinkException if the main module is none.
     */
    public static GuestUniverse open(
            final UniverseConfig config,
            final ModuleSource mainModule,
            final WasmEngine engine,
            final GuestOptions options)
            throws IOException {
        final Universe universe = Universe.open(config);
        GuestProcess process = null;
        ModulePreparation preparation = null;
        try {
            process = GuestProcess.open(universe.directory(), mainModule, ModuleCache.shared(engine), options);
            preparation = ModulePreparation.start(universe, process);
            return new GuestUniverse(universe, process, preparation);
        } finally {
            if (preparation == null) {
                universe.close();
                if (process != null) {
                    process.close();
                }
            }
        }
    }

    /**
     * Makes a group that belongs to the calling thread and runs: the universe's main group, which loads the main module, or, if
     * there is or was one, another. Guest code runs in parallel with that of other groups.
     *
     * @param functions of the host's for this group.
     * @return the group's linker; to be closed by the same thread.
     * @throws IOException if a module that is needed can't be stored.
     * @throws dev.lockstep.engine.LinkException if the main module can't be linked, or its initialisation failed; there is no
     *     group then.
     */
    public UniverseLinker newGroup(final HostFunctions functions) throws IOException {
        return newGroup(functions, UniverseLinker.PARALLEL);
    }

    /**
     * As {@link #newGroup(HostFunctions)}, for a guest that can't run in parallel.
     *
     * @param functions of the host's for this group.
     * @param guestMutex number of the shared mutex under which guest code runs; the same in every group.
     * @return the group's linker; to be closed by the same thread.
     * @throws IOException as there.
     */
    public UniverseLinker newGroup(final HostFunctions functions, final int guestMutex) throws IOException {
        return UniverseLinker.bootstrapOrJoin(
                universe, process.newReplica(functions), process, preparation, guestMutex);
    }

    /** {@return the universe} */
    public Universe universe() {
        return universe;
    }

    /** {@return what the groups of this JVM share} */
    public GuestProcess process() {
        return process;
    }

    /** Detaches from the guest and the universe; the files stay for whoever else is attached, or attaches later. Idempotent. */
    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            preparation.close();
            universe.close();
            process.close();
        }
    }
}
