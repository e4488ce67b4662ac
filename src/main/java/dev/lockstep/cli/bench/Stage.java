package dev.lockstep.cli.bench;

import dev.lockstep.region.SharedBuffer;

/** Leads two processes from one stage of a measurement to the next. Stages are numbered; none is skipped. */
final class Stage {
    private static final int ANNOUNCED = SharedLine.offset(3);
    private static final int REACHED = SharedLine.offset(4);

    private final SharedBuffer buffer;

    Stage(final SharedBuffer buffer) {
        this.buffer = buffer;
    }

    /** The first process: begins a stage; returns when the other has reached it. */
    void lead(final long stage) {
        buffer.putLongRelease(ANNOUNCED, stage);
        await(REACHED, stage);
    }

    /** The second process: waits for a stage to begin. */
    void follow(final long stage) {
        await(ANNOUNCED, stage);
    }

    /** The second process: says that it has reached a stage. */
    void reached(final long stage) {
        buffer.putLongRelease(REACHED, stage);
    }

    /** {@return whether it is still a stage's turn} */
    boolean is(final long stage) {
        return buffer.getLongVolatile(ANNOUNCED) == stage;
    }

    private void await(final int word, final long stage) {
        while (buffer.getLongVolatile(word) != stage) {
            Thread.yield();
        }
    }
}
