package dev.lockstep.linker;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.broadcast.JournalCorruptException;
import dev.lockstep.broadcast.LogCursor;
import dev.lockstep.broadcast.OperationLog;
import dev.lockstep.lock.Cooperation;
import dev.lockstep.lock.Lease;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A group's part in the protocol: it follows operations, catches up, and waits. What it does when it asks for an
 * operation itself, or finishes one of the dead, is in {@link Rendezvous}.
 *
 * <p>Confined to the thread that its group is bound to.
 */
final class Participant implements Cooperation {
    /** Time between two searches for the dead. */
    private static final long DEATH_CHECK_INTERVAL_NANOS = 2_000_000;

    private static final AtomicLongFieldUpdater<Participant> HANDLED =
            AtomicLongFieldUpdater.newUpdater(Participant.class, "handled");

    private static final long UNHANDLED = -1;
    private static final long NO_ROUND = -1;

    final LinkerShared shared;
    final int slot;
    private final Replica replica;
    private final IdleStrategy idleStrategy;

    /** The same, if it is the default one: only that sleeps. */
    private final DefaultIdleStrategy sleepingStrategy;

    private final LogCursor cursor;
    private final MutableDirectBuffer frame;
    private final OperationFlyweight operation = new OperationFlyweight();
    private final Rendezvous rendezvous;
    private volatile long handled = UNHANDLED;
    private boolean running;
    private boolean joining = true;
    private boolean applying;
    private boolean registered;
    private long applied;
    private int looks;
    private long nextDeathCheck;

    Participant(final LinkerShared shared, final int slot, final Replica replica, final IdleStrategy idleStrategy) {
        this.shared = shared;
        this.slot = slot;
        this.replica = replica;
        this.idleStrategy = idleStrategy;
        sleepingStrategy = idleStrategy instanceof DefaultIdleStrategy sleeping ? sleeping : null;
        cursor = shared.log.cursor();
        frame = new UnsafeBuffer(new byte[Frame.paddedLength(shared.log.maxFrameLength())]);
        rendezvous = new Rendezvous(shared, this);
    }

    Rendezvous rendezvous() {
        return rendezvous;
    }

    boolean isRunning() {
        return running;
    }

    /** Whether that control word is another one than the group last answered. */
    boolean isPending(final long control) {
        return control != handled;
    }

    /** The group has brought the control word here itself: there is nothing to answer. */
    void handled(final long word) {
        handled = word;
    }

    /** Makes the next poll take the slow path. */
    void disturb() {
        handled = UNHANDLED;
    }

    long applied() {
        return applied;
    }

    int tableLength() {
        return replica.tableLength();
    }

    /**
     * Answers what is pending: arrives, applies, waits for the others. One operation a call, however many follow: the
     * next one waits for the next poll, so that the guest goes on in between. Returns with everything applied that was
     * committed when the operation was over.
     */
    void drain() {
        refuseWhileApplying();
        long word = shared.control();
        long answered = NO_ROUND;
        while (true) {
            if (ControlWord.isAborted(word)) {
                throw shared.aborted();
            }
            refuseIfEvicted();
            switch (ControlWord.phase(word)) {
                case ControlWord.IDLE -> {
                    if (running && !(shared.slots.isRunning(slot) && shared.slots.isTaken(slot))) {
                        throw damaged("group slot is not running while its group is: slot=" + slot + " value=0x"
                                + Long.toHexString(shared.slots.word(slot)) + " taken=" + shared.slots.isTaken(slot));
                    }
                    answered(word, word);
                    return;
                }
                case ControlWord.STOP -> {
                    if (answered != NO_ROUND && answered != ControlWord.round(word)) {
                        answered(word, UNHANDLED);
                        return;
                    }
                    answered = ControlWord.round(word);
                    shared.slots.arrive(slot, ControlWord.arrival(word));
                    wakeInstigator();
                    word = awaitChange(word);
                }
                case ControlWord.APPLY, ControlWord.COMMITTED1 -> {
                    answered = ControlWord.round(word);
                    catchUp(word);
                    wakeInstigator();
                    word = awaitChange(word);
                }
                case ControlWord.APPLY1 -> {
                    answered(word, word);
                    wakeInstigator();
                    return;
                }
                default -> throw damaged(word);
            }
        }
    }

    private void wakeInstigator() {
        if (shared.waker.isAnybodyWaiting()) {
            shared.waker.wake(shared.topology.owner());
        }
    }

