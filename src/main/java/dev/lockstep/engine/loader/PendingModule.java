package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.Located;
import dev.lockstep.engine.Requirer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A module that was found, read and compiled but not yet loaded.
 *
 * @param name under which it is looked up.
 * @param path that it was read from; null if it came as bytes.
 * @param prepared form of it.
 * @param request by which it was asked for.
 */
record PendingModule(String name, Path path, PreparedModule prepared, Request request) {
    /** How a module was asked for: that decides what counts as the same one. */
    enum Request {
        /** By a name without directories: whatever goes by that name is the one. */
        NAME,

        /** By a path: another file of that name is another module. */
        PATH,

        /** As bytes: other bytes of that name are a mistake. */
        BYTES
    }

    /** {@return the last part of a name with directories} */
    static String shortName(final String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /** {@return the path as it is recorded} */
    String pathText() {
        return path == null ? "" : path.toString();
    }

    /**
     * Reads, stores and compiles a module and what it needs. Takes no lock of the linker's.
     *
     * @param process to compile with.
     * @param source of the module.
     * @param request how it was asked for.
     * @param loaded tells by name what need not be read again for a module that needs it.
     * @return the modules, each after what it needs unless they need each other.
     */
    static List<PendingModule> collect(
            final GuestProcess process,
            final ModuleSource source,
            final Request request,
            final Predicate<String> loaded)
            throws IOException {
        final Collection collection = new Collection(process, loaded);
        collection.add(source, request);
        return List.copyOf(collection.found.values());
    }

    /** Collects what a module that is there already needs. */
    static List<PendingModule> collectNeeded(
            final GuestProcess process, final PendingModule module, final Predicate<String> loaded) throws IOException {
        final Collection collection = new Collection(process, loaded);
        collection.addNeeded(module);
        return List.copyOf(collection.found.values());
    }

    /** Goes through what modules need, depth first; a module that is met again on the way is not gone into again. */
    private static final class Collection {
        private final GuestProcess process;
        private final Predicate<String> loaded;
        private final Map<String, PendingModule> found = new LinkedHashMap<>();
        private final Set<String> begun = new HashSet<>();

        Collection(final GuestProcess process, final Predicate<String> loaded) {
            this.process = process;
            this.loaded = loaded;
        }

        void add(final ModuleSource source, final Request request) throws IOException {
            begun.add(source.name());
            final PreparedModule prepared = process.add(source.toString(), read(source));
            final PendingModule module = new PendingModule(source.name(), source.path(), prepared, request);
            addNeeded(module);
            found.put(source.name(), module);
        }

        void addNeeded(final PendingModule module) throws IOException {
            for (final String needed : module.prepared().dylink().needed()) {
                final String name = shortName(needed);
                if (!begun.contains(name) && !loaded.test(name)) {
                    add(locate(process, needed, module), Request.NAME);
                }
            }
        }

        private static byte[] read(final ModuleSource source) throws IOException {
            try {
                return source.read();
            } catch (final IOException e) {
                throw LinkException.of(LinkError.SHARED_LIBRARY_MISSING, "module can't be read")
                        .module(source.toString())
                        .cause(e)
                        .build();
            }
        }
    }

    /**
     * Looks for a module.
     *
     * @param process whose search path counts.
     * @param name of the module.
     * @param requirer that needs it, or null.
     * @return where it is; known by the name's last part.
     * @throws LinkException if it is nowhere.
     */
    static ModuleSource locate(final GuestProcess process, final String name, final PendingModule requirer) {
        final Located located = process.options()
                .search()
                .locate(
                        name,
                        requirer == null
                                ? Requirer.NONE
                                : new Requirer(
                                        requirer.path(),
                                        requirer.prepared().dylink().runtimePath()));
        if (!located.isFound()) {
            throw LinkException.of(LinkError.SHARED_LIBRARY_MISSING, "module not found")
                    .module(requirer == null ? name : requirer.name())
                    .symbol(name)
                    .with("tried", located.tried())
                    .build();
        }
        return ModuleSource.of(shortName(name), located.path());
    }
}
