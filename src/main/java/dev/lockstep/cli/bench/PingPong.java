package dev.lockstep.cli.bench;

import org.HdrHistogram.Histogram;

/**
 * Floor: round trip between two processes over one cache line, see {@link Ball}. Each round trip is timed by itself, so one
 * call of {@link System#nanoTime} is in it.
 */
final class PingPong implements Measurement {
    @Override
    public String name() {
        return "pingpong_two_processes";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        final Results results = forks.inTwo(this);
        final Row row = Row.floor(name(), results.micros(name(), Percentile.P50), "us")
                .remark(Numbers.text("p99 %s us", results.micros(name(), Percentile.P99)));
        return results.warnOfFew(row, name());
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory())) {
            final Segments segments = new Segments(work.plan());
            final Ball ball = new Ball(line.buffer());
            final Histogram counted = Segments.create();
            for (int i = 0; i < segments.count(); i++) {
                if (work.role() == 0) {
                    ball.serve(segments.end(i), segments.histogram(i, counted));
                } else {
                    ball.answer();
                }
            }
            if (work.role() == 0) {
                work.report(name(), counted);
            }
        }
    }
}
