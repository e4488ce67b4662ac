package dev.lockstep.cli.bench;

import dev.lockstep.cli.launch.Json;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** What both JVMs have recorded of one part. */
final class BetweenTimes {
    private static final int DECIMALS = 3;

    private final Histogram histogram = new Histogram(3);
    private final double unitsInNano;

    BetweenTimes(final double unitsInNano) {
        this.unitsInNano = unitsInNano;
    }

    void add(final String encoded) throws DataFormatException {
        histogram.add(Histogram.decodeFromCompressedByteBuffer(
                ByteBuffer.wrap(Base64.getDecoder().decode(encoded)), 0));
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
