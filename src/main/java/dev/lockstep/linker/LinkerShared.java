package dev.lockstep.linker;

import dev.lockstep.broadcast.Journal;
import dev.lockstep.broadcast.OperationLog;
import dev.lockstep.linker.table.ModuleStates;
import dev.lockstep.lock.Lease;
import dev.lockstep.lock.StateLock;
import dev.lockstep.lock.Waker;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.SharedBuffer;
import dev.lockstep.region.TableDescriptor;
import org.agrona.concurrent.NanoClock;

/**
 * Everything that the groups share, behind its seams: buffer, journal, waker, clock and the check for deaths. One
 * instance an attachment; in the tests as many as there are participants.
 *
 * <p>Thread-safe: it holds no state of its own but the closing flag.
 */
final class LinkerShared {
    private static final int CODE_BITS = 12;
    private static final int SLOT_BITS = 12;
    private static final long CODE_MASK = (1L << CODE_BITS) - 1;
    private static final long SLOT_MASK = (1L << SLOT_BITS) - 1;

    /** Greatest abort code. */
    static final int MAX_CODE = (int) CODE_MASK;

    final SharedBuffer buffer;
    final Layout layout;
    final Lease topology;
    final Lease[] mutexes;
    final StateLock stateLock;
    final GroupSlots slots;
    final ModuleStates moduleStates;
    final OperationLog log;
    final Waker waker;
    final NanoClock clock;
    final int looksBeforeDeathCheck;
    final boolean abortOnConstructorDeath;

    private final int controlOffset;
    private final int abortDetailOffset;
    private final int bootstrapOffset;
    private final int stoppedAtOffset;
    private volatile boolean closing;
    private volatile long tick;
    private volatile long evictAfterNanos;
    private volatile Runnable deathCheck;

    LinkerShared(
            final SharedBuffer buffer,
            final Layout layout,
            final Journal journal,
            final Waker waker,
            final NanoClock clock,
            final int looksBeforeDeathCheck,
            final boolean abortOnConstructorDeath) {
        this.buffer = buffer;
        this.layout = layout;
        this.waker = waker;
        this.clock = clock;
        this.looksBeforeDeathCheck = looksBeforeDeathCheck;
        this.abortOnConstructorDeath = abortOnConstructorDeath;
        final int groups = layout.capacities().groups();
        topology = new Lease(buffer, layout.topologyLease(), groups, waker);
        mutexes = new Lease[layout.capacities().mutexes()];
        for (int i = 0; i < mutexes.length; i++) {
            mutexes[i] = new Lease(buffer, layout.mutex(i), groups, waker);
        }
        stateLock = new StateLock(buffer, layout.stateLock(), groups, waker);
        slots = new GroupSlots(buffer, layout);
        moduleStates = new ModuleStates(buffer, layout);
        log = new OperationLog(buffer, layout, journal);
        controlOffset = layout.control() + ControlDescriptor.WORD_OFFSET;
        abortDetailOffset = layout.control() + ControlDescriptor.ABORT_DETAIL_OFFSET;
        stoppedAtOffset = layout.control() + ControlDescriptor.STOPPED_AT_OFFSET;
        bootstrapOffset = layout.control() + ControlDescriptor.BOOTSTRAP_OFFSET;
    }

    /** What to do when somebody has waited for a while without progress: find the dead and reap them. */
    void onNoProgress(final Runnable check) {
        deathCheck = check;
    }

    void checkForDeaths() {
        final Runnable check = deathCheck;
        if (check != null) {
            check.run();
        }
    }

    /** For how long a running group is waited for before the others go on without it; 0 = for ever. */
    void evictAfter(final long nanos) {
        evictAfterNanos = nanos;
    }

    long evictAfterNanos() {
        return evictAfterNanos;
    }

    /** Notes the time, for {@link #recently}; now and then, by the monitor. {@return the time} */
    long tick() {
        final long now = clock.nanoTime();
        tick = now;
        return now;
    }

    /** The time as the monitor has last seen it, which costs a load; the time itself where there is no monitor. */
    long recently() {
        final long last = tick;
        return last != 0 ? last : clock.nanoTime();
    }

    /** Notes when the newest operation stopped the groups; diagnostics only. */
    void noteStop() {
        buffer.putLongOpaque(stoppedAtOffset, recently());
    }

    /** When the newest operation stopped the groups, by the monotonic clock that the JVMs of a machine share. */
    long stoppedAt() {
        return buffer.getLongOpaque(stoppedAtOffset);
    }

    /** The control word, for a poll: one load, no ordering; a change is seen eventually. */
    long controlOpaque() {
        return buffer.getLongOpaque(controlOffset);
    }

    long control() {
        return buffer.getLongVolatile(controlOffset);
    }

    /**
     * One step of the control word.
     *
     * @return false if it has changed meanwhile, which only an abort can do.
     */
    boolean step(final long from, final long to) {
        return buffer.compareAndSetLong(controlOffset, from, to);
    }

    /**
     * Aborts the universe: the detail first, where the first code wins, then the bit, which the loser sets too.
     */
    void abort(final int code, final int slot) {
        final long sequence = ControlWord.sequence(control());
        buffer.compareAndSetLong(
                abortDetailOffset,
                0,
                (sequence << (SLOT_BITS + CODE_BITS)) | ((slot & SLOT_MASK) << CODE_BITS) | (code & CODE_MASK));
        while (true) {
            final long word = control();
            if (ControlWord.isAborted(word) || step(word, ControlWord.aborted(word))) {
                break;
            }
        }
        waker.wakeAll();
    }

    SynchronizationAbortedException aborted() {
        final long detail = buffer.getLongVolatile(abortDetailOffset);
        return new SynchronizationAbortedException(
                (int) (detail & CODE_MASK),
                (int) ((detail >>> CODE_BITS) & SLOT_MASK),
                detail >>> (SLOT_BITS + CODE_BITS));
    }

    boolean isAborted() {
        return ControlWord.isAborted(control());
    }

    /** Bootstrap word: 0 none, (slot + 1) << 1 being made, the same | 1 done. */
    long bootstrapWord() {
        return buffer.getLongVolatile(bootstrapOffset);
    }

    boolean beginBootstrap(final int slot) {
        return buffer.compareAndSetLong(bootstrapOffset, 0, (slot + 1L) << 1);
    }

    void endBootstrap(final int slot) {
        buffer.compareAndSetLong(bootstrapOffset, (slot + 1L) << 1, (slot + 1L) << 1 | 1);
    }

    void cancelBootstrap(final int slot) {
        buffer.compareAndSetLong(bootstrapOffset, (slot + 1L) << 1, 0);
    }

    /** A bootstrap that has changed anything has happened, whether or not its group came to say so. */
    boolean isBootstrapped() {
        return (bootstrapWord() & 1) != 0
                || buffer.getLongVolatile(layout.tables() + TableDescriptor.SEQUENCE_OFFSET) != 0
                || ControlWord.sequence(control()) != 0;
    }

    /** Ends the bootstrap of a slot that will not: as done if it has changed anything, else as never begun. */
    void reapBootstrap(final int slot) {
        if (bootstrapWord() == (slot + 1L) << 1) {
            if (isBootstrapped()) {
                endBootstrap(slot);
            } else {
                cancelBootstrap(slot);
            }
        }
    }

    void close() {
        closing = true;
    }

    boolean isClosing() {
        return closing;
    }
}
