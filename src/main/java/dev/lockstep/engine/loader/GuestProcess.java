package dev.lockstep.engine.loader;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.ModulePreparer;
import dev.lockstep.engine.ModuleStore;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.engine.wasm.WasmEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What all groups of a JVM share to run one WebAssembly process: the engine, the compiled modules, their bytes in the universe
 * and the linear memory.
 *
 * <p>Thread-safe. Close it after the last of its groups has shut down.
 */
public final class GuestProcess implements ModulePreparer, AutoCloseable {
    private static final int MOST_PROMISED = 256;

    private final ModuleStore store;
    private final ModuleCache cache;
    private final PendingModule main;
    private final LinearMemoryFile memory;
    private final GuestOptions options;

    /** What was prepared for others' operations; the oldest are dropped, which were not loaded after all. */
    private final Map<ContentHash, PreparedModule> promised = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<ContentHash, PreparedModule> eldest) {
            return size() > MOST_PROMISED;
        }
    };

    private GuestProcess(
            final ModuleStore store,
            final ModuleCache cache,
            final PendingModule main,
            final LinearMemoryFile memory,
            final GuestOptions options) {
        this.store = store;
        this.cache = cache;
        this.main = main;
        this.memory = memory;
        this.options = options;
    }

    /**
     * Opens the guest's part of a universe with default options.
     *
     * @param universe directory of the universe; must exist.
     * @param mainModule file of the main module, a dynamic library; all processes must give the same.
     * @param engine that runs it.
     * @return the guest.
     * @throws IOException if a file can't be read or written, or is damaged.
     * @throws LinkException if the main module is none.
     */
    public static GuestProcess open(final Path universe, final Path mainModule, final WasmEngine engine)
            throws IOException {
        return open(universe, ModuleSource.of(mainModule), ModuleCache.shared(engine), GuestOptions.defaults());
    }

    /**
     * Opens the guest's part of a universe: compiles the main module, and makes the linear memory if no process has yet.
     *
     * @param universe directory of the universe; must exist.
     * @param mainModule the main module, a dynamic library; all processes must give the same.
     * @param cache of compiled modules, which has the engine.
     * @param options of the guest; where they concern the memory, those of the process that makes it count.
     * @return the guest.
     * @throws IOException if a file can't be read or written, or is damaged.
     * @throws LinkException if the main module is none.
     */
    public static GuestProcess open(
            final Path universe, final ModuleSource mainModule, final ModuleCache cache, final GuestOptions options)
            throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        final byte[] bytes = mainModule.read();
        final PreparedModule prepared = cache.prepare(mainModule.name(), store.put(bytes), bytes);
        prepared.requireMain(mainModule.name());
        final LinearMemoryFile memory =
                LinearMemoryFile.openOrCreate(universe, plan(mainModule.name(), prepared, options));
        final PendingModule main =
                new PendingModule(mainModule.name(), mainModule.path(), prepared, PendingModule.Request.PATH);
        return new GuestProcess(store, cache, main, memory, options);
    }

    private static LinearMemoryPlan plan(final String name, final PreparedModule main, final GuestOptions options) {
        final long most = Math.min(main.memory().maximumPages(), LinearMemoryPlan.MAX_PAGES) * LinearMemoryPlan.PAGE;
        try {
            return LinearMemoryPlan.forMain(
                    main.memoryBytes(options.threads()),
                    main.memoryAlignment(),
                    main.memory().initialPages(),
                    options.threads(),
                    options.stackBytes(),
                    options.moduleBytes(),
                    Math.min(most, options.maximumLength()));
        } catch (final IllegalArgumentException e) {
            throw LinkException.of(
                            LinkError.MEMORY_ALLOCATION_ERROR,
                            "no memory can be planned for the main module, allow it more or ask for less")
                    .module(name)
                    .cause(e)
                    .build();
        }
    }

    /**
     * Makes a group's replica, empty: the main module, too, comes by an operation.
     *
     * @param host functions of that group.
     * @return the replica; to be used by one thread.
     */
    public GuestReplica newReplica(final HostFunctions host) {
        return new GuestReplica(this, host);
    }

    /** {@return the main module} */
    public PreparedModule main() {
        return main.prepared();
    }

    PendingModule mainModule() {
        return main;
    }

    /** {@return the linear memory} */
    public LinearMemoryFile memory() {
        return memory;
    }

    /** {@return the options that were given} */
    public GuestOptions options() {
        return options;
    }

    /** {@return groups that can run the guest at a time; each has a stack} */
    public int threads() {
        return memory.plan().threads();
    }

    /** {@return the memory as modules import it} */
    ExternType.Memory memoryType() {
        return new ExternType.Memory(
                memory.length() / LinearMemoryPlan.PAGE,
                memory.plan().maximumLength() / LinearMemoryPlan.PAGE,
                main.prepared().memory().shared());
    }

    /** {@return the engine} */
    public WasmEngine engine() {
        return cache.engine();
    }

    @Override
    public ModuleStore store() {
        return store;
    }

    /**
     * Stores a module in the universe and compiles it.
     *
     * @param name of the module, for messages.
     * @param module bytes of the module.
     * @return the compiled module.
     * @throws IOException if it can't be stored.
     * @throws LinkException if it is not a dynamic library, or the engine refuses it.
     */
    public PreparedModule add(final String name, final byte[] module) throws IOException {
        final PreparedModule prepared = cache.prepare(name, ContentHash.of(module), module);
        store.put(module);
        return prepared;
    }

    /** A module of the universe, compiled now if it was not; its bytes are those of the hash. */
    PreparedModule prepared(final String name, final ContentHash hash) {
        final PreparedModule present = cache.prepared(hash);
        if (present != null) {
            return present;
        }
        try {
            return cache.prepare(name, hash, store.get(hash));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@inheritDoc} It is kept for the operation that is to come, however little memory there is. */
    @Override
    public void prepare(final ContentHash hash) {
        final PreparedModule module = prepared(hash.hex(), hash);
        synchronized (promised) {
            promised.put(hash, module);
        }
    }

    /** A module was loaded by some group, which keeps it from now on. */
    void loaded(final ContentHash hash) {
        synchronized (promised) {
            promised.remove(hash);
        }
    }

    @Override
    public void close() throws IOException {
        memory.close();
    }
}
