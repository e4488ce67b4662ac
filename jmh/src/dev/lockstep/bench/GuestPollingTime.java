package dev.lockstep.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * What polling costs the parser, more exactly than two JVMs can tell: one JVM parses the same text with polls and without by
 * turns, and the processor time of the thread is compared, pair by pair. Prints the median of the pairs' ratios, the ratio of the
 * best two, and how often was polled.
 *
 * <pre>java … dev.lockstep.bench.GuestPollingTime [PAIRS]</pre>
 */
public final class GuestPollingTime {
    private static final int WARM_UP = 30;

    private GuestPollingTime() {}

    /**
     * Measures.
     *
     * @param args number of pairs; 100 if there is none.
     * @throws IOException if a file cannot be read or made.
     */
    public static void main(final String[] args) throws IOException {
        final int pairs = args.length == 0 ? 100 : Integer.parseInt(args[0]);
        final GuestPollingBenchmark guest = new GuestPollingBenchmark();
        guest.polling = "poll";
        guest.copies = 4;
        guest.open();
        final LongAdder polls = new LongAdder();
        guest.pollWith(polls::increment);
        guest.parse();
        final long[][] nanos = new long[2][pairs];
        for (int i = -WARM_UP; i < pairs; i++) {
            for (int turn = 0; turn < 2; turn++) {
                final int polling = i & 1 ^ turn; // neither is always the first
                guest.poll(polling == 1);
                final long spent = parse(guest);
                if (i >= 0) {
                    nanos[polling][i] = spent;
                }
            }
        }
        final double[] ratios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            ratios[i] = (double) nanos[1][i] / nanos[0][i];
        }
        Arrays.sort(ratios);
        final long best = Arrays.stream(nanos[0]).min().orElseThrow();
        final long bestPolling = Arrays.stream(nanos[1]).min().orElseThrow();
        System.out.printf("pairs                       %10d%n", pairs);
        System.out.printf("polls a parse               %10d%n", polls.sum());
        System.out.printf("best without, ms            %10.3f%n", best / 1e6);
        System.out.printf("best with polls, ms         %10.3f%n", bestPolling / 1e6);
        System.out.printf("ratio of the best           %10.4f%n", (double) bestPolling / best);
        System.out.printf("median of the pairs' ratios %10.4f%n", ratios[pairs / 2]);
        System.out.printf("quartiles                   %10.4f %.4f%n", ratios[pairs / 4], ratios[3 * pairs / 4]);
        guest.close();
    }

    private static long parse(final GuestPollingBenchmark guest) {
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final long begun = threads.getCurrentThreadCpuTime();
        guest.parse();
        return threads.getCurrentThreadCpuTime() - begun;
    }
}