    /** What was pending is over: nothing in the word is asked of the group that it has not done. */
    private void answered(final long word, final long remembered) {
        catchUp(word);
        handled = remembered;
        shared.slots.polled(slot, shared.recently());
        if (shared.isClosing()) {
            handled = UNHANDLED;
            throw closing();
        }
    }

    /** To be called whenever the control word is not the one that was handled last: only then can it have happened. */
    private void refuseIfEvicted() {
        if (shared.slots.isEvicted(slot)) {
            throw new GroupEvictedException("group was evicted, it did not come to a rendezvous in time and has missed"
                    + " operations since: group=" + slot + ", make another one, and let it poll");
        }
    }

    /** For entries that do not poll: sees that the universe is aborted, or that the group was evicted. */
    void refuseIfOver() {
        final long word = shared.control();
        if (isPending(word)) {
            if (ControlWord.isAborted(word)) {
                throw shared.aborted();
            }
            refuseIfEvicted();
        }
    }

    private UniverseClosedException closing() {
        return new UniverseClosedException(
                "universe is being closed by this JVM, the group was shut down: group=" + slot);
    }

    private SynchronizationAbortedException damaged(final long word) {
        return damaged("control word says what cannot be: " + ControlWord.describe(word));
    }

    private SynchronizationAbortedException damaged(final String what) {
        return WordChecks.damaged(shared, slot, what);
    }

    /** Waits until the control word is another one; if its owner is gone, finishes what it left. */
    private long awaitChange(final long word) {
        beginIdle();
        while (true) {
            final long now = shared.control();
            if (now != word) {
                endIdle();
                return now;
            }
            // not at once: the lease is a line that its owner is about to write
            if (looks <= shared.looksBeforeDeathCheck) {
                idle();
            } else if (!adoptIfOrphaned()) {
                if (shared.topology.owner() == slot && !shared.topology.takeTurn(slot) && shared.control() == word) {
                    // an operation of another one, while the lease is ours
                    throw damaged(word);
                }
                idle();
            }
        }
    }

    /** If nobody owns the lease the operation is an orphan: its new owner finishes it. */
    private boolean adoptIfOrphaned() {
        if (shared.topology.takeTurn(slot)) {
            return rendezvous.adopt();
        }
        final long grant = shared.topology.tryAcquire(slot);
        if (grant == Lease.NONE) {
            return false;
        }
        try {
            return rendezvous.adopt();
        } finally {
            shared.topology.release(slot, grant);
        }
    }

    /**
     * Applies every committed operation, in order.
     *
     * @param word the control word, which says how many there are.
     */
    void catchUp(final long word) {
        final long sequence = ControlWord.sequence(word);
        if (applied > sequence) {
            throw damaged("fewer operations are committed than were applied: group=" + slot + " applied=" + applied
                    + " committed=" + sequence);
        }
        long newest = word;
        while (applied < sequence) {
            final long next = applied + 1;
            final int length;
            try {
                length = cursor.read(ControlWord.roundInRing(newest), next, ControlWord.sequence(newest), frame);
            } catch (final RuntimeException unreadable) {
                throw failed(next, unreadable);
            }
            if (length == OperationLog.MOVED_ON) {
                newest = shared.control();
                continue;
            }
            try {
                apply(next, length);
            } catch (final Throwable failure) {
                throw failed(next, failure);
            }
            applied = next;
            shared.slots.applied(slot, next);
        }
    }

    private void apply(final long sequence, final int length) {
        operation.wrap(sequence, frame, Frame.HEADER_LENGTH, length - Frame.HEADER_LENGTH);
        requireTableLength("before", operation.tableLengthBefore());
        applying = true;
        try {
            replica.apply(operation);
        } finally {
            applying = false;
        }
        requireTableLength("after", operation.tableLengthAfter());
    }

    private void requireTableLength(final String when, final int expected) {
        if (replica.tableLength() != expected) {
            throw new TableOutOfStepException("function table is out of step " + when + " the operation: group=" + slot
                    + " sequence=" + operation.sequence() + " expected length=" + expected + " found="
                    + replica.tableLength());
        }
    }

    private RuntimeException failed(final long sequence, final Throwable failure) {
        if (joining) {
            return new IllegalStateException(
                    "group could not be made, its replica failed to apply: sequence=" + sequence, failure);
        }
        shared.abort(codeOf(failure), slot);
        final SynchronizationAbortedException aborted = shared.aborted();
        aborted.initCause(failure);
        return aborted;
    }

