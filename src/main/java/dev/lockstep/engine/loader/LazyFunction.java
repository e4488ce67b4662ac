package dev.lockstep.engine.loader;

import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;

/**
 * Stands in for a function that nobody had when a module was loaded that imports it. At the first call it is looked for; what is
 * found is the same in every group, and stays.
 */
final class LazyFunction implements Binding.Code {
    /** Finds the function. */
    @FunctionalInterface
    interface Resolver {
        /**
         * Finds a function, for all groups.
         *
         * @param importer handle of the module that imports it.
         * @param name of the function.
         * @return the function.
         * @throws ResolveException if nobody has it.
         */
        Found resolve(int importer, String name);
    }

    /**
     * What was found.
     *
     * @param function to call.
     * @param isFinal whether it stays that: not while its module is being initialised, which may fail.
     */
    record Found(Binding.Function function, boolean isFinal) {}

    private final GuestModule importer;
    private final String name;
    private final ExternType.Function type;
    private Resolver resolver;
    private Binding.Function target;

    LazyFunction(final GuestModule importer, final String name, final ExternType.Function type) {
        this.importer = importer;
        this.name = name;
        this.type = type;
    }

    void resolveWith(final Resolver found) {
        resolver = found;
    }

    @Override
    public long[] call(final long... arguments) {
        final Binding.Function function = target == null ? resolve() : target;
        return function.instance().call(function.function(), arguments);
    }

    private Binding.Function resolve() {
        if (resolver == null) {
            throw new ResolveException(
                    ResolveError.MISSING_EXPORT,
                    "function is called that nobody has",
                    importer.name(),
                    name,
                    type,
                    null);
        }
        final Found found = resolver.resolve(importer.handle(), name);
        final Binding.Function function = found.function();
        final ExternType.Function actual = function.instance().functionType(function.function());
        if (!actual.equals(type)) {
            throw new ResolveException(
                    ResolveError.INVALID_EXPORT_TYPE,
                    "function is called that has another type",
                    importer.name(),
                    name,
                    type,
                    actual);
        }
        if (found.isFinal()) {
            target = function;
        }
        return function;
    }
}
