package dev.lockstep.cli.demo;

import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.loader.GuestOptions;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.ModuleCache;
import dev.lockstep.engine.loader.ModuleSource;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A WebAssembly program that the demonstration can run: a main module, and a side module for each language. Immutable. */
interface DemoProgram {
    /**
     * Finds the program that a plan names.
     *
     * @param own whether it is the one of our own, not the real one.
     * @param modules directory of its modules.
     * @return the program.
     * @throws NoSuchFileException if the main module is not in there; the message says what to do.
     */
    static DemoProgram in(final boolean own, final Path modules) throws NoSuchFileException {
        return own ? Scanners.in(modules) : new TreeSitter(DemoModules.in(modules));
    }

    /** {@return directory of the modules} */
    Path directory();

    /** {@return file of the main module} */
    Path main();

    /**
     * {@return file of a language's module}
     *
     * @param language of the module.
     */
    Path module(Language language);

    /**
     * {@return name of the function that a language's module is used by}
     *
     * @param language of the module.
     */
    String function(Language language);

    /**
     * Checks that a language's module is there.
     *
     * @param language of the module.
     * @throws NoSuchFileException if it is not; the message says what to do.
     */
    void require(Language language) throws NoSuchFileException;

    /** {@return number of the shared mutex under which groups run it, or {@code UniverseLinker.PARALLEL}} */
    int guestMutex();

    /** {@return a group's side of it, fresh} */
    DemoGuest newGuest();

    /**
     * {@return name of a language's module, for messages}
     *
     * @param language of the module.
     */
    default String moduleName(final Language language) {
        final String file = module(language).getFileName().toString();
        return file.substring(0, file.lastIndexOf('.'));
    }

    /**
     * Compiles the main module and opens the linear memory.
     *
     * @param universe directory of the universe, or of a run that has none; must exist.
     * @return what all groups of this JVM share; to be closed.
     * @throws IOException if a file can't be read or written.
     */
    default GuestProcess open(final Path universe) throws IOException {
        return GuestProcess.open(
                universe,
                ModuleSource.of(main()),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                GuestOptions.defaults()
                        .withThreads(DemoPlan.MAX_GROUPS, LinearMemoryPlan.DEFAULT_STACK_BYTES)
                        .withSearch(ModuleSearch.of(List.of(directory()))));
    }
}
