package dev.lockstep.cli.torture;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Two words that are written one after the other under the linker state lock, and who is writing them: readers under the
 * lock never see them differ, and never a writer, unless he was killed.
 *
 * <p>Thread-safe.
 */
final class StateLedger {
    private static final int OWNER = 0;
    private static final int FIRST = 8;
    private static final int SECOND = 16;

    private final Board board;
    private final UnsafeBuffer words;
    private final int offset;

    StateLedger(final Board board, final UnsafeBuffer words, final int offset) {
        this.board = board;
        this.words = words;
        this.offset = offset;
    }

    /** What a reader has seen on his way in. */
    record Look(long first, String wrong) {}

    /** {@return null, or what is wrong: the caller holds the state for writing} */
    String beginWrite(final long who) {
        final long before = words.getLongVolatile(offset + OWNER);
        if ((before != 0 && !board.isKilled(Board.placeOf(before)))
                || !words.compareAndSetLong(offset + OWNER, before, who)) {
            return "writer=" + who + " beside writer=" + owner();
        }
        words.putLongVolatile(offset + FIRST, words.getLongVolatile(offset + FIRST) + 1);
        return null;
    }

    /** {@return null, or what is wrong: the caller is about to give the state back} */
    String endWrite(final long who) {
        words.putLongVolatile(offset + SECOND, words.getLongVolatile(offset + FIRST));
        return words.compareAndSetLong(offset + OWNER, who, 0) ? null : "writer=" + who + " beside writer=" + owner();
    }

    /** {@return what there is to see: the caller holds the state for reading} */
    Look look() {
        final long writer = owner();
        final long first = words.getLongVolatile(offset + FIRST);
        final long second = words.getLongVolatile(offset + SECOND);
        if (writer != 0) {
            return new Look(first, board.isKilled(Board.placeOf(writer)) ? null : "reader beside writer=" + writer);
        }
        return new Look(
                first, first == second ? null : "reader saw half a write: first=" + first + " second=" + second);
    }

    long owner() {
        return words.getLongVolatile(offset + OWNER);
    }
}
