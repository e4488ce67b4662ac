package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.lock.Futex;
import dev.lockstep.lock.LinuxFutex;
import dev.lockstep.region.SharedBuffer;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The topology lease, asked for by a thread of one process that has slept for some milliseconds when a thread of the other
 * process gives the lease back: the time from just before that to having it, one way, by the clock that both have. Both wait
 * in the default way. A limit and no ratio; beside it, in turn, a bare futex on a word of the same two processes, which says what
 * of it is the kernel's and the machine's. The processes are not pinned: where a woken thread is put is the scheduler's choice
 * and part of the answer, and on a virtual machine it costs several times as much to wake the other processor. In longer waits, the processor time of the thread that waits, its spins and yields
 * included.
 */
final class WakeSleeping implements Measurement {
    private static final String FUTEX = "futex";
    private static final String BARE = "bare_futex";
    private static final String CPU_PERCENT = "cpu_percent";
    private static final double LIMIT_MICROS = 40;
    private static final double LIMIT_CPU_PERCENT = 6;

    private static final int KIND = SharedLine.offset(5);
    private static final int RELEASED_AT = SharedLine.offset(6);
    private static final int WORD = SharedLine.offset(7);
    private static final int COUNTED = SharedLine.offset(8);

    /** Kinds of waits. */
    private static final int END = 0;

    private static final int WARM_UP = 1;
    private static final int SHORT = 2;
    private static final int LONG = 3;
    private static final int BARE_WARM_UP = 4;
    private static final int BARE_SHORT = 5;

    /** Stages of the warm-up: each is a call or two, and code that is not compiled yet costs more than the wake. */
    private static final int LEAST_WARM_UPS = 1_500;

    private static final long WARM_UP_SLEEP_NANOS = 1_000_000;
    private static final long LEAST_SLEEP_NANOS = 3_000_000;

    /** As long as a sleep at a time, so that a release comes at any moment of it. */
    private static final int SPREAD_NANOS = 1_000_000;

    /** A wait that was shorter may not have come to sleeping: spinning and yielding take half a millisecond. */
    private static final long LEAST_WAIT_NANOS = 2_000_000;

