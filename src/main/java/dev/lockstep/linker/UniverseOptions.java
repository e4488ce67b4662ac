package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.region.SharedBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
    private static final UniverseOptions DEFAULTS = new UniverseOptions(
            new DefaultWaiting(),
            new LoggingListener(),
            TimeUnit.MILLISECONDS.toNanos(10),
            TimeUnit.SECONDS.toNanos(1),
            0,
            new Untouched<>(),
            new Untouched<>());

    // Classes and no lambdas, as in all that attaching runs through: each lambda would be made at that moment.

    private static final class DefaultWaiting implements Supplier<IdleStrategy> {
        @Override
        public IdleStrategy get() {
            return defaultIdleStrategy();
        }
    }

    private static final class Untouched<T> implements UnaryOperator<T> {
        @Override
        public T apply(final T memory) {
            return memory;
        }
    }

    private final Supplier<IdleStrategy> idleStrategy;
    private final UniverseListener listener;
    private final long monitorIntervalNanos;
    private final long stallAfterNanos;
    private final long evictAfterNanos;
    private final UnaryOperator<SharedBuffer> buffer;
    private final UnaryOperator<Journal> journal;

    private UniverseOptions(
            final Supplier<IdleStrategy> idleStrategy,
            final UniverseListener listener,
            final long monitorIntervalNanos,
            final long stallAfterNanos,
            final long evictAfterNanos,
            final UnaryOperator<SharedBuffer> buffer,
            final UnaryOperator<Journal> journal) {
        this.idleStrategy = Objects.requireNonNull(idleStrategy, "idleStrategy");
        this.listener = Objects.requireNonNull(listener, "listener");
        this.monitorIntervalNanos = monitorIntervalNanos;
        this.stallAfterNanos = stallAfterNanos;
        this.evictAfterNanos = evictAfterNanos;
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        this.journal = Objects.requireNonNull(journal, "journal");
    }

    /**
     * {@return the defaults: {@link #defaultIdleStrategy()}; a listener that logs; the monitor looks every 10 ms; stalls
     * are reported after a second; nobody is evicted}
     */
    public static UniverseOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return the default way of waiting: spin, yield, then sleep for a millisecond at a time until whoever changes what is
     * waited for wakes} Where that is not to be had, which is before JDK 22, without {@code --enable-native-access} and on a
     * virtual thread, it parks in place of sleeping, for 20 µs to 1 ms, and only threads of the same JVM wake it.
     */
    public static IdleStrategy defaultIdleStrategy() {
        return new DefaultIdleStrategy();
    }

    /**
     * {@return these options with another way of waiting}
     *
     * @param strategy makes one for each group; it is to return within a millisecond or so, since whoever waits for
     *     another JVM finds changes by looking again: others wake it if it is parked and of their JVM.
     */
    public UniverseOptions idleStrategy(final Supplier<IdleStrategy> strategy) {
        return new UniverseOptions(
                strategy, listener, monitorIntervalNanos, stallAfterNanos, evictAfterNanos, buffer, journal);
    }

    /**
     * {@return these options with somebody else who is told of stalls, evictions, deaths and lost locks}
     *
     * @param told by the monitor, on its thread.
     */
    public UniverseOptions listener(final UniverseListener told) {
        return new UniverseOptions(
                idleStrategy, told, monitorIntervalNanos, stallAfterNanos, evictAfterNanos, buffer, journal);
    }

    /**
     * {@return these options with another interval of the monitor: a daemon thread that looks for dead processes, for
     * groups of this JVM whose thread has ended, and for stalls} Those who wait for a lock or an operation look for dead
     * processes by themselves, every two milliseconds; the monitor finds the deaths that nobody waits for. The times in
     * {@link StallReport} and {@link UniverseSnapshot} are as coarse as the interval.
     *
     * @param interval between two looks, from a millisecond to a minute.
     */
    public UniverseOptions monitorInterval(final Duration interval) {
        return new UniverseOptions(
                idleStrategy,
                listener,
                nanos("monitorInterval", interval, Duration.ofMillis(1), Duration.ofMinutes(1)),
                stallAfterNanos,
                evictAfterNanos,
                buffer,
                journal);
    }

    /**
     * {@return these options with another time after which a live group that others wait for is reported}
     *
     * @param time from 10 ms to an hour.
     */
    public UniverseOptions stallAfter(final Duration time) {
        return new UniverseOptions(
                idleStrategy,
                listener,
                monitorIntervalNanos,
                nanos("stallAfter", time, Duration.ofMillis(10), Duration.ofHours(1)),
                evictAfterNanos,
                buffer,
                journal);
    }

    /**
     * {@return these options with eviction: a running group, of whatever JVM, that does not come to an operation of this
     * JVM's for so long, and holds nothing, is no longer waited for, by nobody} Its replica misses operations from then on
     * while its thread may run guest code until its next call, which throws {@link GroupEvictedException}; its slot stays
     * taken until then, or until its process has died. To be chosen if going on matters more than that.
     *
     * @param time from 10 ms to an hour.
     */
    public UniverseOptions evictAfter(final Duration time) {
        return new UniverseOptions(
                idleStrategy,
                listener,
                monitorIntervalNanos,
                stallAfterNanos,
                nanos("evictAfter", time, Duration.ofMillis(10), Duration.ofHours(1)),
                buffer,
                journal);
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
                idleStrategy, listener, monitorIntervalNanos, stallAfterNanos, evictAfterNanos, buffer, journal);
    }

    private static long nanos(final String option, final Duration value, final Duration least, final Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    option + " out of range: value=" + value + ", choose from " + least + " to " + most);
        }
        return value.toNanos();
    }

    Supplier<IdleStrategy> idleStrategy() {
        return idleStrategy;
    }

    UniverseListener listener() {
        return listener;
    }

    long monitorIntervalNanos() {
        return monitorIntervalNanos;
    }

    long stallAfterNanos() {
        return stallAfterNanos;
    }

    long evictAfterNanos() {
        return evictAfterNanos;
    }

    SharedBuffer instrumented(final SharedBuffer mapped) {
        return Objects.requireNonNull(buffer.apply(mapped), "instrumented buffer");
    }

    Journal instrumented(final Journal mapped) {
        return Objects.requireNonNull(journal.apply(mapped), "instrumented journal");
    }
}
