package dev.lockstep.region;

/**
 * How much a universe can hold. Chosen once, when the universe is created, and written into its header; who attaches
 * later takes what is there.
 *
 * @param processes attached JVMs at a time.
 * @param groups instance groups at a time, over all processes.
 * @param modules modules ever loaded (handles are not used again).
 * @param symbols resolved symbols.
 * @param nameBytes bytes for the names of modules and symbols together.
 * @param freeExtents leftovers that the memory allocator remembers.
 * @param closureBatches batches of 100 closure slots.
 * @param mutexes shared mutexes beside the topology lease.
 * @param ringBytes of the operation ring; a power of two. An operation's frame takes at most an eighth of it.
 * @param redoBytes of the redo area: the largest single change of the tables.
 * @param journalBytes of the journal: every operation ever committed must fit.
 */
public record Capacities(
        int processes,
        int groups,
        int modules,
        int symbols,
        int nameBytes,
        int freeExtents,
        int closureBatches,
        int mutexes,
        int ringBytes,
        int redoBytes,
        int journalBytes) {
    /** Slot numbers are 12 bits wide; the highest one stands for nobody, the next is not used. */
    public static final int MAX_GROUPS = 4094;

    /** Longest operation ring: in one that long no frame outlives the rounds, of which there are 2^19. */
    public static final int MAX_RING_BYTES = 1 << 24;

    /** What a universe has unless its creator asks for something else: about 10 MiB of files. */
    public static final Capacities DEFAULT =
            new Capacities(64, 256, 512, 8192, 1 << 20, 512, 128, 4, 256 << 10, 128 << 10, 8 << 20);

    /** Checks every capacity; the message of the error names the one that is wrong and its limits. */
    public Capacities {
        inRange("processes", processes, 1, 1024);
        inRange("groups", groups, 1, MAX_GROUPS);
        inRange("modules", modules, 1, 1 << 16);
        inRange("symbols", symbols, 1, 1 << 20);
        inRange("nameBytes", nameBytes, 1 << 10, 1 << 26);
        inRange("freeExtents", freeExtents, 1, 1 << 16);
        inRange("closureBatches", closureBatches, 1, 1 << 16);
        inRange("mutexes", mutexes, 0, 64);
        inRange("ringBytes", ringBytes, 1 << 12, MAX_RING_BYTES);
        if (Integer.bitCount(ringBytes) != 1) {
            throw new IllegalArgumentException("capacity is not a power of two: ringBytes=" + ringBytes);
        }
        inRange("redoBytes", redoBytes, 1 << 12, 1 << 26);
        inRange("journalBytes", journalBytes, 1 << 12, 1 << 30);
    }

    private static void inRange(final String name, final int value, final int least, final int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "capacity out of range: " + name + "=" + value + ", choose from " + least + " to " + most);
        }
    }

    /**
     * {@return the same capacities but for the number of groups}
     *
     * @param count of groups.
     */
    public Capacities withGroups(final int count) {
        return new Capacities(
                processes,
                count,
                modules,
                symbols,
                nameBytes,
                freeExtents,
                closureBatches,
                mutexes,
                ringBytes,
                redoBytes,
                journalBytes);
    }

    /**
     * {@return the same capacities but for the journal}
     *
     * @param bytes of the journal.
     */
    public Capacities withJournalBytes(final int bytes) {
        return new Capacities(
                processes,
                groups,
                modules,
                symbols,
                nameBytes,
                freeExtents,
                closureBatches,
                mutexes,
                ringBytes,
                redoBytes,
                bytes);
    }
}
