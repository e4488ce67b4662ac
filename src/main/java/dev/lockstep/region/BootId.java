package dev.lockstep.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which start of the machine this is. What a universe holds is about processes, so it means nothing after a restart.
 *
 * @param most the more significant half.
 * @param least the less significant half.
 */
public record BootId(long most, long least) {
    /** Where the operating system does not tell. */
    public static final BootId UNKNOWN = new BootId(0, 0);

    private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");

    /** {@return the boot id of this machine, or {@link #UNKNOWN}} */
    public static BootId current() {
        try {
            final UUID id = UUID.fromString(Files.readString(FILE).strip());
            return new BootId(id.getMostSignificantBits(), id.getLeastSignificantBits());
        } catch (final IOException | IllegalArgumentException e) {
            return UNKNOWN;
        }
    }

    /** Compared when a universe is attached to: a record's own comparison would first make method handles for 30 ms. */
    @Override
    public boolean equals(final Object other) {
        return other instanceof BootId boot && boot.most == most && boot.least == least;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(most) * 31 + Long.hashCode(least);
    }

    @Override
    public String toString() {
        return new UUID(most, least).toString();
    }
}
