package dev.lockstep.engine;

import static org.agrona.BitUtil.align;

/**
 * Who has which part of the linear memory. Chosen when the universe's memory is made and written into its header, so
 * that every group of every process gives its main module the same numbers.
 *
 * <pre>
 *  +--------------------+ 0
 *  | never used         |   so that null points at nothing
 *  +--------------------+ mainBase
 *  | main module's data |
 *  +--------------------+ stackLow
 *  | stacks             |   one a thread, each grows downward; thread 0 has the lowest
 *  +--------------------+ modulesBase      multiple of 64 KiB
 *  | side modules' data |   handed out by the linker
 *  +--------------------+ heapBase         multiple of 64 KiB
 *  | guest's heap       |   handed out by the guest's own allocator
 *  +--------------------+ initialLength    grows up to maximumLength
 * </pre>
 *
 * <p>The heap lies above the modules, because an Emscripten-style {@code sbrk} takes everything between
 * {@code __heap_base} and the end of memory for its own.
 *
 * @param mainBase first byte of the main module's data.
 * @param stackLow lowest byte of the stacks.
 * @param stackHigh first byte above the stacks.
 * @param modulesBase first byte that the linker may hand out.
 * @param heapBase first byte of the guest's heap.
 * @param initialLength bytes that the memory has at first; a multiple of 64 KiB.
 * @param maximumLength bytes that it may grow to; a multiple of 64 KiB.
 * @param stackBytes of each stack.
 */
public record LinearMemoryPlan(
        long mainBase,
        long stackLow,
        long stackHigh,
        long modulesBase,
        long heapBase,
        long initialLength,
        long maximumLength,
        long stackBytes) {
    /** Bytes of a WebAssembly page. */
    public static final int PAGE = 1 << 16;

    /** Pages that a memory may have: what one mapping of a Java byte buffer holds. */
    public static final int MAX_PAGES = 32767;

    /** Bytes for the modules' data unless asked for otherwise. */
    public static final long DEFAULT_MODULE_BYTES = 24L << 20;

    /** Bytes that a memory may grow to unless asked for otherwise. */
    public static final long DEFAULT_MAXIMUM_LENGTH = 512L << 20;

    /** Groups that can run the guest at a time unless asked for otherwise. */
    public static final int DEFAULT_THREADS = 64;

    /** Bytes of a stack unless asked for otherwise. */
    public static final int DEFAULT_STACK_BYTES = 64 << 10;

    private static final long LEAST_MAIN_BASE = 1024;
    private static final long STACK_ALIGNMENT = 16;

    /** Checks that the parts are in order and aligned. */
    public LinearMemoryPlan {
        if (mainBase <= 0
                || stackLow < mainBase
                || stackHigh <= stackLow
                || modulesBase < stackHigh
                || heapBase < modulesBase
                || initialLength < heapBase
                || maximumLength < initialLength
                || maximumLength > (long) MAX_PAGES * PAGE
                || stackBytes <= 0
                || (stackHigh - stackLow) % stackBytes != 0) {
            throw new IllegalArgumentException("parts of linear memory out of order: mainBase=" + mainBase
                    + " stackLow=" + stackLow + " stackHigh=" + stackHigh + " modulesBase=" + modulesBase
                    + " heapBase=" + heapBase + " initialLength=" + initialLength + " maximumLength="
                    + maximumLength + " stackBytes=" + stackBytes);
        }
        if (stackHigh % STACK_ALIGNMENT != 0
                || stackBytes % STACK_ALIGNMENT != 0
                || modulesBase % PAGE != 0
                || heapBase % PAGE != 0
                || initialLength % PAGE != 0
                || maximumLength % PAGE != 0) {
            throw new IllegalArgumentException("parts of linear memory not aligned: stackHigh=" + stackHigh
                    + " modulesBase=" + modulesBase + " heapBase=" + heapBase + " initialLength=" + initialLength
                    + " maximumLength=" + maximumLength);
        }
    }

    /**
     * Plans the memory of a main module.
     *
     * @param mainBytes that the main module's data takes.
     * @param mainAlignment of that data.
     * @param leastPages that the main module asks for.
     * @param threads that are to have a stack.
     * @param stackBytes of each stack.
     * @param moduleBytes for the data of side modules.
     * @param maximumLength that the memory may grow to, in bytes.
     * @return the plan.
     * @throws IllegalArgumentException if that does not fit.
     */
    public static LinearMemoryPlan forMain(
            final long mainBytes,
            final long mainAlignment,
            final long leastPages,
            final int threads,
            final int stackBytes,
            final long moduleBytes,
            final long maximumLength) {
        final long mainBase = align(LEAST_MAIN_BASE, mainAlignment);
        final long stackLow = align(mainBase + mainBytes, STACK_ALIGNMENT);
        final long stackHigh = stackLow + (long) threads * stackBytes;
        final long modulesBase = align(stackHigh, PAGE);
        final long heapBase = align(modulesBase + moduleBytes, PAGE);
        final long initialLength = Math.max(leastPages * PAGE, heapBase + PAGE);
        return new LinearMemoryPlan(
                mainBase,
                stackLow,
                stackHigh,
                modulesBase,
                heapBase,
                initialLength,
                maximumLength / PAGE * PAGE,
                stackBytes);
    }

    /** {@return number of stacks: groups that can run the guest at a time} */
    public int threads() {
        return (int) ((stackHigh - stackLow) / stackBytes);
    }

    /**
     * {@return lowest byte of a thread's stack}
     *
     * @param thread from 0.
     */
    public long stackLow(final int thread) {
        return stackLow + thread * stackBytes;
    }

    /**
     * {@return first byte above a thread's stack: where its stack pointer begins}
     *
     * @param thread from 0.
     */
    public long stackHigh(final int thread) {
        return stackLow + (thread + 1) * stackBytes;
    }
}
