package dev.lockstep.cli.torture;

import java.util.Locale;

/** What a group is doing, as it last announced on the {@link Board}: the role in which it is killed. */
enum Role {
    /** The place is not taken. */
    NONE,
    /** Between two actions, polling. */
    IDLE,
    /** Making itself a group: claiming a slot, replaying, waiting for its turn. */
    JOINER,
    /** Shutting itself down. */
    LEAVER,
    /** Waiting for the topology lease. */
    WAITER,
    /** Owner of the topology lease. */
    LEASE_OWNER,
    /** Broadcasting an operation. */
    INSTIGATOR,
    /** Stopped for, or applying, somebody else's operation. */
    FOLLOWER,
    /** Finishing an operation of the dead. */
    ADOPTER,
    /** Cleaning up after the dead. */
    REAPER,
    /** Waiting for the linker state, or holding it for reading. */
    READER,
    /** Holding the linker state for writing. */
    WRITER,
    /** Waiting for, or owner of, a shared mutex. */
    MUTEX_OWNER,
    /** In a safe region, or on the way in or out. */
    SAFE_REGION,
    /** Offering the lease to a group, or an owner, to be. */
    OFFERER,
    /** Initialising a module. */
    INITIALIZER,
    /** Taking or giving back closures. */
    CLOSURE_USER;

    private static final Role[] ALL = values();

    static Role of(final int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : NONE;
    }

    int code() {
        return ordinal();
    }

    /** {@return the name of its count in the JSON} */
    String member() {
        return name().toLowerCase(Locale.ROOT);
    }
}
