package dev.lockstep.engine;

import dev.lockstep.linker.Universe;
import java.io.IOException;

/** Has every attached JVM compile a module before the operation that loads it. */
public final class ModulePreparation implements AutoCloseable {
    private ModulePreparation() {}

    /**
     * Takes part in the preparation of a universe's modules, until closed.
     *
     * @param universe to take part in.
     * @param engine that compiles.
     * @return the preparation; to be closed before the universe.
     * @throws IOException if its files can't be made.
     */
    public static ModulePreparation start(final Universe universe, final ModulePreparer engine) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Ends it. Idempotent. */
    @Override
    public void close() {}
}
