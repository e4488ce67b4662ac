package dev.lockstep.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What {@link GuestMemoryBenchmark} runs, by the processor time of the thread: for a machine that does other things too. Prints the
 * best of many batches. One memory and one piece of guest code a JVM.
 *
 * <pre>java … dev.lockstep.bench.GuestMemoryTime arrays|buffers|file sum|store|…</pre>
 */
public final class GuestMemoryTime {
    private static final long MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(1200);
    private static final long BATCH_STEPS = 1_000_000;

    private GuestMemoryTime() {}

    /**
     * Measures.
     *
     * @param args memory and guest code.
     * @throws IOException if the file cannot be made.
     */
    public static void main(final String[] args) throws IOException {
        final GuestMemoryBenchmark guest = new GuestMemoryBenchmark();
        guest.memory = args[0];
        guest.instantiate();
        final Map<String, LongSupplier> codes = new LinkedHashMap<>();
        codes.put("sum", guest::sum);
        codes.put("store", guest::store);
        codes.put("copy", guest::copy);
        codes.put("histogram", guest::histogram);
        codes.put("chase", guest::chase);
        codes.put("unaligned", guest::unaligned);
        codes.put("sort", guest::sort);
        codes.put("add", guest::add);
        final LongSupplier code = codes.get(args[1]);
        if (code == null) {
            throw new IllegalArgumentException(
                    "no such guest code: name=" + args[1] + ", choose one of " + codes.keySet());
        }
        final int steps = args[1].equals("sort") ? GuestMemoryBenchmark.MOVES : GuestMemoryBenchmark.STEPS;
        System.out.printf("%-10s %-8s %6.2f ns a step%n", args[1], args[0], best(code, steps));
        guest.close();
    }

    private static double best(final LongSupplier code, final int steps) {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final int calls = (int) Math.max(1, BATCH_STEPS / steps);
        final long begun = threads.getCurrentThreadCpuTime();
        double best = Double.MAX_VALUE;
        long sink = 0;
        long now = begun;
        while (now - begun < MEASURED_NANOS) {
            for (int i = 0; i < calls; i++) {
                sink += code.getAsLong();
            }
            final long after = threads.getCurrentThreadCpuTime();
            best = Math.min(best, (after - now) / ((double) calls * steps));
            now = after;
        }
        if (sink == 42) {
            System.out.println("the guest's results add up to 42");
        }
        return best;
    }
}
