package dev.lockstep.linker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the threads of one execution one at a time and decides, at every shared access, who goes next: as a given prefix
 * of choices says, and after it without preemption. Records the choices there were, for {@link Explorer} to go through.
 *
 * <p>A preemption is a switch away from a thread that could go on; switches from one that waits or has ended are free.
 * Logical time stands still while anybody can go on and leaps when all wait.
 */
final class Scheduler {
    /** Thrown into a thread at the access at which it dies; afterwards every access throws again. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** Thrown into all threads when the execution makes no progress. */
    static final class Stuck extends Error {
        private static final long serialVersionUID = 1L;

        Stuck(final String message) {
            super(message);
        }
    }

    private static final int MOST_LEAPS = 400;
    private static final int MOST_STEPS = 200_000;
    private static final long LEAP_NANOS = 5_000_000;

    /** What a thread of the execution is to do. */
    interface Body {
        void run(int participant) throws Exception;
    }

    private enum State {
        READY,
        WAITING,
        ENDED
    }

    private final int count;
    private final int[] prefix;
    private final int preemptions;
    private final int victim;
    private final int killAt;

    private final Thread[] threads;
    private final State[] states;
    private final boolean[] dead;
    private final int[] accesses;
    private final Throwable[] failures;
    private final List<int[]> choices = new ArrayList<>();
    private volatile int current = -1;
    private volatile boolean exploring;
    private int used;
    private int leaps;
    private int steps;
    private long nanos = 1;
    private volatile Stuck stuck;

    /**
     * One execution.
     *
     * @param count of threads.
     * @param prefix of choices to repeat.
     * @param preemptions allowed in all.
     * @param victim thread that dies, or −1.
     * @param killAt number of the access before which it dies, from 0.
     */
    Scheduler(final int count, final int[] prefix, final int preemptions, final int victim, final int killAt) {
        this.count = count;
        this.prefix = prefix;
        this.preemptions = preemptions;
        this.victim = victim;
        this.killAt = killAt;
        threads = new Thread[count];
        states = new State[count];
        dead = new boolean[count];
        accesses = new int[count];
        failures = new Throwable[count];
    }

