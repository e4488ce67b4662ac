package dev.lockstep.cli.bench;

import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** Something that two JVMs do together and time, see {@link BetweenWorker}. Each has an object of its own; for one thread. */
interface Part {
    /** {@return what it is called, behind its contestant's name} */
    String name();

    /** {@return how many of the histogram's units are a nanosecond} */
    default double unitsInNano() {
        return 1;
    }

    /** Makes this JVM take part: others may have to wait for it from now on. */
    default void enter() {}

    /** Nobody has to wait for it from now on. */
    default void leave() {}

    /**
     * The first JVM, when the second has entered: does it until a time, once at the least.
     *
     * @param until by {@link System#nanoTime}.
     * @param times where it records.
     */
    void lead(long until, Histogram times) throws Exception;

    /**
     * The second JVM.
     *
     * @param going whether the first one is still at it.
     * @param times where it records, if it times anything.
     */
    void follow(BooleanSupplier going, Histogram times) throws Exception;

    /** The first JVM, when both have left for the last time: throws if what was done together does not add up. */
    default void check() {}
}