    private static int codeOf(final Throwable failure) {
        if (failure instanceof TableOutOfStepException) {
            return SynchronizationAbortedException.CODE_TABLE_OUT_OF_STEP;
        }
        return failure instanceof JournalCorruptException
                ? SynchronizationAbortedException.CODE_CORRUPT
                : SynchronizationAbortedException.CODE_APPLY_FAILED;
    }

    private void refuseWhileApplying() {
        if (applying) {
            throw new IllegalStateException("a replica called back into its group while it applied an operation: group="
                    + slot + ", do that after the operation");
        }
    }

    /** Scratch for a frame; what it holds is gone after the next {@link #catchUp}. */
    MutableDirectBuffer frame() {
        return frame;
    }

    /** From now on nobody waits for the group. */
    void enterSafeRegion() {
        refuseWhileApplying();
        stopRunning();
        if (ControlWord.phase(shared.controlOpaque()) != ControlWord.IDLE) {
            wakeInstigator();
        }
    }

    /** The part of entering a safe region that cannot fail: also how a group ends. */
    void stopRunning() {
        shared.slots.safe(slot);
        running = false;
    }

    /** Catches up, then takes part again; returns when nothing is pending and everything committed is applied. */
    void exitSafeRegion() {
        refuseWhileApplying();
        long word = shared.control();
        while (ControlWord.isAborted(word) || applied != ControlWord.sequence(word)) {
            if (ControlWord.isAborted(word)) {
                throw shared.aborted();
            }
            catchUp(word);
            word = shared.control();
        }
        joining = false;
        // Both become visible before the fence: an operation that stops the groups from now on waits for this one, and
        // who disturbs it after this one has looked overwrites what it has stored.
        shared.slots.run(slot);
        HANDLED.lazySet(this, ControlWord.phase(word) == ControlWord.IDLE ? word : UNHANDLED);
        running = true;
        shared.buffer.fullFence();
        if (shared.control() == handled && !shared.isClosing()) {
            refuseIfEvicted();
            shared.slots.polled(slot, shared.recently());
        } else {
            drain();
        }
    }

    @Override
    public void begin() {
        beginIdle();
    }

    @Override
    public void end() {
        endIdle();
    }

    /** Between two looks at a lock: a running group answers what is pending, others see only whether it is over. */
    @Override
    public void pause() {
        final long word = shared.control();
        if (running) {
            if (isPending(word)) {
                drain();
                beginIdle();
                return;
            }
            if (looks > shared.looksBeforeDeathCheck
                    && ControlWord.phase(word) == ControlWord.APPLY1
                    && adoptIfOrphaned()) {
                // the one operation that is answered before it is over, so that nobody else may look after it
                beginIdle();
                return;
            }
        } else if (ControlWord.isAborted(word)) {
            throw shared.aborted();
        } else {
            refuseIfClosing();
        }
        idle();
    }

    /** As {@link #pause()}, for a loop that says neither when it begins nor when it ends. */
    void pauseOnce() {
        if (isPending(shared.control())) {
            drain();
        } else {
            if (++looks > shared.looksBeforeDeathCheck) {
                lookForTheDead();
            }
            idleStrategy.idle();
        }
    }

    void beginIdle() {
        endIdle();
        looks = 0;
        nextDeathCheck = 0;
        idleStrategy.reset();
    }

    void endIdle() {
        if (registered) {
            registered = false;
            shared.waker.leave(slot);
        }
    }

    /** For a wait that ends when this JVM closes the universe. */
    void refuseIfClosing() {
        if (shared.isClosing()) {
            throw closing();
        }
    }

    /** Waits for a bounded time; now and then looks whether somebody has died. */
    void idle() {
        if (++looks > shared.looksBeforeDeathCheck) {
            if (!registered) {
                // what changed before this is seen by the next look, what changes after it wakes us
                registered = true;
                shared.waker.enter(slot);
                return;
            }
            lookForTheDead();
            if (sleepingStrategy != null && sleepingStrategy.isSpent() && shared.waker.sleep(slot)) {
                return;
            }
        }
        idleStrategy.idle();
    }

    private void lookForTheDead() {
        final long now = shared.clock.nanoTime();
        if (nextDeathCheck == 0) {
            nextDeathCheck = now + DEATH_CHECK_INTERVAL_NANOS;
        } else if (now - nextDeathCheck >= 0) {
            shared.checkForDeaths();
            nextDeathCheck = shared.clock.nanoTime() + DEATH_CHECK_INTERVAL_NANOS;
        }
    }
}
