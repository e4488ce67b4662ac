package dev.lockstep.cli.bench;

import dev.lockstep.region.SharedBuffer;

/**
 * Floor: a compare-and-set and a release store on one word of a mapped file, nobody else about. A lock between processes
 * cannot do with less: one atomic step to take it and one ordered store to give it back. Goes through the same buffer class,
 * with the same bounds checks, as the library.
 */
final class CasRelease implements Measurement {
    private static final int WORD = SharedLine.offset(1);

    @Override
    public String name() {
        return "cas_release";
    }

    @Override
    public Row measure(final Forks forks) throws Exception {
        return Row.floor(name(), forks.inOne(this).get(name()), "ns");
    }

    @Override
    public void work(final Work work) throws Exception {
        try (SharedLine line = SharedLine.open(work.directory())) {
            new Timing(work.plan()).add(name(), on(line.buffer())).report(work);
        }
    }

    /** {@return the loop, to be timed beside what is compared with it} */
    static Timing.Batch on(final SharedBuffer buffer) {
        return calls -> {
            long taken = 0;
            for (int i = 0; i < calls; i++) {
                if (buffer.compareAndSetLong(WORD, 0, 1)) {
                    taken++;
                }
                buffer.putLongRelease(WORD, 0);
            }
            return taken;
        };
    }
}
