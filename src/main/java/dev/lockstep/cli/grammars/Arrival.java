package dev.lockstep.cli.grammars;

import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.UniverseLinker;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.PreparedInstanceGroup;
import java.io.IOException;

/** How a group comes to be: makes it on the calling thread, and its linker. */
@FunctionalInterface
interface Arrival {
    /** The mutex under which guest code runs: the parser's allocator is not thread-safe. */
    int GUEST_MUTEX = 0;

    UniverseLinker arrive(Home home, GuestReplica replica) throws IOException;

    /** As the first group. */
    static Arrival first() {
        return (home, replica) ->
                UniverseLinker.bootstrap(home.universe(), replica, home.process(), home.preparation(), GUEST_MUTEX);
    }

    /** In the place that another group of this JVM has made. */
    static Arrival in(final PreparedInstanceGroup place) {
        return (home, replica) -> link(home, home.universe().createInstanceGroup(place, replica), replica);
    }

    /** In the place that a group of another JVM has made. */
    static Arrival with(final String claimTicket) {
        return (home, replica) -> link(home, home.universe().createInstanceGroup(claimTicket, replica), replica);
    }

    private static UniverseLinker link(final Home home, final InstanceGroup group, final GuestReplica replica) {
        return UniverseLinker.of(home.universe(), group, replica, home.process(), home.preparation(), GUEST_MUTEX);
    }
}
