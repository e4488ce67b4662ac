package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.LauncherLink;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.ProcessEntryDescriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * A worker's stay in a round: its attachment to the universe, its groups, and the torture's own files.
 *
 * <p>Thread-safe.
 */
final class WorkerSession implements Reporter, AutoCloseable {
    private static final long END_MILLIS = 20_000;
    private static final long FAULTY_END_MILLIS = 2_000;
    private static final long MIN_PARK_NANOS = 20_000;
    private static final long MAX_PARK_NANOS = 500_000;
    private static final int MAX_TEXT = 4_000;

    final Board board;
    final Acknowledgements acknowledgements;
    final Universe universe;
    final Instrument instrument = new Instrument();
    final int place;
    final long seed;
    final WorkerPlan plan;
    private final LauncherLink link;
    private final long processState;
    private final Saboteur saboteur;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger guests = new AtomicInteger();
    private final AtomicLong tags = new AtomicLong();
    private volatile boolean stopping;

    WorkerSession(final LauncherLink link, final WorkerPlan plan) throws IOException {
        this.link = link;
        this.plan = plan;
        place = plan.place();
        seed = plan.seed();
        board = Board.open(plan.round());
        acknowledgements = Acknowledgements.create(plan.round(), place);
        universe = Universe.open(
                Layouts.forKills(plan.round()),
                UniverseOptions.defaults()
                        .idleStrategy(this::idleStrategy)
                        .instrument(instrument::buffer, mapped -> instrument.journal(mapped, plan.fault())));
        instrument.know(universe.layout(), universe.processIndex());
        processState = processEntry();
        saboteur = new Saboteur(plan.fault(), instrument, universe.layout(), universe.processIndex(), board);
        saboteur.start();
    }

    /** One worker in four waits as the library does by default; the others leave the processors to who can use them. */
    private IdleStrategy idleStrategy() {
        return place % 4 == 0
                ? UniverseOptions.defaultIdleStrategy()
                : new BackoffIdleStrategy(8, 4, MIN_PARK_NANOS, MAX_PARK_NANOS);
    }

    private long processEntry() {
        return instrument
                .raw()
                .getLongVolatile(
                        universe.layout().processEntry(universe.processIndex()) + ProcessEntryDescriptor.STATE_OFFSET);
    }

    /** Starts the groups. */
    void start() {
        for (int number = 0; number < plan.groups(); number++) {
            start(number, new TortureGroup(this, number, null));
        }
    }

    private void start(final int number, final TortureGroup group) {
        final Thread thread = new GroupThread(board, place, number, group);
        synchronized (threads) {
            threads.add(thread);
        }
        thread.start();
    }

    /**
     * Starts a guest: a group for a while, made with a ticket.
     *
     * @return the guest, or null if there are too many.
     */
    TortureGroup startGuest(final String claimTicket) {
        final int limit = Board.GROUPS - plan.groups();
        final int taken = guests.getAndUpdate(mask -> mask | Integer.lowestOneBit(~mask));
        final int bit = Integer.numberOfTrailingZeros(~taken);
        if (bit >= limit || isStopping()) {
            if (bit < Integer.SIZE) {
                guests.getAndUpdate(mask -> mask & ~(1 << bit));
            }
            return null;
        }
        final TortureGroup guest = new TortureGroup(this, plan.groups() + bit, claimTicket);
        start(plan.groups() + bit, guest);
        return guest;
    }

    /** The group's thread ends. */
    void ended(final int number) {
        board.role(place, number, Role.NONE);
        if (number >= plan.groups()) {
            guests.getAndUpdate(mask -> mask & ~(1 << number - plan.groups()));
            synchronized (threads) {
                threads.remove(Thread.currentThread());
            }
        }
    }

    /** {@return a number that no other operation of this worker has} */
    long nextTag() {
        return tags.incrementAndGet();
    }

    boolean isStopping() {
        return stopping;
    }

    /** {@return whether the process entry is as it was when this process attached} */
    boolean isAttached() {
        return processEntry() == processState;
    }

    @Override
    public void found(final Finding finding, final String text) {
        board.count(finding);
        link.say("finding", finding, "place=" + place + " " + text);
    }

    /** Reports what a call has thrown, with its stack. */
    void found(final Finding finding, final String text, final Throwable failure) {
        final StringWriter stack = new StringWriter();
        failure.printStackTrace(new PrintWriter(stack));
        final String full = text + ": " + stack;
        found(finding, full.length() > MAX_TEXT ? full.substring(0, MAX_TEXT) : full);
    }

    /** Has all groups leave, and detaches. */
    @Override
    public void close() throws IOException {
        stopping = true;
        final List<Thread> running;
        synchronized (threads) {
            running = List.copyOf(threads);
        }
        for (final Thread thread : running) {
            try {
                thread.join(plan.fault() == Fault.NONE ? END_MILLIS : FAULTY_END_MILLIS);
            } catch (final InterruptedException e) {
                throw new IOException("interrupted while groups leave", e);
            }
            if (thread.isAlive()) {
                throw new IOException("group does not leave: thread=" + thread.getName());
            }
        }
        try {
            saboteur.stop();
        } catch (final InterruptedException e) {
            throw new IOException("interrupted while faults end", e);
        }
        universe.close();
        acknowledgements.close();
    }
}
