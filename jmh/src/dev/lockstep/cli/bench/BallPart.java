package dev.lockstep.cli.bench;

import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** The floor, measured beside every contestant by the same two processes. */
final class BallPart implements Part {
    static final String NAME = "pingpong";

    private final Ball ball;

    BallPart(final SharedLine line) {
        ball = new Ball(line.buffer());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void lead(final long until, final Histogram times) {
        ball.serve(until, times);
    }

    @Override
    public void follow(final BooleanSupplier going, final Histogram times) {
        ball.answer();
    }
}
