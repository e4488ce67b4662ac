package dev.lockstep.linker;

/**
 * The right to change the topology: held by one group at a time, over all JVMs. Closing it frees the lease, or hands it to
 * the group that has waited longest.
 *
 * <p>A token belongs to the thread of the group that acquired it. It moves to another group, in this or another JVM, by
 * {@link #offer()} and {@link InstanceGroup#claimTopologyToken}; the offerer stays the owner until the claim.
 *
 * <p>Allocation-free alternative: {@link InstanceGroup#acquireTopology()} and
 * {@link InstanceGroup#releaseTopology(long)}.
 */
public final class TopologyToken implements AutoCloseable {
    private final InstanceGroup group;
    private final long grant;

    TopologyToken(final InstanceGroup group, final long grant) {
        this.group = group;
        this.grant = grant;
    }

    /**
     * {@return the token's number: 0 for the first ownership of the lease in the universe, and greater for every later one;
     * groups that join, or finish an operation of the dead, use numbers too}
     */
    public long number() {
        return grant - 1;
    }

    long grant() {
        return grant;
    }

    InstanceGroup group() {
        return group;
    }

    /**
     * Offers the lease to whoever claims it with the returned ticket, once. Until then the offering group stays the owner
     * and can {@link #revoke()}; this token can no longer be used for anything else.
     *
     * @return a claim ticket: text, to be passed to another thread or JVM.
     * @throws IllegalStateException if the token is not held, or linker state is held under it.
     */
    public String offer() {
        return group.offerTopology(grant);
    }

    /**
     * Takes an offer back.
     *
     * @return whether the token is held again; false if the ticket was claimed before.
     */
    public boolean revoke() {
        return group.revokeTopology(grant);
    }

    /**
     * Frees the lease. An offer that nobody claimed is taken back first; one that was claimed is the claimer's to free.
     *
     * @throws IllegalStateException if the token was closed before.
     */
    @Override
    public void close() {
        group.closeToken(grant);
    }
}
