package dev.lockstep.engine.chicory;

import dev.lockstep.engine.ContentHash;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Compiles each module once, however many groups ask for it, and keeps the result.
 *
 * <p>Thread-safe. Who asks while another thread compiles the same module waits for it.
 */
public final class ModuleCompiler {
    private static final ModuleCompiler SHARED = new ModuleCompiler();

    private final ConcurrentMap<ContentHash, FutureTask<CompiledModule>> modules = new ConcurrentHashMap<>();

    /** Makes a compiler that knows no module yet. */
    public ModuleCompiler() {}

    /** {@return the compiler that all engines of this JVM share unless told otherwise} */
    public static ModuleCompiler shared() {
        return SHARED;
    }

    /**
     * Gives the module with a hash, if it was compiled.
     *
     * @param hash of the module.
     * @return the module, or null.
     */
    public CompiledModule compiled(final ContentHash hash) {
        final FutureTask<CompiledModule> task = modules.get(hash);
        return task == null || !task.isDone() ? null : result(hash, task);
    }

    /**
     * Compiles a module, unless it was.
     *
     * @param hash of the module.
     * @param bytes of the module; the caller has checked the hash.
     * @return the compiled module.
     * @throws dev.lockstep.engine.MalformedModuleException if the bytes are not a dynamic library; not remembered.
     */
    public CompiledModule compile(final ContentHash hash, final byte[] bytes) {
        final FutureTask<CompiledModule> mine = new FutureTask<>(() -> CompiledModule.compile(bytes));
        final FutureTask<CompiledModule> other = modules.putIfAbsent(hash, mine);
        if (other != null) {
            return result(hash, other);
        }
        mine.run();
        return result(hash, mine);
    }

    private CompiledModule result(final ContentHash hash, final FutureTask<CompiledModule> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (final ExecutionException e) {
            modules.remove(hash, task);
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException("module does not compile: hash=" + hash, e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
