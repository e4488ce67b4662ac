package dev.lockstep.cli.torture;

import java.util.Locale;

/**
 * A fault that is put into a run to see the oracle find it: an oracle that cannot see is worth nothing. Each disturbs what
 * really happens, by the seam between the library and its memory or its replica; no count is touched.
 */
enum Fault {
    /** None. */
    NONE,

    /** The store by which a group says that it has arrived at a rendezvous is swallowed. */
    STUCK,

    /** The journal gets another operation than the one that was committed. */
    LOST,

    /** The journal gets an earlier operation once more in place of the one that was committed. */
    DUPLICATED,

    /** A replica applies two operations the wrong way round. */
    REORDERED,

    /** The topology lease of a live owner is freed. */
    DOUBLE_GRANTS,

    /** The slot of a live group is freed. */
    FALSE_DEATHS,

    /** The linker state is unlocked under a live writer. */
    STALE_WRITES;

    /** {@return whether it takes something from an owner, who has to hold on for somebody else to come} */
    boolean isOfAnOwner() {
        return this == DOUBLE_GRANTS || this == STALE_WRITES;
    }

    /** {@return what the oracle has to find} */
    Finding finding() {
        return Finding.valueOf(name());
    }

    static Fault named(final String text) {
        return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
