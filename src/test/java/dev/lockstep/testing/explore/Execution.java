package dev.lockstep.testing.explore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One execution: runs the participants one at a time and decides at every shared access who goes next, and who dies.
 *
 * <p>A preemption is a switch away from a participant that could go on. One that waits is followed by the next in line;
 * another one counts as a preemption too. Logical time stands still while anybody can go on and leaps when all wait.
 *
 * <p>All but the stop flag is touched by the participant whose turn it is; handing the turn over is a volatile store.
 */
public final class Execution {
    /** Thrown into a participant at the access at which it dies; afterwards every access throws again. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** Thrown into all participants when the execution is not to go on. */
    static final class Stopped extends Error {
        private static final long serialVersionUID = 1L;

        Stopped(final String message) {
            super(message, null, false, false);
        }
    }

    private static final int MOST_LEAPS = 400;
    private static final int MOST_STEPS = 50_000;
    private static final long LEAP_NANOS = 5_000_000;
    private static final long UNEXPLORED_PAUSE_NANOS = 1_000_000;

    /** At random: a preemption, a delay, a death once in so many accesses. */
    private static final int RARITY_OF_SWITCH = 12;

    private static final int RARITY_OF_DELAY = 10;
    private static final int RARITY_OF_DEATH = 150;
    private static final int RARITY_OF_LOSS = 2;

    private enum State {
        READY,
        WAITING,
        DORMANT,
        ENDED
    }

    private final Crew crew;
    private final int count;
    private int actors;
    private final Bounds bounds;
    final Choices choices;
    final Coverage coverage;
    private Scenario scenario;

    private final State[] states;
    private final boolean[] dead;
    private final int[] accesses;
    private final StoreBuffer[] stores;
    private final List<String> deaths = new ArrayList<>();
    private volatile int current;
    private volatile Stopped stopped;
    private volatile boolean over;
    private boolean pruned;
    private Throwable failure;
    private boolean exploring;
    private int begun;
    private int ended;
    private int switches;
    private int delays;
    private int leaps;
    private int steps;
    private long nanos = 1;

    Execution(final Crew crew, final Bounds bounds, final Choices choices, final Coverage coverage) {
        this.crew = crew;
        this.bounds = bounds;
        this.choices = choices;
        this.coverage = coverage;
        count = crew.size();
        states = new State[count];
        dead = new boolean[count];
        accesses = new int[count];
        stores = new StoreBuffer[count];
        for (int i = 0; i < count; i++) {
            states[i] = State.READY;
            stores[i] = new StoreBuffer(this);
        }
    }

    void play(final Scenario what) {
        scenario = what;
        actors = count - what.reserves();
        for (int i = actors; i < count; i++) {
            states[i] = State.DORMANT;
        }
        crew.run(this);
        exploring = false;
    }

    /** Zeroed memory for the execution, which later ones will use again. */
    public ByteBuffer memory(final int bytes) {
        return crew.memory(bytes);
    }

    /** One object for one memory, by which a place is compared with another. */
    UnsafeBuffer unsafe(final ByteBuffer memory) {
        return crew.unsafe(memory);
    }

    // ---- turns -----------------------------------------------------------------------------------------------------

    boolean isTurnOf(final int participant) {
        return current == participant;
    }

    boolean isOver() {
        return over;
    }

    /** Called by each participant's thread when its first turn has come, which is that of setting up. */
    void live(final int participant) {
        synchronized (this) {
            begun++;
        }
        try {
            if (participant < actors) {
                scenario.setUp(participant);
                if (participant == actors - 1) {
                    exploring = true;
                }
                hand(participant, (participant + 1) % actors);
            }
            scenario.run(participant);
        } catch (final Throwable thrown) {
            failed(participant, thrown);
        } finally {
            end(participant);
        }
    }

    private void failed(final int participant, final Throwable thrown) {
        if (thrown instanceof Stopped || dead[participant]) {
            return;
        }
        synchronized (this) {
            if (failure == null && stopped == null) {
                failure = new AssertionError("participant " + participant + " failed", thrown);
            }
        }
        stop(new Stopped("another participant failed"));
    }

