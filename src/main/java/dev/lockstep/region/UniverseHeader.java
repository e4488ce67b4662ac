package dev.lockstep.region;

import static dev.lockstep.region.HeaderDescriptor.BOOT_ID_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.CAPACITIES_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.CHECKSUM_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.CREATED_AT_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.CREATOR_PID_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.FILE_LENGTH_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.JOURNAL_INODE_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.LOCK_INODE_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.MAGIC;
import static dev.lockstep.region.HeaderDescriptor.MAGIC_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.MAJOR;
import static dev.lockstep.region.HeaderDescriptor.MINOR;
import static dev.lockstep.region.HeaderDescriptor.OPTIONS_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.OPTION_CONTINUE;
import static dev.lockstep.region.HeaderDescriptor.UNIVERSE_ID_OFFSET;
import static dev.lockstep.region.HeaderDescriptor.VERSION_OFFSET;

import dev.lockstep.region.UniverseException.Reason;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The header of {@code linker.dat} as a value: what a universe is, fixed from its creation on.
 *
 * @param universeId random.
 * @param boot start of the machine in which the universe was created.
 * @param creatorPid process that created it, in its own pid namespace.
 * @param createdAt milliseconds since the epoch.
 * @param lockInode inode of the {@code liveness.lock} that belongs to it.
 * @param journalInode inode of the {@code operations.journal} that belongs to it.
 * @param constructorPolicy of the universe.
 * @param capacities of the universe.
 */
