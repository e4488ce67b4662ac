package dev.lockstep.linker;

import static dev.lockstep.region.GroupSlotDescriptor.APPLIED_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.ARRIVAL_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.EVICTION_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.GROUP_LOCK_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.LAST_POLL_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.SLEEP_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.STATE_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.THREAD_NAME_LENGTH;
import static dev.lockstep.region.GroupSlotDescriptor.THREAD_NAME_OFFSET;
import static dev.lockstep.region.GroupSlotDescriptor.WAITS_FOR_OFFSET;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The group slots: who exists, and how far each has come.
 *
 * <pre>
 *  state word   generation 40 | process 16 | state 8
 *  waits for    stores so far 40 | handle 24
 * </pre>
 *
 * <p>A slot is claimed by one CAS of its state word, which names the process with it, so there is no moment at which a
 * claimed slot belongs to nobody. Until its process entry has been freed, which is the last step of reaping, the index of
 * a process names one attachment only.
 */
final class GroupSlots {
    /** Nobody. */
    static final int FREE = 0;

    /** Being made; a safe region. */
    static final int JOINING = 1;

    /** In a safe region: nobody waits for it. */
    static final int SAFE = 2;

    /** Takes part in every rendezvous. */
    static final int RUNNING = 3;

    private static final int STATE_BITS = 8;
    private static final int PROCESS_BITS = 16;
    private static final int GENERATION_SHIFT = STATE_BITS + PROCESS_BITS;
    private static final long STATE_MASK = (1L << STATE_BITS) - 1;
    private static final long PROCESS_MASK = (1L << PROCESS_BITS) - 1;
    private static final int HANDLE_BITS = 24;
    private static final long HANDLE_MASK = (1L << HANDLE_BITS) - 1;

    private final SharedBuffer buffer;
    private final Layout layout;
    private final int count;
    private final int taken;

    GroupSlots(final SharedBuffer buffer, final Layout layout) {
        this.buffer = buffer;
        this.layout = layout;
        count = layout.capacities().groups();
        taken = layout.control() + ControlDescriptor.TAKEN_OFFSET;
    }

    int count() {
        return count;
    }

    /**
     * Claims a free slot for a process.
     *
     * @return the slot.
     */
    int claim(final int process) {
        for (int slot = 0; slot < count; slot++) {
            final int offset = layout.groupSlot(slot);
            final long word = buffer.getLongVolatile(offset + STATE_OFFSET);
            if (state(word) == FREE
                    && buffer.compareAndSetLong(
                            offset + STATE_OFFSET, word, pack(generation(word) + 1, process, JOINING))) {
                take(slot, true);
                buffer.putLongRelease(offset + APPLIED_OFFSET, 0);
                buffer.putLongRelease(offset + ARRIVAL_OFFSET, 0);
                waitFor(slot, 0);
                buffer.putLongRelease(offset + EVICTION_OFFSET, 0);
                buffer.putLongRelease(offset + GROUP_LOCK_OFFSET, 0);
                awake(offset + SLEEP_OFFSET);
                return slot;
            }
        }
        throw new CapacityExceededException("groups", count);
    }

    /** The sleep word that a dead thread has left, even again; never back to 0, since no stamp is to come twice. */
    private void awake(final int offset) {
        final long word = buffer.getLongVolatile(offset);
        if ((word & 1) != 0) {
            buffer.compareAndSetLong(offset, word, word + 1);
        }
    }

    /** Frees a slot; the last step of leaving or of reaping. Until the slot is free it is this caller's, the bit too. */
    void free(final int slot) {
        take(slot, false);
        final int offset = layout.groupSlot(slot) + STATE_OFFSET;
        final long word = buffer.getLongVolatile(offset);
        buffer.putLongRelease(offset, pack(generation(word), 0, FREE));
    }

