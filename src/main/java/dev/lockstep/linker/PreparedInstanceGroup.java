package dev.lockstep.linker;

/**
 * A place for one more instance group: the topology lease, offered to whoever makes the group. The parent goes on polling
 * meanwhile. Pass this object to a thread of the same JVM, or its {@link #claimTicket()} to another JVM.
 */
public final class PreparedInstanceGroup {
    private final TopologyToken token;
    private final String claimTicket;

    PreparedInstanceGroup(final TopologyToken token) {
        this.token = token;
        claimTicket = token.offer();
    }

    /** {@return the text with which another JVM makes the group} */
    public String claimTicket() {
        return claimTicket;
    }

    /**
     * Takes the offer back and frees the lease, on the thread of the parent. If the group is being made already this does
     * nothing.
     *
     * @return whether the offer was taken back.
     */
    public boolean cancel() {
        return token.group().cancelOffer(token.grant());
    }
}
