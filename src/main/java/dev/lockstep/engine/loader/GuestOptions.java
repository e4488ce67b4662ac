package dev.lockstep.engine.loader;

import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.ModuleSearch;
import java.util.List;
import java.util.Objects;

/**
 * How a guest is to be run. What concerns the linear memory counts for who makes it: the others take what is there.
 *
 * @param search where modules are looked for.
 * @param threads groups that can run the guest at a time: each has a stack, and a block of every module's thread-local data.
 * @param stackBytes of each stack; a multiple of 16.
 * @param moduleBytes of linear memory for the data of side modules.
 * @param maximumLength that the linear memory may grow to, in bytes.
 * @param lazy whether a function of {@code env} that nobody has yet is looked for when it is first called; if not, the module
 *     is refused.
 */
public record GuestOptions(
        ModuleSearch search, int threads, int stackBytes, long moduleBytes, long maximumLength, boolean lazy) {
    private static final GuestOptions DEFAULTS = new GuestOptions(
            ModuleSearch.of(List.of()),
            LinearMemoryPlan.DEFAULT_THREADS,
            LinearMemoryPlan.DEFAULT_STACK_BYTES,
            LinearMemoryPlan.DEFAULT_MODULE_BYTES,
            LinearMemoryPlan.DEFAULT_MAXIMUM_LENGTH,
            true);

    /** Checks the numbers. */
    public GuestOptions {
        Objects.requireNonNull(search, "search");
        if (threads < 1 || stackBytes < 1024 || stackBytes % 16 != 0 || moduleBytes < 0 || maximumLength < 0) {
            throw new IllegalArgumentException("not options for a guest: threads=" + threads + " stackBytes="
                    + stackBytes + " moduleBytes=" + moduleBytes + " maximumLength=" + maximumLength);
        }
    }

    /** {@return 64 threads with stacks of 64 KiB, 24 MiB for modules, 512 MiB at most, lazy, no directories to search} */
    public static GuestOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return the same, but for where modules are looked for}
     *
     * @param where to look.
     */
    public GuestOptions withSearch(final ModuleSearch where) {
        return new GuestOptions(where, threads, stackBytes, moduleBytes, maximumLength, lazy);
    }

    /**
     * {@return the same, but for the stacks}
     *
     * @param number of groups that can run the guest at a time.
     * @param bytes of each stack.
     */
    public GuestOptions withThreads(final int number, final int bytes) {
        return new GuestOptions(search, number, bytes, moduleBytes, maximumLength, lazy);
    }

    /**
     * {@return the same, but for the linear memory}
     *
     * @param forModules bytes for the data of side modules.
     * @param atMost bytes that the memory may grow to.
     */
    public GuestOptions withMemory(final long forModules, final long atMost) {
        return new GuestOptions(search, threads, stackBytes, forModules, atMost, lazy);
    }

    /** {@return the same, but a module is refused if a function that it imports is not there} */
    public GuestOptions bindingNow() {
        return new GuestOptions(search, threads, stackBytes, moduleBytes, maximumLength, false);
    }
}