    @Override
    public String name() {
        return "wake_sleeping";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inTwoUnpinned(this);
        final double cpu = results.get(CPU_PERCENT);
        final Row row = Row.limit(name(), results.micros(name(), Percentile.P50), "us", LIMIT_MICROS)
                .require(
                        Numbers.text("processor time while asleep %s %%, goal %s %%", cpu, LIMIT_CPU_PERCENT),
                        cpu <= LIMIT_CPU_PERCENT)
                .remark(Numbers.text(
                        "p99 %s us, of %s wakes",
                        results.micros(name(), Percentile.P99), results.get(name() + Results.COUNT)));
        final Row told = row.remark("not pinned");
        return results.get(FUTEX) > 0
                ? told.remark(Numbers.text(
                        "both sleep on a futex; a bare one in the same two processes wakes in p50 %s us",
                        results.micros(BARE, Percentile.P50)))
                : told.unjudged("needs a jdk 22 or later, and a jar built by one: measured with timed parks instead");
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory())) {
            if (work.role() == 0) {
                lead(work, line.buffer());
            } else {
                follow(work, line.buffer());
            }
        }
    }

    private static void lead(final Work work, final SharedBuffer line) throws Exception {
        final Segments segments = new Segments(work.plan());
        final Random random = new Random(1);
        final Stage stage = new Stage(line);
        final Optional<Futex> bare = bareFutex(line);
        try (BenchUniverse universe = BenchUniverse.open(work.directory(), 1)) {
            final InstanceGroup group = universe.bootstrap();
            group.enterSafeRegion();
            stage.lead(1);
            group.exitSafeRegion();
            long next = 2;
            for (int i = 0; i < segments.count(); i++) {
                final long end = segments.end(i);
                final long least = i == 0 ? WARM_UP_SLEEP_NANOS : LEAST_SLEEP_NANOS;
                do {
                    line.putLong(KIND, i == 0 ? WARM_UP : SHORT);
                    wakeByLease(group, line, stage, next, least + random.nextInt(SPREAD_NANOS));
                    next += 2;
                    if (bare.isPresent()) {
                        line.putLong(KIND, i == 0 ? BARE_WARM_UP : BARE_SHORT);
                        wake(bare.get(), line, stage, next, least + random.nextInt(SPREAD_NANOS));
                        next += 2;
                    }
                } while (System.nanoTime() - end < 0 || (i == 0 ? next < LEAST_WARM_UPS : line.getLong(COUNTED) == 0));
                line.putLong(KIND, i == 0 ? WARM_UP : LONG);
                final long nanos = segments.end(i) - System.nanoTime();
                wakeByLease(group, line, stage, next, nanos);
                next += 2;
            }
            line.putLong(KIND, END);
            stage.lead(next);
        }
    }

    /** Takes the lease, lets the other one wait for it, and gives it back. */
    private static void wakeByLease(
            final InstanceGroup group, final SharedBuffer line, final Stage stage, final long number, final long nanos)
            throws InterruptedException {
        final long grant = group.acquireTopology();
        stage.lead(number);
        TimeUnit.NANOSECONDS.sleep(nanos);
        line.putLong(RELEASED_AT, System.nanoTime());
        group.releaseTopology(grant);
        stage.lead(number + 1);
    }

    private static void wake(
            final Futex futex, final SharedBuffer line, final Stage stage, final long number, final long nanos)
            throws InterruptedException {
        stage.lead(number);
        TimeUnit.NANOSECONDS.sleep(nanos);
        line.putLong(RELEASED_AT, System.nanoTime());
        line.putLongVolatile(WORD, number);
        futex.wake(WORD);
        stage.lead(number + 1);
    }

    private void follow(final Work work, final SharedBuffer line) throws Exception {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final Histogram times = Segments.create();
        final Histogram bareTimes = Segments.create();
        final Stage stage = new Stage(line);
        final Optional<Futex> bare = bareFutex(line);
        long cpu = 0;
        long waited = 0;
        stage.follow(1);
        try (BenchUniverse universe = BenchUniverse.open(work.directory(), 1)) {
            final InstanceGroup group = universe.join();
            stage.reached(1);
            for (long next = 2; true; next += 2) {
                stage.follow(next);
                final long kind = line.getLong(KIND);
                stage.reached(next);
                if (kind == END) {
                    break;
                }
                if (kind >= BARE_WARM_UP) {
                    sleepUntil(bare.orElseThrow(), line, next);
                    if (kind == BARE_SHORT) {
                        bareTimes.recordValue(System.nanoTime() - line.getLong(RELEASED_AT));
                    }
                } else {
                    final long cpuBefore = threads.getCurrentThreadCpuTime();
                    final long asked = System.nanoTime();
                    final long grant = group.acquireTopology();
                    final long granted = System.nanoTime();
                    if (kind == LONG) {
                        cpu += threads.getCurrentThreadCpuTime() - cpuBefore;
                        waited += granted - asked;
                    } else if (kind == SHORT && granted - asked >= LEAST_WAIT_NANOS) {
                        times.recordValue(granted - line.getLong(RELEASED_AT));
                        line.putLong(COUNTED, times.getTotalCount());
                    }
                    group.releaseTopology(grant);
                }
                stage.follow(next + 1);
                stage.reached(next + 1);
            }
        }
        work.report(name(), times);
        work.report(CPU_PERCENT, 100.0 * cpu / waited);
        work.report(FUTEX, bare.isPresent() ? 1 : 0);
        if (bare.isPresent()) {
            work.report(BARE, bareTimes);
        }
    }

    private static void sleepUntil(final Futex futex, final SharedBuffer line, final long number) {
        long word = line.getLongVolatile(WORD);
        while (word != number) {
            futex.sleep(WORD, word);
            word = line.getLongVolatile(WORD);
        }
    }

    private static Optional<Futex> bareFutex(final SharedBuffer line) {
        final Optional<Futex> futex = LinuxFutex.over(line);
        futex.ifPresent(wanted -> {
            wanted.wake(WORD);
            wanted.prepare();
        });
        return futex.filter(Futex::canSleep);
    }
}
