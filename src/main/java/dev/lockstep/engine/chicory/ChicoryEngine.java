package dev.lockstep.engine.chicory;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.ModulePreparer;
import dev.lockstep.engine.ModuleStore;
import dev.lockstep.linker.ModuleRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What all groups of a JVM share to run one WebAssembly process: the compiled modules, their bytes in the universe and
 * the linear memory.
 *
 * <p>Thread-safe. Close it after the last of its groups has shut down.
 */
public final class ChicoryEngine implements ModulePreparer, AutoCloseable {
    private final ModuleStore store;
    private final ModuleCompiler compiler;
    private final CompiledModule main;
    private final Path mainPath;
    private final LinearMemoryFile memory;

    private ChicoryEngine(
            final ModuleStore store,
            final ModuleCompiler compiler,
            final CompiledModule main,
            final Path mainPath,
            final LinearMemoryFile memory) {
        this.store = store;
        this.compiler = compiler;
        this.main = main;
        this.mainPath = mainPath;
        this.memory = memory;
    }

    /**
     * Opens the engine's part of a universe: compiles the main module, and makes the linear memory if no process has yet.
     *
     * @param universe directory of the universe; must exist.
     * @param mainModule file of the main module, a dynamic library; all processes must give the same.
     * @return the engine.
     * @throws IOException if a file can't be read or written, or is damaged.
     */
    public static ChicoryEngine open(final Path universe, final Path mainModule) throws IOException {
        return open(universe, mainModule, ModuleCompiler.shared());
    }

    /**
     * Opens the engine's part of a universe with a compiler of one's own.
     *
     * @param universe directory of the universe; must exist.
     * @param mainModule file of the main module, a dynamic library; all processes must give the same.
     * @param compiler to use.
     * @return the engine.
     * @throws IOException if a file can't be read or written, or is damaged.
     */
    public static ChicoryEngine open(final Path universe, final Path mainModule, final ModuleCompiler compiler)
            throws IOException {
        final ModuleStore store = ModuleStore.in(universe);
        final byte[] bytes = Files.readAllBytes(mainModule);
        final CompiledModule main = compiler.compile(store.put(bytes), bytes);
        final LinearMemoryFile memory = LinearMemoryFile.openOrCreate(
                universe, LinearMemoryPlan.forMain(main.dylink(), main.leastMemoryPages()));
        return new ChicoryEngine(store, compiler, main, mainModule, memory);
    }

    /**
     * Makes a group's replica, empty: the main module, too, comes by an operation.
     *
     * @param host functions of that group.
     * @return the replica; to be used by one thread.
     */
    public ChicoryReplica newReplica(final HostFunctions host) {
        return new ChicoryReplica(this, host);
    }

    /** {@return the main module} */
    public CompiledModule main() {
        return main;
    }

    /** {@return the main module as the first operation loads it} */
    ModuleRecord mainRecord() {
        return new ModuleRecord(
                ChicoryReplica.MAIN_HANDLE,
                PendingModule.nameOf(mainPath),
                mainPath.toString(),
                main.hash().bytes(),
                memory.plan().mainBase(),
                main.dylink().memorySize(),
                ChicoryReplica.MAIN_TABLE_BASE,
                main.tableSlots(),
                0);
    }

    /** {@return the linear memory} */
    public LinearMemoryFile memory() {
        return memory;
    }

    @Override
    public ModuleStore store() {
        return store;
    }

    /**
     * Stores a module in the universe and compiles it.
     *
     * @param module bytes of the module.
     * @return the compiled module.
     * @throws IOException if it can't be stored.
     * @throws dev.lockstep.engine.MalformedModuleException if it is not a dynamic library.
     */
    public CompiledModule add(final byte[] module) throws IOException {
        final ContentHash hash = ContentHash.of(module);
        final CompiledModule compiled = compiler.compile(hash, module);
        store.put(module);
        return compiled;
    }

    /**
     * A module of the universe, compiled now if it was not.
     *
     * @param hash of the module.
     * @return the compiled module.
     * @throws UncheckedIOException if it is not in the store or damaged there.
     */
    public CompiledModule compile(final ContentHash hash) {
        final CompiledModule present = compiler.compiled(hash);
        if (present != null) {
            return present;
        }
        try {
            return compiler.compile(hash, store.get(hash));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void prepare(final ContentHash hash) {
        compile(hash);
    }

    @Override
    public void close() throws IOException {
        memory.close();
    }
}
