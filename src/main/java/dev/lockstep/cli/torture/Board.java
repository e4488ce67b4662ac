package dev.lockstep.cli.torture;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the launcher and the workers of a round tell each other in memory: a mapped file that outlives whoever is killed.
 *
 * <pre>
 *  counts        a word a {@link Finding}
 *  joins, leaves, paused, begun
 *  ledgers       8 × (owner, last grant, guest word)         see {@link Ledger}
 *  state words   owner of the write, a, b
 *  mailbox       an offered lease: grant 50 | slot 12 | kind
 *  places        for each worker: killed, hit, then (role, progress) for each of its groups
 *  completions   ring of (time, what, who): what survivors got done
 *  closures      a word a table slot: who has it
 *  digests       a word a sequence: the operation that the first replica applied there
 * </pre>
 *
 * <p>A <em>place</em> is a worker's stay in the round, never used again; a group is named by its place and its number
 * there. Every access is volatile.
 */
final class Board implements AutoCloseable {
    /** Groups of a worker, guests included. */
    static final int GROUPS = 16;

    /** Stays in a round. */
    static final int PLACES = 512;

    /** Operations of a round that are compared. */
    static final int SEQUENCES = 1 << 16;

    /** Slots of the function table whose owner is noted. */
    static final int CLOSURES = 1 << 15;

    /** A topology lease was granted: value is the grant. */
    static final int GRANT = 1;

    /** An operation returned: value is its sequence. */
    static final int OPERATION = 2;

    /** The linker state was written. */
    static final int WRITE = 3;

    private static final int COMPLETIONS = 1 << 15;
    private static final int COMPLETION_LENGTH = 24;
    private static final int LEDGERS = 8;
    private static final int WHO_SHIFT = 8;
    private static final int KIND_BITS = 4;

    private static final int COUNTS_OFFSET = 0;
    private static final int JOINS_OFFSET = 128;
    private static final int LEAVES_OFFSET = 256;
    private static final int PAUSED_OFFSET = 384;
    private static final int BEGUN_OFFSET = 448;
    private static final int LEDGERS_OFFSET = 512;
    private static final int LEDGER_LENGTH = 128;
    private static final int STATE_OFFSET = LEDGERS_OFFSET + LEDGERS * LEDGER_LENGTH;
    private static final int MAILBOX_OFFSET = STATE_OFFSET + 128;
    private static final int COMPLETION_COUNT_OFFSET = MAILBOX_OFFSET + 128;
    private static final int PLACES_OFFSET = COMPLETION_COUNT_OFFSET + 128;
    private static final int PLACE_HEADER = 64;
    private static final int PLACE_LENGTH = PLACE_HEADER + GROUPS * 16;
    private static final int COMPLETIONS_OFFSET = PLACES_OFFSET + PLACES * PLACE_LENGTH;
    private static final int CLOSURES_OFFSET = COMPLETIONS_OFFSET + COMPLETIONS * COMPLETION_LENGTH;
    private static final int DIGESTS_OFFSET = CLOSURES_OFFSET + CLOSURES * 8;
    private static final int LENGTH = DIGESTS_OFFSET + SEQUENCES * 8;

    private final MappedByteBuffer memory;
    private final UnsafeBuffer words;

    private Board(final MappedByteBuffer memory) {
        this.memory = memory;
        words = new UnsafeBuffer(memory);
    }

