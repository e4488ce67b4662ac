package dev.lockstep.engine.loader;

import dev.lockstep.engine.ContentHash;
import dev.lockstep.engine.wasm.WasmEngine;
import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Compiles each module once, however many groups ask for it, and keeps the result as long as a guest has it loaded or there is
 * memory for it.
 *
 * <p>Thread-safe. Who asks while another thread compiles the same module waits for it.
 */
public final class ModuleCache {
    private static final Map<WasmEngine, ModuleCache> SHARED = new WeakHashMap<>();

    private final WasmEngine engine;
    private final ConcurrentMap<ContentHash, FutureTask<PreparedModule>> underWay = new ConcurrentHashMap<>();
    private final ConcurrentMap<ContentHash, SoftReference<PreparedModule>> modules = new ConcurrentHashMap<>();

    /**
     * Makes a cache that knows no module yet.
     *
     * @param engine to compile with.
     */
    public ModuleCache(final WasmEngine engine) {
        this.engine = engine;
    }

    /**
     * {@return the cache that all guests of this JVM share unless told otherwise}
     *
     * @param engine to compile with.
     */
    public static ModuleCache shared(final WasmEngine engine) {
        synchronized (SHARED) {
            return SHARED.computeIfAbsent(engine, ModuleCache::new);
        }
    }

    /** {@return the engine} */
    public WasmEngine engine() {
        return engine;
    }

    /**
     * Gives the module with a hash, if it was compiled and is still kept.
     *
     * @param hash of the module.
     * @return the module, or null.
     */
    public PreparedModule prepared(final ContentHash hash) {
        final SoftReference<PreparedModule> kept = modules.get(hash);
        return kept == null ? null : kept.get();
    }

    /**
     * Compiles a module, unless it was.
     *
     * @param name of the module, for messages.
     * @param hash of the module.
     * @param bytes of the module; the caller has checked the hash.
     * @return the compiled module.
     * @throws dev.lockstep.engine.LinkException if the bytes are not a dynamic library, or the engine refuses it; not
     *     remembered.
     */
    public PreparedModule prepare(final String name, final ContentHash hash, final byte[] bytes) {
        final PreparedModule kept = prepared(hash);
        if (kept != null) {
            return kept;
        }
        final FutureTask<PreparedModule> mine = new FutureTask<>(() -> compile(name, hash, bytes));
        final FutureTask<PreparedModule> other = underWay.putIfAbsent(hash, mine);
        if (other != null) {
            return result(hash, other);
        }
        try {
            mine.run();
            return result(hash, mine);
        } finally {
            underWay.remove(hash, mine);
        }
    }

    /** Looks again: somebody may have compiled it between the look before and the task's becoming known. */
    private PreparedModule compile(final String name, final ContentHash hash, final byte[] bytes) {
        final PreparedModule kept = prepared(hash);
        if (kept != null) {
            return kept;
        }
        final PreparedModule prepared = PreparedModule.prepare(engine, name, hash, bytes);
        modules.put(hash, new SoftReference<>(prepared));
        return prepared;
    }

    private static PreparedModule result(final ContentHash hash, final FutureTask<PreparedModule> task) {
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
