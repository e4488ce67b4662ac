package dev.lockstep.cli.bench;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.agrona.CloseHelper;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

/**
 * Aeron over shared memory as the bus: a message of eight bytes, which the other process acknowledges with another one on a
 * stream of its own. Both sides spin, and claim their messages in place. The media driver is embedded in the first process,
 * which is where it has most to do for the one that is timed; its one thread and the clients' sleep a millisecond or more
 * between their rounds, so that they leave the two processors to the two that spin.
 */
final class AeronPart implements Part {
    private static final int MESSAGES = 1_001;
    private static final int ACKNOWLEDGEMENTS = 1_002;
    private static final String CHANNEL = "aeron:ipc?term-length=16m";
    private static final int DRIVER_SLEEP_MILLIS = 1;
    private static final int CLIENT_SLEEP_MILLIS = 16;
    private static final int FRAGMENTS = 10;

    private final BufferClaim claim = new BufferClaim();
    private final FragmentHandler handler = (buffer, offset, length, header) -> received(buffer.getLong(offset));
    private final Aeron aeron;
    private final ExclusivePublication publication;
    private final Subscription subscription;
    private final MediaDriver driver;
    private long sent;
    private long received;

    private AeronPart(final MediaDriver driver, final String directory, final int out, final int in) {
        this.driver = driver;
        aeron = Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(directory)
                .idleStrategy(new SleepingMillisIdleStrategy(CLIENT_SLEEP_MILLIS)));
        subscription = aeron.addSubscription(CHANNEL, in);
        publication = aeron.addExclusivePublication(CHANNEL, out);
    }

    static Contestant open(final Contest.Ground ground) {
        final String directory = ground.directory().resolve("aeron").toString();
        final AeronPart part = ground.isFirst()
                ? new AeronPart(launch(directory), directory, MESSAGES, ACKNOWLEDGEMENTS)
                : new AeronPart(null, directory, ACKNOWLEDGEMENTS, MESSAGES);
        return new Contestant() {
            @Override
            public List<Part> parts() {
                return List.of(part);
            }

            @Override
            public void close() {
                CloseHelper.closeAll(part.publication, part.subscription, part.aeron, part.driver);
            }
        };
    }

    private static MediaDriver launch(final String directory) {
        return MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(directory)
                .dirDeleteOnStart(true)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new SleepingMillisIdleStrategy(DRIVER_SLEEP_MILLIS)));
    }

    private void received(final long number) {
        if (number != received + 1) {
            throw new IllegalStateException("message was lost: got=" + number + " after=" + received);
        }
        received = number;
    }

    private void send(final long number) {
        long result = publication.tryClaim(Long.BYTES, claim);
        while (result < 0) {
            if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
                throw new IllegalStateException("publication is closed: result=" + result);
            }
            Thread.onSpinWait();
            result = publication.tryClaim(Long.BYTES, claim);
        }
        claim.buffer().putLong(claim.offset(), number);
        claim.commit();
        sent = number;
    }

    @Override
    public String name() {
        return "round_trip";
    }

    @Override
    public void lead(final long until, final Histogram times) {
        long start = System.nanoTime();
        do {
            send(sent + 1);
            while (received != sent) {
                if (subscription.poll(handler, FRAGMENTS) == 0) {
                    Thread.onSpinWait();
                }
            }
            final long end = System.nanoTime();
            times.recordValue(end - start);
            start = System.nanoTime();
        } while (start - until < 0);
    }

    @Override
    public void follow(final BooleanSupplier going, final Histogram times) {
        while (going.getAsBoolean()) {
            if (subscription.poll(handler, FRAGMENTS) == 0) {
                Thread.onSpinWait();
            } else {
                send(received);
            }
        }
    }
}
