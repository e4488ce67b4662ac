package dev.lockstep.cli.torture;

import java.util.Locale;

/** What the torture looks for: each is counted, and each count has to be zero. */
enum Finding {
    /** A survivor made no progress for too long, behind nobody who was suspended. */
    STUCK,

    /** An operation whose call returned is not in the journal, or a replica left it out. */
    LOST,

    /** An operation is in the journal twice, or a replica applied it twice, or it is there though its call failed. */
    DUPLICATED,

    /** A replica applied another order than the journal's. */
    REORDERED,

    /** Two owners at once, or a grant that was given twice. */
    DOUBLE_GRANTS,

    /** A live group, or its process, was reaped. */
    FALSE_DEATHS,

    /** Somebody wrote after what he held had passed on, or was let write beside another. */
    STALE_WRITES,

    /** Anything else that went wrong: an error nobody expected, an aborted universe, a JVM that ended by itself. */
    FAILURES;

    /** {@return the name of its count in the JSON} */
    String member() {
        return name().toLowerCase(Locale.ROOT);
    }
}
