package dev.lockstep.cli.torture;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;

/** The universes that are tortured. Small, for speed; a dead owner of constructors is no reason to abort them. */
final class Layouts {
    /** Shared mutexes of a universe. */
    static final int MUTEXES = 2;

    private static final Capacities CAPACITIES =
            new Capacities(32, 64, 512, 8192, 512 << 10, 512, 128, MUTEXES, 64 << 10, 32 << 10, 6 << 20);
    private static final Capacities FOR_JOINS =
            new Capacities(16, 32, 16, 64, 4 << 10, 16, 16, 0, 8 << 10, 4 << 10, 256 << 10);

    private Layouts() {}

    /** For a round of kills. */
    static UniverseConfig forKills(final Path round) {
        return UniverseConfig.at(round.resolve("universe"))
                .withCapacities(CAPACITIES)
                .withConstructorPolicy(ConstructorPolicy.CONTINUE);
    }

    /** For a round of joins, whose journal ends after about a thousand operations. */
    static UniverseConfig forJoins(final Path round) {
        return UniverseConfig.at(round.resolve("universe")).withCapacities(FOR_JOINS);
    }
}
