package dev.lockstep.cli.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The topology lease with eight contenders on eight threads of one JVM, see {@link Contention}: the 99.9th percentile of the
 * time from asking to having it, against the origin's lease on the heap ({@link HeapLinker}: try loop, backoff). All
 * contenders' waits count, in a closed loop. A lock that lets one thread take it over and over would hide the others' waits
 * among that one's many short ones, so each contender yields after it has given the lock back. Beside them the JDK's fair mutex, for throughput.
 */
final class LeaseContenders implements Measurement {
    private static final String BASELINE = "heap_linker";
    private static final String JDK = "fair";
    private static final String LEASE = "lease";
    private static final String THROUGHPUT = ".throughput";
    private static final String OVERTAKEN = ".overtaken";
    private static final String MOST_OVERTAKEN = ".most_overtaken";
    private static final int CONTENDERS = 8;
    private static final int GOAL_OVERTAKEN = 8;
    private static final double GOAL = 0.2;

    @Override
    public String name() {
        return "lease_8_contenders_p999";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inOne(this);
        final double rate = results.get(LEASE + THROUGHPUT);
        final double fair = results.get(JDK + THROUGHPUT);
        final double overtaken = results.get(Percentile.P999.of(LEASE + OVERTAKEN));
        final Row row = Row.ratio(
                        name(),
                        results.micros(LEASE, Percentile.P999),
                        "us",
                        BASELINE,
                        results.micros(BASELINE, Percentile.P999),
                        GOAL)
                .require(
                        Numbers.text("throughput at least a fair ReentrantLock's: %s/s to %s/s", rate, fair),
                        rate >= fair)
                .require(
                        "waiter overtaken at most 8 times, p99.9: " + (long) overtaken + " times",
                        overtaken <= GOAL_OVERTAKEN)
                .remark("most often overtaken " + (long) results.get(LEASE + MOST_OVERTAKEN)
                        + " times, a contender that" + " lost its processor between counting and asking included")
                .remark(waits("lease", LEASE, results))
                .remark(waits("heap baseline", BASELINE, results)
                        + Numbers.text(", throughput %s/s", results.get(BASELINE + THROUGHPUT)))
                .remark(waits("fair ReentrantLock", JDK, results));
        return results.warnOfFew(row, LEASE, BASELINE, JDK);
    }

    private static String waits(final String who, final String name, final Results results) {
        return who
                + Numbers.text(
                        " waits p50 %s us, p99 %s us, p99.9 %s us",
                        results.micros(name, Percentile.P50),
                        results.micros(name, Percentile.P99),
                        results.micros(name, Percentile.P999));
    }

    @Override
    public void work(final Work work) throws Exception {
        final Map<String, Contended.Factory> locks = new LinkedHashMap<>();
        locks.put(LEASE, segment -> Contended.lease(work.directory().resolve("segment-" + segment)));
        locks.put(BASELINE, segment -> Contended.heapLease());
        locks.put(JDK, segment -> Contended.fairLock());
        final Map<String, Contention> contentions = new LinkedHashMap<>();
        locks.keySet().forEach(name -> contentions.put(name, new Contention(CONTENDERS)));
        final Segments segments = new Segments(work.plan());
        for (int i = 0; i < segments.count(); i++) {
            for (final Map.Entry<String, Contended.Factory> entry : locks.entrySet()) {
                try (Contended lock = entry.getValue().create(i)) {
                    contentions.get(entry.getKey()).contend(lock, segments, i);
                }
            }
        }
        contentions.forEach((name, contention) -> {
            work.report(name, contention.waits());
            work.report(name + THROUGHPUT, contention.throughput());
            work.report(name + OVERTAKEN, contention.overtaken());
            work.report(name + MOST_OVERTAKEN, contention.overtaken().getMaxValue());
        });
    }
}
