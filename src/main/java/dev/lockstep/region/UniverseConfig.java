package dev.lockstep.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a universe is, and what it is like if it has to be created. Immutable.
 *
 * <p>Capacities and constructor policy are used by the process that creates the universe; who attaches later takes what
 * is there, whatever its own configuration says.
 */
public final class UniverseConfig {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}";

    private final Path directory;
    private final Capacities capacities;
    private final boolean sharedWithGroup;
    private final ConstructorPolicy constructorPolicy;

    private UniverseConfig(
            final Path directory,
            final Capacities capacities,
            final boolean sharedWithGroup,
            final ConstructorPolicy constructorPolicy) {
        this.directory = Objects.requireNonNull(directory, "directory");
        this.capacities = Objects.requireNonNull(capacities, "capacities");
        this.sharedWithGroup = sharedWithGroup;
        this.constructorPolicy = Objects.requireNonNull(constructorPolicy, "constructorPolicy");
    }

    /**
     * A universe in a directory of its own. The directory need not exist; if it does, it holds nothing else.
     *
     * @param directory of the universe, on a local file system that has hard links and byte-range locks.
     * @return the configuration, all else by default.
     */
    public static UniverseConfig at(final Path directory) {
        return new UniverseConfig(
                directory.toAbsolutePath().normalize(), Capacities.DEFAULT, false, ConstructorPolicy.ABORT);
    }

    /**
     * A universe by name: {@code lockstep-<user>-<name>} in {@code /dev/shm} if that is a tmpfs we may write to, else in
     * the temp directory.
     *
     * @param name letters, digits, {@code _}, {@code -} and, not in front, {@code .}; at most 100.
     * @return the configuration, all else by default.
     * @throws IllegalArgumentException if the name has other characters.
     */
    public static UniverseConfig named(final String name) {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException("bad universe name: name=" + name
                    + ", use letters, digits, '_', '-' and '.', at most 100, not beginning with '-' or '.'");
        }
        final String user = System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9._-]", "_");
        return at(defaultBase().resolve("lockstep-" + user + "-" + name));
    }

    private static Path defaultBase() {
        try {
            if (Files.isDirectory(SHARED_MEMORY)
                    && Files.isWritable(SHARED_MEMORY)
                    && "tmpfs".equals(Files.getFileStore(SHARED_MEMORY).type())) {
                return SHARED_MEMORY;
            }
        } catch (final IOException e) {
            // No file store to ask: the temp directory does as well.
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /**
     * {@return the same but for the capacities}
     *
     * @param newCapacities used if the universe has to be created.
     */
    public UniverseConfig withCapacities(final Capacities newCapacities) {
        return new UniverseConfig(directory, newCapacities, sharedWithGroup, constructorPolicy);
    }

    /**
     * The same but for who may attach. If shared, the files are created with mode 0660 in a directory of mode 0770, and
     * files of another owner are accepted; otherwise 0600, 0700, and our own only.
     *
     * @param shared with the group of the creating process.
     * @return the new configuration.
     */
    public UniverseConfig withSharedWithGroup(final boolean shared) {
        return new UniverseConfig(directory, capacities, shared, constructorPolicy);
    }

    /**
     * {@return the same but for the constructor policy}
     *
     * @param policy used if the universe has to be created.
     */
    public UniverseConfig withConstructorPolicy(final ConstructorPolicy policy) {
        return new UniverseConfig(directory, capacities, sharedWithGroup, policy);
    }

    /** {@return the directory, absolute} */
    public Path directory() {
        return directory;
    }

    /** {@return the capacities, if the universe has to be created} */
    public Capacities capacities() {
        return capacities;
    }

    /** {@return whether the processes of the owning group may attach} */
    public boolean sharedWithGroup() {
        return sharedWithGroup;
    }

    /** {@return the constructor policy, if the universe has to be created} */
    public ConstructorPolicy constructorPolicy() {
        return constructorPolicy;
    }

    @Override
    public String toString() {
        return "directory=" + directory + " sharedWithGroup=" + sharedWithGroup + " constructorPolicy="
                + constructorPolicy + " capacities=" + capacities;
    }
}
