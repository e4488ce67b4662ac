package dev.lockstep.linker;

/**
 * The group did not come to a rendezvous for so long that the others have gone on without it, as
 * {@linkplain UniverseOptions#evictAfter asked for}. Its replica has missed operations, so the group has ended: what it
 * held was given back, its slot is free. Make another group.
 */
public final class GroupEvictedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GroupEvictedException(final String message) {
        super(message);
    }
}
