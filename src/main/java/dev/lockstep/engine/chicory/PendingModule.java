package dev.lockstep.engine.chicory;

import com.dylibso.chicory.wasm.ChicoryException;
import dev.lockstep.engine.LinkException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A module that was read and compiled but not yet loaded.
 *
 * @param name under which it is looked up.
 * @param path that it was read from.
 * @param compiled form of it.
 */
record PendingModule(String name, Path path, CompiledModule compiled) {
    /** {@return the name of the module in a file} */
    static String nameOf(final Path file) {
        return file.getFileName().toString();
    }

    /**
     * Reads, stores and compiles a module and what it needs. Takes no lock of the linker's.
     *
     * @param engine to compile with.
     * @param file of the module; what it needs is looked for beside it.
     * @param loaded tells by name what need not be read.
     * @return the modules, each after what it needs; empty if the module is loaded.
     */
    static List<PendingModule> collect(final ChicoryEngine engine, final Path file, final Predicate<String> loaded)
            throws IOException {
        final Map<String, PendingModule> found = new LinkedHashMap<>();
        collect(engine, file, loaded, found, new ArrayList<>());
        return List.copyOf(found.values());
    }

    private static void collect(
            final ChicoryEngine engine,
            final Path file,
            final Predicate<String> loaded,
            final Map<String, PendingModule> found,
            final List<String> path)
            throws IOException {
        final String name = nameOf(file);
        if (loaded.test(name) || found.containsKey(name)) {
            return;
        }
        if (path.contains(name)) {
            throw new LinkException("modules need each other: modules=" + path + " module=" + name);
        }
        path.add(name);
        final CompiledModule compiled = compile(engine, file);
        for (final String needed : compiled.dylink().needed()) {
            collect(engine, file.resolveSibling(needed), loaded, found, path);
        }
        path.remove(name);
        found.put(name, new PendingModule(name, file, compiled));
    }

    private static CompiledModule compile(final ChicoryEngine engine, final Path file) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        try {
            return engine.add(bytes);
        } catch (final ChicoryException e) {
            throw new LinkException("engine refuses the module: module=" + file + " reason=" + e.getMessage(), e);
        }
    }
}