public record UniverseHeader(
        UUID universeId,
        BootId boot,
        long creatorPid,
        long createdAt,
        long lockInode,
        long journalInode,
        ConstructorPolicy constructorPolicy,
        Capacities capacities) {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Refuses nulls. */
    public UniverseHeader {
        Objects.requireNonNull(universeId, "universeId");
        Objects.requireNonNull(boot, "boot");
        Objects.requireNonNull(constructorPolicy, "constructorPolicy");
        Objects.requireNonNull(capacities, "capacities");
    }

    /**
     * Writes the header, its checksum last.
     *
     * @param into at least {@link HeaderDescriptor#LENGTH} bytes, from index 0.
     */
    public void encode(final MutableDirectBuffer into) {
        into.putLong(MAGIC_OFFSET, MAGIC, ORDER);
        into.putLong(VERSION_OFFSET, MAJOR | (long) MINOR << 16, ORDER);
        into.putLong(FILE_LENGTH_OFFSET, new Layout(capacities).fileLength(), ORDER);
        into.putLong(BOOT_ID_OFFSET, boot.most(), ORDER);
        into.putLong(BOOT_ID_OFFSET + 8, boot.least(), ORDER);
        into.putLong(UNIVERSE_ID_OFFSET, universeId.getMostSignificantBits(), ORDER);
        into.putLong(UNIVERSE_ID_OFFSET + 8, universeId.getLeastSignificantBits(), ORDER);
        into.putLong(CREATOR_PID_OFFSET, creatorPid, ORDER);
        into.putLong(CREATED_AT_OFFSET, createdAt, ORDER);
        into.putLong(LOCK_INODE_OFFSET, lockInode, ORDER);
        into.putLong(OPTIONS_OFFSET, constructorPolicy == ConstructorPolicy.CONTINUE ? OPTION_CONTINUE : 0, ORDER);
        final int[] values = {
            capacities.processes(),
            capacities.groups(),
            capacities.modules(),
            capacities.symbols(),
            capacities.nameBytes(),
            capacities.freeExtents(),
            capacities.closureBatches(),
            capacities.mutexes(),
            capacities.ringBytes(),
            capacities.redoBytes(),
            capacities.journalBytes()
        };
        for (int i = 0; i < values.length; i++) {
            into.putInt(CAPACITIES_OFFSET + i * Integer.BYTES, values[i], ORDER);
        }
        into.putLong(JOURNAL_INODE_OFFSET, journalInode, ORDER);
        into.putLong(CHECKSUM_OFFSET, checksum(into), ORDER);
    }

    /**
     * Reads a header and checks it: magic, checksum, layout version, capacities, and that the length it names is the
     * one that follows from them. Nothing in it is believed before.
     *
     * @param from {@link HeaderDescriptor#LENGTH} bytes, from index 0.
     * @param file that they came from, for messages.
     * @return the header.
     * @throws UniverseException if a check fails; the reason says which.
     */
    public static UniverseHeader decode(final DirectBuffer from, final Path file) throws UniverseException {
        final long magic = from.getLong(MAGIC_OFFSET, ORDER);
        if (magic != MAGIC) {
            throw new UniverseException(
                    Reason.NO_MAGIC, file, "not a lockstep file, choose another directory: magic=0x" + hex(magic));
        }
        final long stored = from.getLong(CHECKSUM_OFFSET, ORDER);
        final long computed = checksum(from);
        if (stored != computed) {
            throw new UniverseException(
                    Reason.DAMAGED_HEADER,
                    file,
                    "header is damaged, remove the universe's directory: checksum=0x" + hex(stored) + " expected=0x"
                            + hex(computed));
        }
        final long version = from.getLong(VERSION_OFFSET, ORDER);
        final long major = version & 0xFFFF;
        if (major != MAJOR) {
            throw new UniverseException(
                    Reason.OTHER_LAYOUT,
                    file,
                    "layout has another major version, use the same lockstep everywhere or remove the universe's"
                            + " directory: major=" + major + " supported=" + MAJOR);
        }
        final Capacities capacities = capacities(from, file);
        final long length = from.getLong(FILE_LENGTH_OFFSET, ORDER);
        final long expected = lengthOf(capacities, file);
        if (length != expected) {
            throw new UniverseException(
                    Reason.WRONG_LENGTH,
                    file,
                    "header's length does not follow from its capacities, remove the universe's directory: length="
                            + length + " expected=" + expected);
        }
        final long options = from.getLong(OPTIONS_OFFSET, ORDER);
        return new UniverseHeader(
                new UUID(from.getLong(UNIVERSE_ID_OFFSET, ORDER), from.getLong(UNIVERSE_ID_OFFSET + 8, ORDER)),
                new BootId(from.getLong(BOOT_ID_OFFSET, ORDER), from.getLong(BOOT_ID_OFFSET + 8, ORDER)),
                from.getLong(CREATOR_PID_OFFSET, ORDER),
                from.getLong(CREATED_AT_OFFSET, ORDER),
                from.getLong(LOCK_INODE_OFFSET, ORDER),
                from.getLong(JOURNAL_INODE_OFFSET, ORDER),
                (options & OPTION_CONTINUE) != 0 ? ConstructorPolicy.CONTINUE : ConstructorPolicy.ABORT,
                capacities);
    }

    private static Capacities capacities(final DirectBuffer from, final Path file) throws UniverseException {
        final int[] v = new int[11];
        for (int i = 0; i < v.length; i++) {
            v[i] = from.getInt(CAPACITIES_OFFSET + i * Integer.BYTES, ORDER);
        }
        try {
            return new Capacities(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10]);
        } catch (final IllegalArgumentException e) {
            throw badCapacities(file, e);
        }
    }

    private static int lengthOf(final Capacities capacities, final Path file) throws UniverseException {
        try {
            return new Layout(capacities).fileLength();
        } catch (final IllegalArgumentException e) {
            throw badCapacities(file, e);
        }
    }

    private static UniverseException badCapacities(final Path file, final IllegalArgumentException cause) {
        final UniverseException refusal = new UniverseException(
                Reason.BAD_CAPACITIES,
                file,
                "header has impossible capacities, remove the universe's directory (" + cause.getMessage() + ")");
        refusal.initCause(cause);
        return refusal;
    }

    private static long checksum(final DirectBuffer buffer) {
        final byte[] bytes = new byte[CHECKSUM_OFFSET];
        buffer.getBytes(0, bytes);
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return crc.getValue();
    }

    private static String hex(final long value) {
        return Long.toHexString(value);
    }
}
