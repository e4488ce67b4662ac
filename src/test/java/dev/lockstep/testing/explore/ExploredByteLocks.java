package dev.lockstep.testing.explore;

import dev.lockstep.process.ByteLock;
import java.util.Arrays;

/** The bytes of a lock file, each participant a process: what a dead one holds is free, as the kernel frees it. */
public final class ExploredByteLocks {
    private static final int NOBODY = -1;

    private final Execution execution;
    private final int[] owners;
    private final boolean[] cleaningUp;

    /**
     * Free bytes.
     *
     * @param execution that is asked.
     * @param bytes in the file.
     * @param participants of the execution; one more is who looks at what is left.
     */
    public ExploredByteLocks(final Execution execution, final int bytes, final int participants) {
        this.execution = execution;
        owners = new int[bytes];
        Arrays.fill(owners, NOBODY);
        cleaningUp = new boolean[participants + 1];
    }

    /** Whether the participant holds a byte that it took from a dead one. */
    public boolean isCleaningUp(final int participant) {
        return cleaningUp[participant];
    }

    /** A participant that attached by a dead one's byte keeps it as its own. */
    public void keeps(final int participant) {
        cleaningUp[participant] = false;
    }

    /** The locks as a participant's process sees them. */
    public ByteLock of(final int participant) {
        return new ByteLock() {
            @Override
            public boolean tryAcquire(final int index) {
                before(Access.BYTE_TRY_ACQUIRE, index);
                final int owner = owners[index];
                if (owner != NOBODY && !execution.isDead(owner)) {
                    return false;
                }
                cleaningUp[participant] |= owner != NOBODY;
                owners[index] = participant;
                return true;
            }

            @Override
            public void release(final int index) {
                before(Access.BYTE_RELEASE, index);
                if (owners[index] != participant) {
                    throw new IllegalStateException("byte is not held: index=" + index);
                }
                owners[index] = NOBODY;
                cleaningUp[participant] = false;
            }

            @Override
            public void close() {
                for (int i = 0; i < owners.length; i++) {
                    if (owners[i] == participant) {
                        owners[i] = NOBODY;
                    }
                }
            }
        };
    }

    /** A call of the kernel orders what came before it. */
    private void before(final Access access, final int index) {
        if (execution.isExploring()) {
            execution.coverage.reached(execution.current(), access, index);
        }
        execution.point(true);
        if (execution.isExploring()) {
            execution.storesOfCurrent().drain();
            execution.changed();
        }
    }
}