    /** Makes the board of a round, or opens it if it is there. */
    static Board open(final Path round) throws IOException {
        try (FileChannel file = FileChannel.open(
                round.resolve("board.dat"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return new Board(file.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH));
        }
    }

    @Override
    public void close() {
        IoUtil.unmap(memory);
    }

    /** {@return the name of a group: never 0} */
    static long who(final int place, final int group) {
        return ((long) place << WHO_SHIFT | group) + 1;
    }

    static int placeOf(final long who) {
        return (int) ((who - 1) >>> WHO_SHIFT);
    }

    // ---- counts ----------------------------------------------------------------------------------------------------

    void count(final Finding finding) {
        words.getAndAddLong(COUNTS_OFFSET + 8 * finding.ordinal(), 1);
    }

    long counted(final Finding finding) {
        return words.getLongVolatile(COUNTS_OFFSET + 8 * finding.ordinal());
    }

    void joined() {
        words.getAndAddLong(JOINS_OFFSET, 1);
    }

    long joins() {
        return words.getLongVolatile(JOINS_OFFSET);
    }

    void left() {
        words.getAndAddLong(LEAVES_OFFSET, 1);
    }

    long leaves() {
        return words.getLongVolatile(LEAVES_OFFSET);
    }

    /** Asks all groups to wait in a safe region, or to go on. */
    void pause(final boolean paused) {
        words.putLongVolatile(PAUSED_OFFSET, paused ? 1 : 0);
    }

    boolean isPaused() {
        return words.getLongVolatile(PAUSED_OFFSET) != 0;
    }

    /** Notes that all workers of the round have come, and that none of them rests. */
    void begun() {
        words.putLongVolatile(BEGUN_OFFSET, 1);
    }

    boolean hasBegun() {
        return words.getLongVolatile(BEGUN_OFFSET) != 0;
    }

    // ---- places ----------------------------------------------------------------------------------------------------

    private static int place(final int place) {
        if (place < 0 || place >= PLACES) {
            throw new IndexOutOfBoundsException("no such place: place=" + place);
        }
        return PLACES_OFFSET + place * PLACE_LENGTH;
    }

    private static int group(final int place, final int group) {
        if (group < 0 || group >= GROUPS) {
            throw new IndexOutOfBoundsException("no such group: group=" + group);
        }
        return place(place) + PLACE_HEADER + group * 16;
    }

    /** Notes that a worker is about to be killed, or to end itself: what it holds passes on rightly from now on. */
    void markKilled(final int place) {
        words.putLongVolatile(place(place), 1);
    }

    boolean isKilled(final int place) {
        return words.getLongVolatile(place(place)) != 0;
    }

    /** Notes that a group has come to the kill point that its worker was told of. */
    void hit(final int place, final int group) {
        words.putLongVolatile(place(place) + 8, group + 1L);
    }

    /** {@return group that stands at its kill point, or −1} */
    int hitBy(final int place) {
        return (int) words.getLongVolatile(place(place) + 8) - 1;
    }

    void role(final int place, final int group, final Role role) {
        words.putLongVolatile(group(place, group), role.code());
    }

    Role role(final int place, final int group) {
        return Role.of((int) words.getLongVolatile(group(place, group)));
    }

    void progress(final int place, final int group) {
        final int offset = group(place, group) + 8;
        words.putLongVolatile(offset, words.getLong(offset) + 1);
    }

    long progressOf(final int place, final int group) {
        return words.getLongVolatile(group(place, group) + 8);
    }

    // ---- completions -----------------------------------------------------------------------------------------------

    /** Notes that a group has got something done, now. */
    void completed(final long who, final int kind, final long value) {
        final long index = words.getAndAddLong(COMPLETION_COUNT_OFFSET, 1);
        final int offset = COMPLETIONS_OFFSET + (int) (index & COMPLETIONS - 1) * COMPLETION_LENGTH;
        words.putLongVolatile(offset, 0);
        words.putLongVolatile(offset + 8, value << KIND_BITS | kind);
        words.putLongVolatile(offset + 16, who);
        words.putLongVolatile(offset, System.nanoTime());
    }

    long completions() {
        return words.getLongVolatile(COMPLETION_COUNT_OFFSET);
    }

    /**
     * {@return when something was first completed, or 0 if it has not been yet}
     *
     * @param from index of the first completion that may count.
     * @param since time that it comes after.
     * @param kind of it.
     * @param above value that its value is greater than.
     */
    long firstCompletion(final long from, final long since, final int kind, final long above) {
        final long end = completions();
        long first = 0;
        for (long index = Math.max(from, end - COMPLETIONS); index < end; index++) {
            final int offset = COMPLETIONS_OFFSET + (int) (index & COMPLETIONS - 1) * COMPLETION_LENGTH;
            final long time = words.getLongVolatile(offset);
            final long what = words.getLongVolatile(offset + 8);
            if (time != 0
                    && time - since > 0
                    && (what & (1 << KIND_BITS) - 1) == kind
                    && what >>> KIND_BITS > above
                    && (first == 0 || time < first)) {
                first = time;
            }
        }
        return first;
    }

    // ---- what groups hold ------------------------------------------------------------------------------------------

    /** {@return the ledger of a lease: 0 is the topology lease, 1 and on the mutexes} */
    Ledger ledger(final int lease) {
        return new Ledger(this, words, LEDGERS_OFFSET + lease * LEDGER_LENGTH);
    }

    StateLedger stateLedger() {
        return new StateLedger(this, words, STATE_OFFSET);
    }

    /** {@return whether the slot of the table was nobody's, and is the group's now} */
    boolean takeClosure(final int slot, final long who) {
        if (slot >= CLOSURES) {
            return true;
        }
        final int offset = CLOSURES_OFFSET + slot * 8;
        return words.compareAndSetLong(offset, 0, who);
    }

    /** {@return whether the slot was still the group's} */
    boolean giveClosure(final int slot, final long who) {
        return slot >= CLOSURES || words.compareAndSetLong(CLOSURES_OFFSET + slot * 8, who, 0);
    }

    /** Lays an offered lease out for anybody; false if one lies there. */
    boolean offer(final long text) {
        return words.compareAndSetLong(MAILBOX_OFFSET, 0, text);
    }

    boolean isOffered() {
        return words.getLongVolatile(MAILBOX_OFFSET) != 0;
    }

    boolean withdrawOffer(final long text) {
        return words.compareAndSetLong(MAILBOX_OFFSET, text, 0);
    }

    /** {@return what was laid out, for the caller alone; or 0} */
    long takeOffer() {
        return words.getAndSetLong(MAILBOX_OFFSET, 0);
    }

    // ---- operations ------------------------------------------------------------------------------------------------

    /** {@return the digest of the operation at a sequence as the first replica saw it, which may be this one} */
    long agree(final long sequence, final long digest) {
        if (sequence >= SEQUENCES) {
            return digest;
        }
        final int offset = DIGESTS_OFFSET + (int) sequence * 8;
        final long known = words.getLongVolatile(offset);
        if (known != 0) {
            return known;
        }
        return words.compareAndSetLong(offset, 0, digest) ? digest : words.getLongVolatile(offset);
    }

    /** {@return what {@link #agree} has noted; 0 if no replica has applied it} */
    long digest(final long sequence) {
        return sequence >= SEQUENCES ? 0 : words.getLongVolatile(DIGESTS_OFFSET + (int) sequence * 8);
    }
}
