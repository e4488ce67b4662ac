package dev.lockstep.linker;

import dev.lockstep.lock.Lease;
import dev.lockstep.region.CapacityExceededException;
import java.util.Objects;
import java.util.function.Function;
import org.agrona.concurrent.IdleStrategy;

/**
 * The three ways in which a group comes to be: as the first one, by itself, or prepared by another. A slot is claimed,
 * the group catches up while nobody waits for it, and becomes a running one on its own thread; if anything throws, the
 * slot is given back as if the group had died.
 *
 * <p>Thread-safe. The caller sees to it that the universe stays mapped meanwhile.
 */
final class GroupFactory {
    private static final long ALONE_TIMEOUT_NANOS = 2_000_000_000L;

    private final InstanceGroup.Host host;
    private final LinkerShared shared;
    private final int process;

    GroupFactory(final InstanceGroup.Host host, final LinkerShared shared, final int process) {
        this.host = host;
        this.shared = shared;
        this.process = process;
    }

    private interface Joining {
        void join(InstanceGroup group);
    }

    /** The main group, alone; {@link Universe#bootstrap}. */
    InstanceGroup bootstrap(
            final Replica replica,
            final IdleStrategy idleStrategy,
            final Function<LinkerStateWriter, DlOperation> setUp) {
        try {
            return tryBootstrap(replica, idleStrategy, setUp);
        } catch (final BootstrappedException somebodyElse) {
            throw new IllegalStateException(
                    "universe is bootstrapped already, or is being: join it instead, universe=" + host.id());
        }
    }

    private InstanceGroup tryBootstrap(
            final Replica replica,
            final IdleStrategy idleStrategy,
            final Function<LinkerStateWriter, DlOperation> setUp) {
        requireNotBootstrapped();
        return make(replica, idleStrategy, group -> {
            if (!shared.beginBootstrap(group.slot())) {
                // Whoever began may have died before anything changed: nobody can join then, so nobody waits and looks.
                shared.checkForDeaths();
                if (!shared.beginBootstrap(group.slot())) {
                    throw new BootstrappedException();
                }
            }
            requireNotBootstrapped();
            awaitBeingAlone(group);
            group.participant().exitSafeRegion();
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                final DlOperation operation = setUp.apply(state);
                if (operation == null) {
                    state.commit();
                } else {
                    group.synchronizeLinkOperation(state, operation);
                }
            }
            shared.endBootstrap(group.slot());
        });
    }

    private void requireNotBootstrapped() {
        refuseIfAborted();
        if (shared.isBootstrapped()) {
            throw new BootstrappedException();
        }
    }

    private void refuseIfAborted() {
        if (shared.isAborted()) {
            throw shared.aborted();
        }
    }

    /** Somebody else was first. Stays in here. */
    private static final class BootstrappedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * The main group, or one more; {@link Universe#bootstrapOrJoin}. While somebody else bootstraps this one has no slot: a
     * main group waits until it is alone.
     */
    InstanceGroup bootstrapOrJoin(
            final Replica replica,
            final IdleStrategy idleStrategy,
            final Function<LinkerStateWriter, DlOperation> setUp) {
        int looks = 0;
        while (!shared.isBootstrapped()) {
            refuseIfAborted();
            if (shared.bootstrapWord() == 0) {
                try {
                    return tryBootstrap(replica, idleStrategy, setUp);
                } catch (final BootstrappedException somebodyElse) {
                    continue;
                }
            }
            if (shared.isClosing()) {
                throw new UniverseClosedException(
                        "universe was closed while somebody bootstrapped it: universe=" + host.id());
            }
            if (++looks > shared.looksBeforeDeathCheck) {
                looks = 0;
                shared.checkForDeaths();
            }
            idleStrategy.idle();
        }
        return join(replica, idleStrategy);
    }

    /** Others that wanted to bootstrap, or to join, step aside at once; the dead among them are reaped. */
    private void awaitBeingAlone(final InstanceGroup group) {
        final Participant participant = group.participant();
        final long deadline = shared.clock.nanoTime() + ALONE_TIMEOUT_NANOS;
        participant.begin();
        try {
            while (shared.slots.occupied() != 1) {
                if (shared.clock.nanoTime() - deadline >= 0) {
                    throw new IllegalStateException(
                            "bootstrap needs exactly one group: groups=" + shared.slots.occupied());
                }
                participant.pause();
            }
        } finally {
            participant.end();
        }
    }

    /** A group that nobody has prepared; {@link Universe#joinInstanceGroup}. */
    InstanceGroup join(final Replica replica, final IdleStrategy idleStrategy) {
        refuseIfAborted();
        if (!shared.isBootstrapped()) {
            throw new IllegalStateException(
                    "universe is not bootstrapped: make its main group first, universe=" + host.id());
        }
        return make(replica, idleStrategy, new JoiningByItself());
    }

    /** A class, since a lambda would have to be made while somebody waits for the first group of a JVM. */
    private final class JoiningByItself implements Joining {
        @Override
        public void join(final InstanceGroup group) {
            final Participant participant = group.participant();
            participant.catchUp(shared.control());
            final long grant = shared.topology.acquire(group.slot(), participant);
            participant.rendezvous().adopt();
            participant.exitSafeRegion();
            shared.topology.release(group.slot(), grant);
        }
    }

    /** A group that another one has prepared; {@link Universe#createInstanceGroup(String, Replica)}. */
    InstanceGroup create(final String claimTicket, final Replica replica, final IdleStrategy idleStrategy) {
        final ClaimTicket ticket = ClaimTicket.parse(claimTicket, host.id());
        return make(replica, idleStrategy, group -> {
            final Lease topology = shared.topology;
            if (!topology.claim(ticket.slot(), ticket.grant(), group.slot())) {
                throw new IllegalStateException(
                        "claim ticket is no longer valid, it was claimed, cancelled or its owner is gone: ticket="
                                + claimTicket);
            }
            group.participant().rendezvous().adopt();
            topology.release(group.slot(), ticket.grant());
            group.participant().exitSafeRegion();
        });
    }

    private InstanceGroup make(final Replica replica, final IdleStrategy idleStrategy, final Joining joining) {
        Objects.requireNonNull(replica, "replica");
        Objects.requireNonNull(idleStrategy, "idle strategy");
        refuseIfAborted();
        final int slot = claimSlot();
        final InstanceGroup group =
                new InstanceGroup(host, shared, new Participant(shared, slot, replica, idleStrategy));
        boolean made = false;
        try {
            new Reaper(shared).release(slot);
            shared.slots.bind(slot, Thread.currentThread());
            host.joined(group);
            host.willRun(group);
            joining.join(group);
            made = true;
            return group;
        } finally {
            if (!made) {
                group.abandon();
            }
        }
    }

    private int claimSlot() {
        try {
            return shared.slots.claim(process);
        } catch (final CapacityExceededException full) {
            shared.checkForDeaths();
            return shared.slots.claim(process);
        }
    }
}