    private void end(final int participant) {
        if (stopped == null) {
            try {
                lookAtLateStores(participant);
                stores[participant].drain();
            } catch (final Stopped redundant) {
                // there is nothing more to do in this execution
            }
        }
        states[participant] = State.ENDED;
        if (stopped == null) {
            changed();
            wakeReserves();
        }
        final boolean last;
        synchronized (this) {
            ended++;
            last = stopped != null ? ended == begun : isNobodyLeft();
        }
        if (last) {
            over = true;
            crew.wakeMain();
        } else if (stopped == null) {
            switchFrom(participant);
        }
    }

    private boolean isNobodyLeft() {
        for (int i = 0; i < count; i++) {
            if (states[i] == State.READY || states[i] == State.WAITING) {
                return false;
            }
        }
        return true;
    }

    private void hand(final int self, final int next) {
        if (next == self) {
            return;
        }
        current = next;
        crew.wake(next);
        if (states[self] != State.ENDED) {
            while (current != self && stopped == null) {
                LockSupport.park(this);
            }
            refuseIfStopped();
        }
    }

    private void refuseIfStopped() {
        final Stopped reason = stopped;
        if (reason != null) {
            throw reason;
        }
    }

    private Stopped stop(final Stopped reason) {
        synchronized (this) {
            if (stopped == null) {
                stopped = reason;
            }
        }
        crew.wakeAll();
        return stopped;
    }

    private Stopped noProgress(final String message) {
        synchronized (this) {
            if (failure == null) {
                failure = new AssertionError(message);
            }
        }
        return stop(new Stopped(message));
    }

    /** The execution is one that is explored elsewhere. */
    Stopped prune() {
        pruned = true;
        return stop(new Stopped("redundant"));
    }

    // ---- accesses --------------------------------------------------------------------------------------------------

    /** Called before every shared access: others may go first, or the caller dies. */
    void point(final boolean changes) {
        if (!exploring) {
            return;
        }
        refuseIfStopped();
        final int self = current;
        if (dead[self]) {
            throw new Killed();
        }
        if (++steps > MOST_STEPS) {
            throw noProgress("no end after " + steps + " accesses");
        }
        accesses[self]++;
        if (!stores[self].isWorthASwitch()) {
            return;
        }
        mayDie(self, changes);
        final int next = preempt(self);
        if (next != self) {
            switches++;
            leave(self, next);
            mayDie(self, changes);
        }
    }

    private void leave(final int self, final int next) {
        stores[self].observed();
        hand(self, next);
        if (switches < bounds.preemptions() && stores[self].isPending() && choices.choose(2, RARITY_OF_LOSS) == 1) {
            stores[self].drain();
        }
    }

    /** Before what is late becomes visible because its participant does nothing more: the last moment to look. */
    private void lookAtLateStores(final int self) {
        if (stores[self].isPending() && !dead[self]) {
            final int next = preempt(self);
            if (next != self) {
                switches++;
                leave(self, next);
            }
        }
    }

    private void mayDie(final int self, final boolean changes) {
        if (deaths.size() < bounds.kills()
                && scenario.mayDie(self, changes)
                && choices.choose(2, RARITY_OF_DEATH) == 1) {
            dead[self] = true;
            final String site = coverage.killed();
            deaths.add("participant=" + self + " access=" + accesses[self] + " before " + site);
            stores[self].die();
            wakeReserves();
            throw new Killed();
        }
    }

    /** Memory has changed: who waits may look again. */
    void changed() {
        for (int i = 0; i < count; i++) {
            if (states[i] == State.WAITING) {
                states[i] = State.READY;
            }
        }
    }

    boolean isExploring() {
        return exploring && stopped == null;
    }

    StoreBuffer storesOfCurrent() {
        return stores[current];
    }

    /** A location is about to be written: read-modify-writes of others that are not yet visible there become so. */
    void settle(final Object memory, final int index) {
        for (int i = 0; i < count; i++) {
            if (i != current) {
                stores[i].settle(memory, index);
            }
        }
    }

