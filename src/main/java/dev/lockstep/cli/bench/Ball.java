package dev.lockstep.cli.bench;

import dev.lockstep.region.SharedBuffer;
import org.HdrHistogram.Histogram;

/**
 * Ping-pong of two processes with one word of shared memory: one stores an odd number, the other answers with the next even
 * one, both spin on the word with {@link Thread#onSpinWait} in between. The cache line changes sides twice a round trip, and
 * nothing between two processes that answer each other can be faster.
 */
final class Ball {
    private static final int WORD = SharedLine.offset(2);
    private static final long END = -1;

    private final SharedBuffer buffer;

    Ball(final SharedBuffer buffer) {
        this.buffer = buffer;
    }

    /** Plays until a time, one round trip at the least, and ends the other's {@link #answer}. */
    void serve(final long until, final Histogram roundTrips) {
        long ball = 0;
        long start = System.nanoTime();
        do {
            buffer.putLongRelease(WORD, ball + 1);
            ball += 2;
            await(ball);
            final long end = System.nanoTime();
            roundTrips.recordValue(end - start);
            start = System.nanoTime();
        } while (start - until < 0);
        buffer.putLongRelease(WORD, END);
        await(0);
    }

    private void await(final long ball) {
        while (buffer.getLongVolatile(WORD) != ball) {
            Thread.onSpinWait();
        }
    }

    /** Answers until the other one ends it. */
    void answer() {
        long ball = 0;
        while (ball != END) {
            if ((ball & 1) != 0) {
                ball++;
                buffer.putLongRelease(WORD, ball);
            }
            final long last = ball;
            while ((ball = buffer.getLongVolatile(WORD)) == last) {
                Thread.onSpinWait();
            }
        }
        buffer.putLongRelease(WORD, 0);
    }
}
