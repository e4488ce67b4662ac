package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.MappedBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Many threads at one lease: one owner at a time, every grant once, and nobody overtaken without bound. */
class LeaseFairnessTest {
    private static final int THREADS = 6;
    private static final int TIMES = 5_000;
    private static final int MOST_OVERTAKEN = 8;

    private final MappedBuffer memory = new MappedBuffer(ByteBuffer.allocateDirect(LeaseDescriptor.length(THREADS)));
    private final Lease lease = new Lease(memory, 0, THREADS, Waker.NONE);
    private long plainCounter;

    /** Looks once before it notes where the queue stands, since a waiter is one from its first look on. */
    private final class Waiting implements Cooperation {
        private long grantAtFirstLook;
        private int pauses;

        @Override
        public void begin() {
            grantAtFirstLook = Lease.NONE;
        }

        @Override
        public void pause() {
            if (grantAtFirstLook == Lease.NONE) {
                grantAtFirstLook = lease.lastGrant();
            }
            if (++pauses % 8 == 0) {
                LockSupport.parkNanos(20_000);
            } else {
                Thread.yield();
            }
        }

        @Override
        public void end() {}
    }

    @Test
    void shouldServeEveryWaiterAfterThoseBeforeItAndAFewMore() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            final List<Future<Long>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final int slot = i;
                results.add(threads.submit((Callable<Long>) () -> worstWait(slot)));
            }
            long worst = 0;
            for (final Future<Long> result : results) {
                worst = Math.max(worst, result.get(60, TimeUnit.SECONDS));
            }
            assertEquals((long) THREADS * TIMES, plainCounter, "one owner at a time");
            assertEquals((long) THREADS * TIMES, lease.lastGrant(), "one grant each");
            assertTrue(worst <= THREADS + MOST_OVERTAKEN, "a waiter saw others served: " + worst);
        } finally {
            threads.shutdownNow();
        }
    }

    /** {@return most grants that others got between a waiter's first look and its own grant} */
    private long worstWait(final int slot) {
        final Waiting waiting = new Waiting();
        long worst = 0;
        for (int i = 0; i < TIMES; i++) {
            waiting.begin();
            final long grant = lease.acquire(slot, waiting);
            plainCounter++;
            lease.release(slot, grant);
            if (waiting.grantAtFirstLook != Lease.NONE) {
                worst = Math.max(worst, grant - waiting.grantAtFirstLook);
            }
        }
        return worst;
    }
}
