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
 *  | stack              |   grows downward from stackHigh
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
 * @param stackLow lowest byte of the stack.
 * @param stackHigh first byte above the stack: where the stack pointer begins.
 * @param modulesBase first byte that the linker may hand out.
 * @param heapBase first byte of the guest's heap.
 * @param initialLength bytes that the memory has at first; a multiple of 64 KiB.
 * @param maximumLength bytes that it may grow to; a multiple of 64 KiB.
 */
public record LinearMemoryPlan(
        long mainBase,
        long stackLow,
        long stackHigh,
        long modulesBase,
        long heapBase,
        long initialLength,
        long maximumLength) {
    /** Bytes of a WebAssembly page. */
    public static final int PAGE = 1 << 16;

    /** Pages that a memory may have: what one mapping of a Java byte buffer holds. */
    public static final int MAX_PAGES = 32767;

    /** Bytes for the modules' data unless asked for otherwise. */
    public static final long DEFAULT_MODULE_BYTES = 24L << 20;

    /** Bytes that a memory may grow to unless asked for otherwise. */
    public static final long DEFAULT_MAXIMUM_LENGTH = 512L << 20;

    private static final long LEAST_MAIN_BASE = 1024;
    private static final long STACK_BYTES = 64 << 10;
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
                || maximumLength > (long) MAX_PAGES * PAGE) {
            throw new IllegalArgumentException("parts of linear memory out of order: mainBase=" + mainBase
                    + " stackLow=" + stackLow + " stackHigh=" + stackHigh + " modulesBase=" + modulesBase
                    + " heapBase=" + heapBase + " initialLength=" + initialLength + " maximumLength="
                    + maximumLength);
        }
        if (stackHigh % STACK_ALIGNMENT != 0
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
     * Plans the memory of a main module with the default sizes.
     *
     * @param main the main module's description.
     * @param leastPages that the main module asks for.
     * @return the plan.
     */
    public static LinearMemoryPlan forMain(final DylinkSection main, final int leastPages) {
        return forMain(main, leastPages, DEFAULT_MODULE_BYTES, DEFAULT_MAXIMUM_LENGTH);
    }

    /**
     * Plans the memory of a main module.
     *
     * @param main the main module's description.
     * @param leastPages that the main module asks for.
     * @param moduleBytes for the data of side modules.
     * @param maximumLength that the memory may grow to, in bytes.
     * @return the plan.
     */
    public static LinearMemoryPlan forMain(
            final DylinkSection main, final int leastPages, final long moduleBytes, final long maximumLength) {
        final long mainBase = align(LEAST_MAIN_BASE, (long) main.memoryAlignment());
        final long stackLow = align(mainBase + main.memorySize(), STACK_ALIGNMENT);
        final long stackHigh = stackLow + STACK_BYTES;
        final long modulesBase = align(stackHigh, PAGE);
        final long heapBase = align(modulesBase + moduleBytes, PAGE);
        final long initialLength = Math.max((long) leastPages * PAGE, heapBase + PAGE);
        return new LinearMemoryPlan(
                mainBase, stackLow, stackHigh, modulesBase, heapBase, initialLength, align(maximumLength, PAGE));
    }
}
