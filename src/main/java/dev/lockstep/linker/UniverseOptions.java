package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.region.SharedBuffer;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * How this JVM takes part in a universe: what is its own affair and not written into the files.
 *
 * <p>A JVM has one attachment to a universe; the options of whoever opened it first hold, but for the idle strategy,
 * which is each opener's own.
 *
 * <p>Immutable: every method returns new options.
 */
public final class UniverseOptions {
    private static final long MAX_SPINS = 64;
    private static final long MAX_YIELDS = 256;
    private static final long MIN_PARK_NANOS = 20_000;
    private static final long MAX_PARK_NANOS = 1_000_000;

    private static final UniverseOptions DEFAULTS =
            new UniverseOptions(UniverseOptions::defaultIdleStrategy, buffer -> buffer, journal -> journal);

    private final Supplier<IdleStrategy> idleStrategy;
    private final UnaryOperator<SharedBuffer> buffer;
    private final UnaryOperator<Journal> journal;

    private UniverseOptions(
            final Supplier<IdleStrategy> idleStrategy,
            final UnaryOperator<SharedBuffer> buffer,
            final UnaryOperator<Journal> journal) {
        this.idleStrategy = idleStrategy;
        this.buffer = buffer;
        this.journal = journal;
    }

    /** {@return options that change nothing} */
    public static UniverseOptions defaults() {
        return DEFAULTS;
    }

    /** {@return the default way of waiting: spin, yield, then park for 20 µs to 1 ms} */
    public static IdleStrategy defaultIdleStrategy() {
        return new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NANOS, MAX_PARK_NANOS);
    }

    /**
     * {@return these options with another way of waiting}
     *
     * @param strategy makes one for each group; it is to return within a millisecond or so, since whoever waits for
     *     another JVM finds changes by looking again.
     */
    public UniverseOptions idleStrategy(final Supplier<IdleStrategy> strategy) {
        return new UniverseOptions(Objects.requireNonNull(strategy, "strategy"), buffer, journal);
    }

    /**
     * {@return these options with something between the library and its memory: for instruments and fault injection}
     * Every access to {@code linker.dat} and to the journal goes through what these return, and costs what they cost.
     *
     * @param buffer gets the mapped buffer, and returns what is used in its place.
     * @param journal gets the journal, and returns what is used in its place; closing it closes the one it got.
     */
    public UniverseOptions instrument(final UnaryOperator<SharedBuffer> buffer, final UnaryOperator<Journal> journal) {
        return new UniverseOptions(
                idleStrategy, Objects.requireNonNull(buffer, "buffer"), Objects.requireNonNull(journal, "journal"));
    }

    Supplier<IdleStrategy> idleStrategy() {
        return idleStrategy;
    }

    SharedBuffer instrumented(final SharedBuffer mapped) {
        return Objects.requireNonNull(buffer.apply(mapped), "instrumented buffer");
    }

    Journal instrumented(final Journal mapped) {
        return Objects.requireNonNull(journal.apply(mapped), "instrumented journal");
    }
}
