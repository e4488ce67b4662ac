package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Json;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** What both JVMs have recorded of one part. */
final class BetweenTimes {
    private static final int DECIMALS = 3;

    private static final double NANOS_IN_SECOND = 1e9;

    private final String name;
    private final Histogram histogram = new Histogram(3);
    private final double unitsInNano;

    /** Of each JVM that has recorded some. */
    private final List<Long> counts = new ArrayList<>();

    private long nanosTaken;

    BetweenTimes(final String name, final double unitsInNano) {
        this.name = name;
        this.unitsInNano = unitsInNano;
    }

    /** Adds one JVM's; the first one's time counts, the other says 0. */
    void add(final long nanos, final String encoded) throws DataFormatException {
        final Histogram recorded = Histogram.decodeFromCompressedByteBuffer(
                ByteBuffer.wrap(Base64.getDecoder().decode(encoded)), 0);
        histogram.add(recorded);
        counts.add(recorded.getTotalCount());
        nanosTaken += nanos;
    }

    /** {@return name of the part} */
    String name() {
        return name;
    }

    /** {@return how many times a second it was recorded, by both together} */
    double perSecond() {
        return count() * NANOS_IN_SECOND / nanosTaken;
    }

    /** {@return whether what was recorded are single times and no means of batches} */
    boolean unitsAreNanos() {
        return unitsInNano == 1;
    }

    /** {@return share of the JVM that had less of it, or 1 if only one recorded any} */
    double leastShare() {
        return (double) Collections.min(counts) / count();
    }

    long count() {
        return histogram.getTotalCount();
    }

    double nanos(final double percentile) {
        return histogram.getValueAtPercentile(percentile) / unitsInNano;
    }

    private double max() {
        return histogram.getMaxValue() / unitsInNano;
    }

    /** Appends count, percentiles and the histogram itself, compressed as HdrHistogram does it. */
    Json into(final Json json) {
        final ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        final int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        final byte[] encoded = new byte[length];
        bytes.flip();
        bytes.get(encoded, 0, length);
        return json.put("count", count())
                .putNumbers("counts", counts)
                .put("seconds", nanosTaken / NANOS_IN_SECOND, DECIMALS)
                .put("p50", nanos(50), DECIMALS)
                .put("p90", nanos(90), DECIMALS)
                .put("p99", nanos(99), DECIMALS)
                .put("p999", nanos(99.9), DECIMALS)
                .put("p9999", nanos(99.99), DECIMALS)
                .put("max", max(), DECIMALS)
                .put("histogram_units_in_nano", unitsInNano, 0)
                .put("histogram", Base64.getEncoder().encodeToString(encoded));
    }
}
