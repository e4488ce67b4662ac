package dev.lockstep.engine.chicory;

import dev.lockstep.engine.GuestLinker;
import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.nio.file.Path;

/** dlopen and dlsym of one group in a universe. */
public final class ChicoryLinker implements GuestLinker {
    /**
     * Makes the linker of a running group, and waits until the main module is ready.
     *
     * @param group running, bound to the calling thread.
     * @param replica of the group.
     * @param engine of the replica.
     * @param preparation of this JVM.
     * @param guestMutex number of the shared mutex under which guest code runs; not held.
     */
    public ChicoryLinker(
            final InstanceGroup group,
            final ChicoryReplica replica,
            final ChicoryEngine engine,
            final ModulePreparation preparation,
            final int guestMutex) {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes the main group of a universe, loads the main module by the first operation and runs its constructors.
     *
     * @param universe not bootstrapped yet.
     * @param engine of this JVM.
     * @param replica of the group, fresh.
     * @param guestMutex number of the shared mutex under which guest code runs.
     * @return the group, running.
     */
    public static InstanceGroup bootstrap(
            final Universe universe, final ChicoryEngine engine, final ChicoryReplica replica, final int guestMutex) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int loadModule(final Path file) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public int resolveFunction(final int handle, final String name) {
        throw new UnsupportedOperationException();
    }
}