    private void take(final int slot, final boolean taken) {
        final int offset = takenOffset(slot);
        final long bit = 1L << slot;
        while (true) {
            final long bits = buffer.getLongVolatile(offset);
            final long changed = taken ? bits | bit : bits & ~bit;
            if (bits == changed || buffer.compareAndSetLong(offset, bits, changed)) {
                return;
            }
        }
    }

    /** Whether instigators look at the slot: from its claim on, before its group can run. */
    boolean isTaken(final int slot) {
        return (buffer.getLongVolatile(takenOffset(slot)) & 1L << slot) != 0;
    }

    /**
     * The bits of the slots that share a word with one, from it on: bit 0 is that of slot 0, 64, 128, …. Who has made the control
     * word say that it waits sees every group that runs and has not seen that word.
     */
    long takenFrom(final int slot) {
        return buffer.getLongVolatile(takenOffset(slot)) & -1L << slot;
    }

    private int takenOffset(final int slot) {
        return taken + slot / Long.SIZE * Long.BYTES;
    }

    long word(final int slot) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + STATE_OFFSET);
    }

    boolean isRunning(final int slot) {
        return state(word(slot)) == RUNNING;
    }

    boolean belongsTo(final int slot, final int process) {
        final long word = word(slot);
        return state(word) != FREE && process(word) == process;
    }

    /** The slot's word while nobody has it, which no later vacancy has; −1 while somebody has. */
    long vacancy(final int slot) {
        final long word = word(slot);
        return state(word) == FREE ? word >>> STATE_BITS : -1;
    }

    /** Number of slots that are not free. */
    int occupied() {
        int occupied = 0;
        for (int slot = 0; slot < count; slot++) {
            if (state(word(slot)) != FREE) {
                occupied++;
            }
        }
        return occupied;
    }

    /** Stores that the slot's group runs; the caller fences and looks at the control word next. */
    void run(final int slot) {
        final int offset = layout.groupSlot(slot) + STATE_OFFSET;
        buffer.putLongRelease(offset, withState(buffer.getLong(offset), RUNNING));
    }

    /** Stores that nobody need wait for the slot's group; everything it did before is visible to who sees that. */
    void safe(final int slot) {
        final int offset = layout.groupSlot(slot) + STATE_OFFSET;
        buffer.putLongRelease(offset, withState(buffer.getLong(offset), SAFE));
    }

    /**
     * Stops waiting for a group, for good: by the owner of the topology lease. The slot stays taken until the group has
     * seen it, or its process is dead.
     *
     * @param word state word by which the group was found running: another group that has the slot by now is not meant.
     */
    void evict(final int slot, final long word) {
        buffer.putLongVolatile(layout.groupSlot(slot) + EVICTION_OFFSET, generation(word) + 1);
    }

    boolean isEvicted(final int slot) {
        return isEvicted(slot, word(slot));
    }

    /** Whether the group that has the slot by that state word was evicted. */
    boolean isEvicted(final int slot, final long word) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + EVICTION_OFFSET) == generation(word) + 1;
    }

    boolean isAnyEvicted() {
        for (int slot = 0; slot < count; slot++) {
            final long word = word(slot);
            if (state(word) != FREE && isEvicted(slot, word)) {
                return true;
            }
        }
        return false;
    }

    /** Stores the group's arrival. */
    void arrive(final int slot, final long arrival) {
        buffer.putLongRelease(layout.groupSlot(slot) + ARRIVAL_OFFSET, arrival);
    }

    boolean hasArrived(final int slot, final long arrival) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + ARRIVAL_OFFSET) == arrival;
    }

    /** Whatever was committed since it arrived. */
    boolean hasArrivedInRound(final int slot, final long round) {
        return ControlWord.roundOfArrival(buffer.getLongVolatile(layout.groupSlot(slot) + ARRIVAL_OFFSET)) == round;
    }

    /** Stores how far the group's replica has come. */
    void applied(final int slot, final long sequence) {
        buffer.putLongRelease(layout.groupSlot(slot) + APPLIED_OFFSET, sequence);
    }

    /** Equal, not more: nobody applies what is not committed, so more is damage and no answer. */
    boolean hasApplied(final int slot, final long sequence) {
        return appliedSequence(slot) == sequence;
    }

    long appliedSequence(final int slot) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + APPLIED_OFFSET);
    }

    /**
     * Stores which module the slot's group waits for, 0 = none; the caller fences before it looks at what others wait for.
     * By the group's own thread, or by who has just claimed the slot: what a dead group waited for is over then.
     */
    void waitFor(final int slot, final int handle) {
        final int offset = layout.groupSlot(slot) + WAITS_FOR_OFFSET;
        final long stores = (buffer.getLong(offset) >>> HANDLE_BITS) + 1;
        buffer.putLongRelease(offset, stores << HANDLE_BITS | handle);
    }

    /** What the slot's group waits for, and the number of that store: two words that are equal are one store. */
    long waitsFor(final int slot) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + WAITS_FOR_OFFSET);
    }

    /** Handle of the module in a word from {@link #waitsFor}, 0 = none; anything if the file is damaged. */
    static int awaitedModule(final long wait) {
        return (int) (wait & HANDLE_MASK);
    }

    /**
     * Binds the group to a thread, and says to everybody which one.
     *
     * @return false if it is bound.
     */
    boolean bind(final int slot, final Thread thread) {
        final ByteBuffer name = ByteBuffer.allocate(THREAD_NAME_LENGTH).order(ByteOrder.nativeOrder());
        final byte[] utf8 = thread.getName().getBytes(StandardCharsets.UTF_8);
        name.put(utf8, 0, Math.min(utf8.length, THREAD_NAME_LENGTH));
        for (int i = 0; i < THREAD_NAME_LENGTH; i += Long.BYTES) {
            buffer.putLong(layout.groupSlot(slot) + THREAD_NAME_OFFSET + i, name.getLong(i));
        }
        return buffer.compareAndSetLong(layout.groupSlot(slot) + GROUP_LOCK_OFFSET, 0, thread.getId());
    }

    /** Notes the time of a slow poll, or of the end of a safe region; diagnostics only. */
    void polled(final int slot, final long nanos) {
        buffer.putLongOpaque(layout.groupSlot(slot) + LAST_POLL_OFFSET, nanos);
    }

    long lastPolled(final int slot) {
        return buffer.getLongOpaque(layout.groupSlot(slot) + LAST_POLL_OFFSET);
    }

    long threadId(final int slot) {
        return buffer.getLongVolatile(layout.groupSlot(slot) + GROUP_LOCK_OFFSET);
    }

    /** Name of the thread that the group is bound to; what cannot be printed is replaced. */
    String threadName(final int slot) {
        final ByteBuffer name = ByteBuffer.allocate(THREAD_NAME_LENGTH).order(ByteOrder.nativeOrder());
        for (int i = 0; i < THREAD_NAME_LENGTH; i += Long.BYTES) {
            name.putLong(i, buffer.getLong(layout.groupSlot(slot) + THREAD_NAME_OFFSET + i));
        }
        int length = 0;
        while (length < THREAD_NAME_LENGTH && name.get(length) != 0) {
            length++;
        }
        return new String(name.array(), 0, length, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    }

    static int state(final long word) {
        return (int) (word & STATE_MASK);
    }

    static int process(final long word) {
        return (int) ((word >>> STATE_BITS) & PROCESS_MASK);
    }

    static long generation(final long word) {
        return word >>> GENERATION_SHIFT;
    }

    private static long withState(final long word, final int state) {
        return (word & ~STATE_MASK) | state;
    }

    private static long pack(final long generation, final int process, final int state) {
        return (generation << GENERATION_SHIFT) | ((long) process << STATE_BITS) | state;
    }
}
