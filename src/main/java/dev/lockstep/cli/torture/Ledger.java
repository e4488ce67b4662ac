package dev.lockstep.cli.torture;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Who owns a lease, as the owners themselves say: begun after it was granted, ended before it is given back. It knows
 * nothing of the lease word, so it sees what the lease word should have prevented.
 *
 * <p>Thread-safe.
 */
final class Ledger {
    private static final int OWNER = 0;
    private static final int LAST_GRANT = 8;
    private static final int GUEST_WORD = 16;

    private final Board board;
    private final UnsafeBuffer words;
    private final int offset;

    Ledger(final Board board, final UnsafeBuffer words, final int offset) {
        this.board = board;
        this.words = words;
        this.offset = offset;
    }

    /**
     * Notes that a group owns from now on. An owner that was killed has ended.
     *
     * @return null, or what is wrong with that.
     */
    String begin(final long who, final long grant) {
        while (true) {
            final long before = words.getLongVolatile(offset + OWNER);
            if (before != 0 && !board.isKilled(Board.placeOf(before))) {
                return "owner=" + who + " grant=" + grant + " while owned: owner=" + before + " grant=" + lastGrant();
            }
            if (words.compareAndSetLong(offset + OWNER, before, who)) {
                break;
            }
        }
        final long last = lastGrant();
        if (grant <= last) {
            return "owner=" + who + " was given grant=" + grant + " after grant=" + last;
        }
        words.putLongVolatile(offset + LAST_GRANT, grant);
        return null;
    }

    /**
     * Notes that a group owns no more.
     *
     * @return null, or what is wrong with that.
     */
    String end(final long who) {
        return words.compareAndSetLong(offset + OWNER, who, 0)
                ? null
                : "owner=" + who + " ended while owned: owner=" + owner() + " grant=" + lastGrant();
    }

    /**
     * Writes the word that only the owner writes, with its grant.
     *
     * @return null, or who else has written it.
     */
    String write(final long grant, final boolean first) {
        final long before = words.getAndSetLong(offset + GUEST_WORD, grant);
        if (first ? before < grant : before == grant) {
            return null;
        }
        return "grant=" + grant + " found a write of grant=" + before + (first ? " before" : " between") + " its own";
    }

    long owner() {
        return words.getLongVolatile(offset + OWNER);
    }

    long lastGrant() {
        return words.getLongVolatile(offset + LAST_GRANT);
    }
}
