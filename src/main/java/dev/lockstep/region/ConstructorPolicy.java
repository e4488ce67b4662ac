package dev.lockstep.region;

/** What becomes of a universe when a process dies while it runs a module's constructors. */
public enum ConstructorPolicy {
    /** The universe is aborted: the guest's own memory may be torn, and nobody goes on with it. */
    ABORT,
    /** The module counts as failed; everybody else goes on. For guests that can live with a torn constructor. */
    CONTINUE
}