    /** Whether the store that is being issued shall be late. Of no use if nobody can look before it is visible. */
    boolean delay() {
        final boolean useful = delays < bounds.delays()
                && (switches < bounds.preemptions() && anyoneReady(current)
                        || deaths.size() < bounds.kills() && scenario.mayDie(current, true));
        if (useful && choices.choose(2, RARITY_OF_DELAY) == 1) {
            delays++;
            return true;
        }
        return false;
    }

    boolean lose() {
        return choices.choose(2, RARITY_OF_LOSS) == 1;
    }

    /** Called by a participant that can do nothing until somebody else has written, or time has passed. */
    public void waiting() {
        if (!exploring) {
            nanos += UNEXPLORED_PAUSE_NANOS;
            if (++steps > MOST_STEPS) {
                throw new AssertionError("no end after " + steps + " pauses, unexplored");
            }
            return;
        }
        refuseIfStopped();
        final int self = current;
        if (dead[self]) {
            throw new Killed();
        }
        if (++steps > MOST_STEPS) {
            throw noProgress("no end after " + steps + " accesses");
        }
        lookAtLateStores(self);
        stores[self].drain();
        states[self] = State.WAITING;
        switchFrom(self);
        states[self] = State.READY;
    }

    /** Called by a participant that lets the next in line go first; it could go on, so others may come back to it. */
    public void stepAside() {
        if (exploring && anyoneReady(current)) {
            point(false);
            final int self = current;
            stores[self].drain();
            switchFrom(self);
        }
    }

    private void wakeReserves() {
        for (int i = actors; i < count; i++) {
            if (states[i] == State.DORMANT && scenario.isNeeded(i)) {
                states[i] = State.READY;
            }
        }
    }

    /** Lets the next in line go on, or another one. */
    private void switchFrom(final int self) {
        if (!anyoneReady(self)) {
            changed();
            nanos += LEAP_NANOS;
            if (++leaps > MOST_LEAPS) {
                final Stopped reason = noProgress("nobody made progress in " + leaps + " leaps of time");
                if (states[self] == State.ENDED) {
                    return;
                }
                throw reason;
            }
        }
        int next = nthReady(self, 0);
        if (next < 0) {
            return; // the caller itself, when time has leapt
        }
        if (switches < bounds.preemptions()) {
            final int ready = countReady(self);
            final int choice = ready == 1 ? 0 : choices.choose(ready, RARITY_OF_SWITCH);
            if (choice != 0) {
                switches++;
                next = nthReady(self, choice);
            }
        }
        hand(self, next);
    }

    /** Stay, or preempt in favour of one of the others that can go on. */
    private int preempt(final int self) {
        if (switches >= bounds.preemptions()) {
            return self;
        }
        final int ready = countReady(self);
        if (ready == 0) {
            return self;
        }
        final int choice = choices.choose(1 + ready, RARITY_OF_SWITCH);
        return choice == 0 ? self : nthReady(self, choice - 1);
    }

    private boolean anyoneReady(final int self) {
        return nthReady(self, 0) >= 0;
    }

    private int countReady(final int self) {
        int ready = 0;
        for (int i = 0; i < count; i++) {
            if (i != self && states[i] == State.READY) {
                ready++;
            }
        }
        return ready;
    }

    private int nthReady(final int self, final int n) {
        int left = n;
        for (int i = 1; i < count; i++) {
            final int other = (self + i) % count;
            if (states[other] == State.READY && left-- == 0) {
                return other;
            }
        }
        return -1;
    }

    // ---- what became of it -----------------------------------------------------------------------------------------

    public boolean isDead(final int participant) {
        return participant < count && dead[participant];
    }

    /** Whether the participant does nothing any more, dead or not. */
    public boolean hasEnded(final int participant) {
        return states[participant] == State.ENDED || dead[participant];
    }

    /** Number of participants that have died. */
    public int deaths() {
        return deaths.size();
    }

    /** The participant whose turn it is. */
    public int current() {
        return current;
    }

    public long nanoTime() {
        return nanos;
    }

    int accesses() {
        return steps;
    }

    boolean isPruned() {
        return pruned;
    }

    Throwable failure() {
        return failure;
    }

    List<String> deathList() {
        return deaths;
    }
}
