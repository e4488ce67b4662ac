package dev.lockstep.linker;

import dev.lockstep.broadcast.OperationLog;

/**
 * The control word: the one word that a poll loads.
 *
 * <pre>
 *  63                  24 23            5 4       1  0
 *  | committed sequence  |     round     |  phase  | abort |
 * </pre>
 *
 * Every change is a CAS that keeps the abort bit. A phase is left by the owner of the topology lease only.
 *
 * <pre>
 *  (k,r,IDLE) → (k,r+1,STOP) → (k+n,r+1,APPLY) → IDLE                  n operations
 *               (k,r+1,STOP) → (k,r+1,IDLE)                         withdrawn
 *  (k,r,IDLE) → (k+n,r+1,COMMITTED1) → APPLY1 → IDLE                    one rendezvous, with modules
 *  (k,r,IDLE) → (k+n,r+1,APPLY1) → IDLE                                 one rendezvous, without
 * </pre>
 */
final class ControlWord {
    /** Nothing is going on. */
    static final int IDLE = 0;

    /** First rendezvous: running groups arrive. */
    static final int STOP = 1;

    /** Second rendezvous: the operation has happened, running groups apply it; tables and ring are being brought up to it. */
    static final int APPLY = 3;

    /** An operation for which nobody was stopped has happened: as APPLY. */
    static final int COMMITTED1 = 4;

    /** As COMMITTED1, and what followers may look at without a lock is there: whoever has applied it goes on. */
    static final int APPLY1 = 5;

    private static final int PHASE_SHIFT = 1;
    private static final int PHASE_BITS = 4;
    private static final int ROUND_SHIFT = PHASE_SHIFT + PHASE_BITS;
    private static final int ROUND_BITS = 19;
    private static final int SEQUENCE_SHIFT = ROUND_SHIFT + ROUND_BITS;
    private static final long PHASE_MASK = (1L << PHASE_BITS) - 1;
    private static final long ROUND_MASK = (1L << ROUND_BITS) - 1;
    private static final long ABORT = 1;

    /** Most operations that a universe can have. */
    static final long MAX_SEQUENCE = (1L << (Long.SIZE - SEQUENCE_SHIFT)) - 1;

    private ControlWord() {}

    static long sequence(final long word) {
        return word >>> SEQUENCE_SHIFT;
    }

    static int phase(final long word) {
        return (int) ((word >>> PHASE_SHIFT) & PHASE_MASK);
    }

    /** Number of the STOP that the word's phase belongs to, modulo 2^19. */
    static long round(final long word) {
        return (word >>> ROUND_SHIFT) & ROUND_MASK;
    }

    static boolean isAborted(final long word) {
        return (word & ABORT) != 0;
    }

    static long aborted(final long word) {
        return word | ABORT;
    }

    /** Sequence and round, without phase and abort: what an arrival word carries. */
    static long arrival(final long word) {
        return word >>> ROUND_SHIFT;
    }

    /** The round that an arrival word carries. */
    static long roundOfArrival(final long arrival) {
        return arrival & ROUND_MASK;
    }

    static long withPhase(final long word, final int phase) {
        return (word & ~(PHASE_MASK << PHASE_SHIFT)) | ((long) phase << PHASE_SHIFT);
    }

    /** The first rendezvous of a new round. */
    static long stop(final long word) {
        final long round = ((word >>> ROUND_SHIFT) + 1) & ROUND_MASK;
        return (sequence(word) << SEQUENCE_SHIFT)
                | (round << ROUND_SHIFT)
                | ((long) STOP << PHASE_SHIFT)
                | (word & ABORT);
    }

    /** The same round with so many operations more. */
    static long committed(final long word, final int operations) {
        return withPhase(word + ((long) operations << SEQUENCE_SHIFT), APPLY);
    }

    /**
     * A new round with so many operations more, without a STOP before it.
     *
     * @param isHolding whether nobody goes on before the tables are there.
     */
    static long committedAtOnce(final long word, final int operations, final boolean isHolding) {
        return withPhase(stop(word) + ((long) operations << SEQUENCE_SHIFT), isHolding ? COMMITTED1 : APPLY1);
    }

    /** Whether an operation is committed and its tables may not be there yet, or its record in the ring. */
    static boolean isBeingInstalled(final long word) {
        return phase(word) == APPLY || phase(word) == COMMITTED1;
    }

    /** The phase in which everybody applies the operation that the word, in any phase after its commit, is about. */
    static long applying(final long word) {
        final int phase = phase(word);
        return withPhase(word, phase == COMMITTED1 || phase == APPLY1 ? APPLY1 : APPLY);
    }

    /** The round under which the ring has the newest operations, or none while they may be on their way into it. */
    static long roundInRing(final long word) {
        final int phase = phase(word);
        return phase == COMMITTED1 || phase == APPLY1 ? OperationLog.NO_ROUND : round(word);
    }

    static String describe(final long word) {
        return "sequence=" + sequence(word) + " round=" + round(word) + " phase=" + phase(word)
                + (isAborted(word) ? " aborted" : "");
    }
}