    /** Each participant sets up in turn, unexplored; then all run, explored. Returns when all have ended. */
    void execute(final Body setUp, final Body body) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            final int participant = i;
            states[i] = State.READY;
            threads[i] = new Thread(() -> live(participant, setUp, body), "participant-" + i);
        }
        current = -2;
        main = Thread.currentThread();
        for (int i = 0; i < count; i++) {
            threads[i].start();
            settingUp = i;
            while (settingUp == i && failures[i] == null) {
                LockSupport.parkNanos(this, 1_000_000);
            }
        }
        exploring = true;
        current = 0;
        LockSupport.unpark(threads[0]);
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    private volatile int settingUp = -1;
    private Thread main;

    private void live(final int participant, final Body setUp, final Body body) {
        try {
            while (settingUp != participant) {
                Thread.yield();
            }
            try {
                setUp.run(participant);
            } finally {
                settingUp = count + participant;
                LockSupport.unpark(main);
            }
            awaitTurn(participant);
            body.run(participant);
        } catch (final Throwable failure) {
            if (!dead[participant]) {
                failures[participant] = failure;
            }
        } finally {
            settingUp = count + participant;
            states[participant] = State.ENDED;
            if (exploring && current == participant) {
                wakeOthers();
                switchFrom(participant);
            }
        }
    }

    private void awaitTurn(final int participant) {
        while (current != participant && stuck == null) {
            LockSupport.park(this);
        }
    }

    private int self() {
        final Thread thread = Thread.currentThread();
        for (int i = 0; i < count; i++) {
            if (threads[i] == thread) {
                return i;
            }
        }
        return -1;
    }

    /** Called before every shared access. */
    void access(final boolean writes) {
        if (!exploring) {
            return;
        }
        final int self = self();
        if (self < 0) {
            return;
        }
        if (stuck != null) {
            throw stuck;
        }
        if (dead[self]) {
            throw new Killed();
        }
        if (++steps > MOST_STEPS) {
            throw stop("no end after " + steps + " accesses");
        }
        if (self == victim && accesses[self] == killAt) {
            dead[self] = true;
            throw new Killed();
        }
        accesses[self]++;
        final int next = choose(self);
        if (next != self) {
            used++;
            hand(self, next);
        }
        if (writes) {
            wakeOthers();
        }
    }

    private void wakeOthers() {
        final int self = self();
        for (int i = 0; i < count; i++) {
            if (i != self && states[i] == State.WAITING) {
                states[i] = State.READY;
            }
        }
    }

    /** Called by a participant that can do nothing until somebody else has written, or time has passed. */
    void waiting() {
        if (!exploring) {
            Thread.yield();
            return;
        }
        final int self = self();
        if (stuck != null) {
            throw stuck;
        }
        if (dead[self]) {
            throw new Killed();
        }
        states[self] = State.WAITING;
        switchFrom(self);
        states[self] = State.READY;
        if (stuck != null) {
            throw stuck;
        }
    }

    /** Lets somebody else go on: free of charge, since the caller cannot. */
    private void switchFrom(final int self) {
        int next = chooseOther(self);
        if (next < 0) {
            for (int i = 0; i < count; i++) {
                if (states[i] == State.WAITING) {
                    states[i] = State.READY;
                }
            }
            nanos += LEAP_NANOS;
            if (++leaps > MOST_LEAPS && stuck == null) {
                stop("nobody made progress in " + leaps + " leaps of time");
            }
            next = states[self] == State.READY ? self : chooseOther(self);
            if (next < 0) {
                return;
            }
        }
        if (next != self) {
            hand(self, next);
        }
    }

    private void hand(final int self, final int next) {
        current = next;
        LockSupport.unpark(threads[next]);
        if (states[self] != State.ENDED) {
            awaitTurn(self);
            if (stuck != null) {
                throw stuck;
            }
        }
    }

    /** Stay, or preempt in favour of one of the others that can go on. */
    private int choose(final int self) {
        if (used >= preemptions) {
            return self;
        }
        int ready = 0;
        for (int i = 0; i < count; i++) {
            if (i != self && states[i] == State.READY) {
                ready++;
            }
        }
        if (ready == 0) {
            return self;
        }
        int choice = choice(1 + ready);
        if (choice == 0) {
            return self;
        }
        return nthReady(self, choice - 1);
    }

    private int chooseOther(final int self) {
        int ready = 0;
        for (int i = 0; i < count; i++) {
            if (i != self && states[i] == State.READY) {
                ready++;
            }
        }
        if (ready == 0) {
            return -1;
        }
        return nthReady(self, ready == 1 ? 0 : choice(ready));
    }

    private int nthReady(final int self, final int n) {
        int left = n;
        for (int i = 0; i < count; i++) {
            if (i != self && states[i] == State.READY && left-- == 0) {
                return i;
            }
        }
        throw new AssertionError("no such participant");
    }

    private int choice(final int options) {
        final int index = choices.size();
        final int choice = index < prefix.length ? prefix[index] % options : 0;
        choices.add(new int[] {choice, options});
        return choice;
    }

    private Stuck stop(final String message) {
        stuck = new Stuck(message);
        for (final Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        return stuck;
    }

    /** The choices that were made: { taken, number of options } each. */
    List<int[]> choices() {
        return choices;
    }

    boolean isDead(final int participant) {
        return dead[participant];
    }

    boolean hasEnded(final int participant) {
        return states[participant] == State.ENDED;
    }

    int accesses(final int participant) {
        return accesses[participant];
    }

    long nanoTime() {
        return nanos;
    }

    Throwable failure() {
        for (final Throwable failure : failures) {
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }
}
