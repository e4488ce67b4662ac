package dev.lockstep.cli.bench;

import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;

/** Main class of a JVM that attaches to a universe and leases. Argument: the universe's directory. */
final class AttachProbe {
    /** What it prints when it has the lease. */
    static final String WORD = "leased";

    private AttachProbe() {}

    /**
     * Attaches, leases, says so, and leaves.
     *
     * @param arguments of the command line.
     * @throws IOException if it can't attach.
     */
    public static void main(final String[] arguments) throws IOException {
        try (Universe universe = Universe.open(UniverseConfig.at(Path.of(arguments[0])))) {
            final InstanceGroup group = universe.joinInstanceGroup(new CountingReplica());
            final long grant = group.acquireTopology();
            System.out.println(WORD);
            group.releaseTopology(grant);
            group.shutdownInstanceGroup();
        }
    }
}
