package dev.lockstep.process;

import static dev.lockstep.region.ProcessEntryDescriptor.ATTACHED_AT_OFFSET;
import static dev.lockstep.region.ProcessEntryDescriptor.NAMESPACE_OFFSET;
import static dev.lockstep.region.ProcessEntryDescriptor.PID_OFFSET;
import static dev.lockstep.region.ProcessEntryDescriptor.START_TICKS_OFFSET;
import static dev.lockstep.region.ProcessEntryDescriptor.STATE_OFFSET;

import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The processes attached to a universe.
 *
 * <p>Entry <i>i</i> goes with byte <i>i</i> of the lock file. <b>Only the holder of the byte writes the entry</b>: the
 * attached process while it lives, and after its death whoever has locked the byte to reap it. So the entry needs no CAS.
 *
 * <pre>
 *  entry      byte     meaning
 *  FREE       free     nobody
 *  FREE       held     somebody is attaching, detaching, or has just reaped
 *  ATTACHED   held     alive, or being reaped
 *  ATTACHED   free     dead: to be reaped (or its lock is lost: see below)
 * </pre>
 *
 * <table>
 * <caption>Words of an entry</caption>
 * <tr><th>word</th><th>written</th><th>read</th></tr>
 * <tr><td>state</td>
 *   <td>release store by the holder of the byte. ATTACHED follows the other words, so that who sees it sees them; FREE
 *   follows the reaper's work, so that who sees it finds nothing left of the dead process.</td>
 *   <td>acquire load by anybody; by a holder of the byte after the lock call: what the last holder wrote before it let
 *   go, or died, is visible then (the kernel's lock and unlock order it).</td></tr>
 * <tr><td>pid, start ticks, namespace, attached at</td>
 *   <td>plain stores by the attaching process, between FREE and ATTACHED; a store-store fence after FREE keeps them from
 *   being seen under the generation before.</td>
 *   <td>plain loads by anybody between two loads of the state, an acquire fence before the second: if both are equal,
 *   the words belong to that generation.</td></tr>
 * </table>
 *
 * <p>The generation grows with every attaching; (index, generation) names a process for good. What is in the file may be
 * damaged: any state but FREE counts as attached, the byte alone decides about death, and generations are compared for
 * equality only.
 *
 * <p><b>Who is dead.</b> A process whose byte is free. If it is of our own pid namespace, {@code /proc} must agree: the
 * pid gone, taken by another process, or a zombie. Where it does not agree, the process is either ending at this moment
 * (the kernel frees the locks a little before it shows the end) or has lost its lock; which one, time tells, and in
 * neither case is anything taken from it.
 *
 * <p>Thread-safe. A thread that looks at a process holds its byte for some microseconds; to others it looks alive for as
 * long. Nothing here waits while it holds a byte that is not this process' own.
 */
public final class ProcessTable {
    /** A process that has not ended this long after its byte was found free has lost the lock. */
    static final long LOST_AFTER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int STATE_BITS = 8;
    private static final long STATE_MASK = (1L << STATE_BITS) - 1;
    private static final long FREE = 0;
    private static final long ATTACHED = 1;
    private static final long NO_GENERATION = -1;
    private static final int ATTACH_SWEEPS = 20;
    private static final long SWEEP_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int INFO_TRIES = 64;
    private static final int NOT_ATTACHED = -1;
    private static final int ATTACHING = -2;

    private final SharedBuffer buffer;
    private final Layout layout;
    private final ByteLock byteLock;
    private final HostIdentity self;
    private final ProcessProbe probe;
    private final NanoClock clock;
    private final LostLockListener listener;
    private final int capacity;
    private final AtomicInteger ownIndex = new AtomicInteger(NOT_ATTACHED);
    private volatile long ownGeneration;

    // Of processes whose byte was found free though they run; an element is touched under its byte only.
    private final long[] suspectGeneration;
    private final long[] suspectSince;
    private final boolean[] suspectReported;

    /**
     * A process table behind all its seams.
     *
     * @param buffer all of {@code linker.dat}.
     * @param layout of it.
     * @param byteLock over the lock file that belongs to it.
     * @param self this process.
     * @param probe looks at other processes.
     * @param clock measures how long a lock has been lost.
     * @param listener is told about lost locks.
     */
    public ProcessTable(
            final SharedBuffer buffer,
            final Layout layout,
            final ByteLock byteLock,
            final HostIdentity self,
            final ProcessProbe probe,
            final NanoClock clock,
            final LostLockListener listener) {
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        this.layout = Objects.requireNonNull(layout, "layout");
        this.byteLock = Objects.requireNonNull(byteLock, "byteLock");
        this.self = Objects.requireNonNull(self, "self");
        this.probe = Objects.requireNonNull(probe, "probe");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.listener = Objects.requireNonNull(listener, "listener");
        capacity = layout.capacities().processes();
        suspectGeneration = new long[capacity];
        Arrays.fill(suspectGeneration, NO_GENERATION);
        suspectSince = new long[capacity];
        suspectReported = new boolean[capacity];
    }

    /**
     * A process table of this JVM on this machine.
     *
     * @param buffer all of {@code linker.dat}.
     * @param layout of it.
     * @param byteLock over the lock file that belongs to it.
     * @param listener is told about lost locks.
     */
    public ProcessTable(
            final SharedBuffer buffer, final Layout layout, final ByteLock byteLock, final LostLockListener listener) {
        this(buffer, layout, byteLock, HostIdentity.current(), ProcessProbe.PROC, SystemNanoClock.INSTANCE, listener);
    }

    /** {@return number of entries} */
    public int capacity() {
        return capacity;
    }

    /**
     * {@return index of this process' entry}
     *
     * @throws IllegalStateException if it is not attached.
     */
    public int ownIndex() {
        final int index = ownIndex.get();
        if (index < 0) {
            throw new IllegalStateException("process is not attached, attach first");
        }
        return index;
    }

    /**
     * {@return generation of this process' entry}
     *
     * @throws IllegalStateException if it is not attached.
     */
    public long ownGeneration() {
        ownIndex();
        return ownGeneration;
    }

    /**
     * Enters this process: takes a byte, reaps a dead process if that was its byte, and publishes the entry under a new
     * generation. The byte stays held until {@link #detach} or the end of the process.
     *
     * @param reaper cleans up after a dead process whose entry is taken over.
     * @return index of the entry.
     * @throws CapacityExceededException if every entry is taken; nothing has been changed.
     * @throws IllegalStateException if this table is attached already.
     */
    public int attach(final Reaper reaper) {
        Objects.requireNonNull(reaper, "reaper");
        if (!ownIndex.compareAndSet(NOT_ATTACHED, ATTACHING)) {
            throw new IllegalStateException("process is attached already: process=" + ownIndex.get());
        }
        int index = NOT_ATTACHED;
        try {
            index = claimAny(reaper);
        } finally {
            ownIndex.set(index);
        }
        return index;
    }

    private int claimAny(final Reaper reaper) {
        for (int sweep = 0; sweep < ATTACH_SWEEPS; sweep++) {
            for (int index = 0; index < capacity; index++) {
                if (tryClaim(index, reaper)) {
                    return index;
                }
            }
            // Who only looks at an entry holds its byte for a moment: that does not make the table full.
            LockSupport.parkNanos(SWEEP_PAUSE_NANOS);
        }
        throw new CapacityExceededException("processes", capacity);
    }

    private boolean tryClaim(final int index, final Reaper reaper) {
        if (!byteLock.tryAcquire(index)) {
            return false;
        }
        boolean claimed = false;
        try {
            final long state = stateUnderByte(index);
            if (isFree(state) || reapUnderByte(index, state, reaper)) {
                publish(index, nextGeneration(state));
                claimed = true;
            }
        } finally {
            if (!claimed) {
                byteLock.release(index);
            }
        }
        return claimed;
    }

    private void publish(final int index, final long generation) {
        final int entry = layout.processEntry(index);
        buffer.storeStoreFence(); // the entry is FREE: what follows is not seen under the generation before
        buffer.putLong(entry + PID_OFFSET, self.pid());
        buffer.putLong(entry + START_TICKS_OFFSET, self.startTicks());
        buffer.putLong(entry + NAMESPACE_OFFSET, self.namespace());
        buffer.putLong(entry + ATTACHED_AT_OFFSET, System.currentTimeMillis());
        ownGeneration = generation;
        buffer.putLongRelease(entry + STATE_OFFSET, generation << STATE_BITS | ATTACHED);
    }

    /**
     * Takes this process out. It has left everything else before: nobody will clean up after it.
     *
     * @param index of this process' entry.
     * @throws IllegalStateException if it is not this process' entry.
     */
    public void detach(final int index) {
        if (index < 0 || !ownIndex.compareAndSet(index, ATTACHING)) {
            throw new IllegalStateException("not this process' entry: process=" + index + " own=" + ownIndex.get());
        }
        try {
            free(index, ownGeneration);
            byteLock.release(index);
        } finally {
            ownIndex.set(NOT_ATTACHED);
        }
    }

    /**
     * What is known of a process. Takes two microseconds for one that is alive, some more for one that is not.
     *
     * @param index of its entry.
     * @param generation of its stay.
     * @return what is known; all but {@link Liveness#ALIVE} is final for that generation, unless its lock is lost.
     * @throws IndexOutOfBoundsException if there is no such entry.
     */
    public Liveness liveness(final int index, final long generation) {
        final long state = buffer.getLongAcquire(layout.processEntry(index) + STATE_OFFSET);
        if (!isAttached(state, generation)) {
            return Liveness.GONE;
        }
        if (index == ownIndex.get() || !byteLock.tryAcquire(index)) {
            return Liveness.ALIVE;
        }
        try {
            if (!isAttached(stateUnderByte(index), generation)) {
                return Liveness.GONE;
            }
            if (!runsWithoutByte(index, generation)) {
                return Liveness.DEAD;
            }
            return suspectReported[index] ? Liveness.LOCK_LOST : Liveness.ALIVE;
        } finally {
            byteLock.release(index);
        }
    }

    /**
     * Whether a process has left for good: it is dead, or has detached, or was reaped. Never true of a live one.
     *
     * @param index of its entry.
     * @param generation of its stay.
     * @return whether it has left; if not, it may still be dead: ask again.
     * @throws IndexOutOfBoundsException if there is no such entry.
     */
    public boolean isDead(final int index, final long generation) {
        final Liveness liveness = liveness(index, generation);
        return liveness == Liveness.DEAD || liveness == Liveness.GONE;
    }

    /**
     * Reaps whoever was attached at an entry, if dead: under its byte the reaper cleans up, then the entry is freed, then
     * the byte. If the reaper throws, the entry stays as it is, for the next one to begin anew.
     *
     * @param index of the entry; this process' own is never reaped.
     * @param reaper cleans up; it must not wait.
     * @return whether a process was reaped by this call.
     * @throws IndexOutOfBoundsException if there is no such entry.
     */
    public boolean reapIfDead(final int index, final Reaper reaper) {
        Objects.requireNonNull(reaper, "reaper");
        final long seen = buffer.getLongAcquire(layout.processEntry(index) + STATE_OFFSET);
        if (isFree(seen) || index == ownIndex.get() || !byteLock.tryAcquire(index)) {
            return false;
        }
        try {
            return stateUnderByte(index) == seen && reapUnderByte(index, seen, reaper);
        } finally {
            byteLock.release(index);
        }
    }

    private boolean reapUnderByte(final int index, final long state, final Reaper reaper) {
        final long generation = generationOf(state);
        if (runsWithoutByte(index, generation)) {
            return false;
        }
        reaper.reap(index, generation);
        free(index, generation);
        return true;
    }

    private void free(final int index, final long generation) {
        buffer.putLongRelease(layout.processEntry(index) + STATE_OFFSET, generation << STATE_BITS | FREE);
    }

    /** Under the byte. Its holder before may have died just now, so this load comes after the lock call. */
    private long stateUnderByte(final int index) {
        return buffer.getLongVolatile(layout.processEntry(index) + STATE_OFFSET);
    }

    /** Under the byte, which the process does not hold, therefore. Tells the listener if that has lasted for too long. */
    private boolean runsWithoutByte(final int index, final long generation) {
        final ProcessInfo process = read(index, generation);
        if (self.namespace() == 0
                || process.namespace() != self.namespace()
                || !probe.isRunning(process.pid(), process.startTicks())) {
            return false;
        }
        final long now = clock.nanoTime();
        if (suspectGeneration[index] != generation) {
            suspectGeneration[index] = generation;
            suspectSince[index] = now;
            suspectReported[index] = false;
        } else if (!suspectReported[index] && now - suspectSince[index] >= LOST_AFTER_NANOS) {
            suspectReported[index] = true;
            listener.lockLost(process);
        }
        return true;
    }

    /**
     * {@return who is attached at an entry, or null if nobody is or it is changing}
     *
     * @param index of the entry.
     */
    public ProcessInfo process(final int index) {
        final int stateOffset = layout.processEntry(index) + STATE_OFFSET;
        for (int i = 0; i < INFO_TRIES; i++) {
            final long state = buffer.getLongAcquire(stateOffset);
            if (isFree(state)) {
                return null;
            }
            final ProcessInfo process = read(index, generationOf(state));
            buffer.acquireFence(); // the words before the second look at the state
            if (buffer.getLong(stateOffset) == state) {
                return process;
            }
        }
        return null;
    }

    /**
     * {@return generation of the process that is attached at an entry, or that was last}
     *
     * @param index of the entry.
     */
    public long generation(final int index) {
        return generationOf(buffer.getLongAcquire(layout.processEntry(index) + STATE_OFFSET));
    }

    /**
     * {@return whether an entry is taken, by a live or a dead process}
     *
     * @param index of the entry.
     */
    public boolean isAttached(final int index) {
        return !isFree(buffer.getLongAcquire(layout.processEntry(index) + STATE_OFFSET));
    }

    private ProcessInfo read(final int index, final long generation) {
        final int entry = layout.processEntry(index);
        return new ProcessInfo(
                index,
                generation,
                buffer.getLong(entry + PID_OFFSET),
                buffer.getLong(entry + START_TICKS_OFFSET),
                buffer.getLong(entry + NAMESPACE_OFFSET),
                buffer.getLong(entry + ATTACHED_AT_OFFSET));
    }

    private static boolean isFree(final long state) {
        return (state & STATE_MASK) == FREE;
    }

    private static boolean isAttached(final long state, final long generation) {
        return !isFree(state) && generationOf(state) == generation;
    }

    private static long generationOf(final long state) {
        return state >>> STATE_BITS;
    }

    /** 56 bits; 0 is nobody's. */
    private static long nextGeneration(final long state) {
        final long next = generationOf(state) + 1 & -1L >>> STATE_BITS;
        return next == 0 ? 1 : next;
    }
}
