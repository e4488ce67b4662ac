package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.ConstructorPolicy;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The groups of one scenario: {@link #main()}, which has bootstrapped the universe, and others that are near (on a thread
 * of this JVM) or far (in the other JVM if the scenario is spread over two, else on a thread of this one as well). All
 * of them poll by themselves while they have nothing else to do.
 *
 * <p>Every wait is bounded; what is not there in time fails the test with the state of the universe.
 */
final class Cast implements AutoCloseable {
    /** Where the groups are. */
    enum Spread {
        ONE_JVM,
        TWO_JVMS
    }

    /** Small, so that universes are made quickly, and yet more than the scenarios need. */
    static final Capacities CAPACITIES = new Capacities(4, 128, 128, 256, 1 << 16, 64, 8, 2, 1 << 16, 1 << 15, 1 << 20);

    private static final long TIMEOUT_SECONDS = 60;
    private static final int TICKET_WAITING = 1;

    private final Spread spread;
    private final Path directory;
    private final SharedWorker worker;
    private final Universe universe;
    private final List<Member> members = new ArrayList<>();
    private final Member main;
    private boolean failed;

    Cast(final Spread spread, final Path directory, final SharedWorker worker) {
        this(spread, directory, worker, CAPACITIES);
    }

    Cast(final Spread spread, final Path directory, final SharedWorker worker, final Capacities capacities) {
        this(spread, directory, worker, capacities, ConstructorPolicy.ABORT);
    }

    Cast(
            final Spread spread,
            final Path directory,
            final SharedWorker worker,
            final Capacities capacities,
            final ConstructorPolicy policy) {
        this.spread = spread;
        this.directory = directory;
        this.worker = worker;
        try {
            universe = Universe.open(
                    UniverseConfig.at(directory).withCapacities(capacities).withConstructorPolicy(policy));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean complete = false;
        try {
            main = near("main");
            main.ask("bootstrap");
            if (spread == Spread.TWO_JVMS) {
                worker.open(directory);
            }
            complete = true;
        } finally {
            if (!complete) {
                failed = true;
                close();
            }
        }
    }

    Universe universe() {
        return universe;
    }

    Path directory() {
        return directory;
    }

    Member main() {
        return main;
    }

    LinkerShared shared() {
        return main.group().participant().shared;
    }

    /** A thread of this JVM, without a group yet. */
    Member near(final String name) {
        return member(new Member(name, new GroupThread(name, universe, text -> {})));
    }

    /** A thread of the other JVM, if there is one, without a group yet. */
    Member far(final String name) {
        return spread == Spread.ONE_JVM ? near(name) : member(new Member(name, null));
    }

    private Member member(final Member member) {
        members.add(member);
        return member;
    }

    Member nearJoined(final String name) {
        final Member member = near(name);
        member.ask("join");
        return member;
    }

    Member farJoined(final String name) {
        final Member member = far(name);
        member.ask("join");
        return member;
    }

    /** Kills the other JVM with all its groups. */
    void killFar() {
        members.removeIf(member -> member.thread == null);
        worker.kill();
    }

    /** Fails unless all of these have applied the same; {@return their fingerprint} */
    String assertSameTables(final Member... those) {
        final String expected = those[0].ask("fingerprint");
        for (final Member member : those) {
            assertEquals(expected, member.ask("fingerprint"), () -> "replica of " + member.name);
        }
        return expected;
    }

    long committed() {
        return ControlWord.sequence(shared().control());
    }

    int phase() {
        return ControlWord.phase(shared().control());
    }

    boolean isWaitingForTopology(final int slot) {
        return isWaiting(shared().layout.topologyLease(), slot);
    }

    boolean isWaitingForMutex(final int mutex, final int slot) {
        return isWaiting(shared().layout.mutex(mutex), slot);
    }

    private boolean isWaiting(final int lease, final int slot) {
        return (shared().buffer.getLongVolatile(lease + LeaseDescriptor.ticketOffset(slot)) & 3) == TICKET_WAITING;
    }

    boolean hasArrived(final int slot) {
        final LinkerShared shared = shared();
        final long word = shared.control();
        return ControlWord.phase(word) == ControlWord.STOP && shared.slots.hasArrived(slot, ControlWord.arrival(word));
    }

    /** Waits until something is so. */
    void await(final String what, final BooleanSupplier condition) {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw failure("did not happen in time: " + what, null);
            }
            LockSupport.parkNanos(100_000);
        }
    }

    void awaitPhase(final int phase) {
        await("phase " + phase, () -> phase() == phase);
    }

    /** Waits until nothing is left of an operation, a lease or a lock. */
    void awaitQuiet() {
        await(
                "all quiet",
                () -> phase() == ControlWord.IDLE
                        && shared().topology.isFree()
                        && (shared().stateLock.version() & 1) == 0);
    }

    private AssertionError failure(final String what, final Throwable cause) {
        failed = true;
        return new AssertionError(what + "\n" + state(), cause);
    }

    /** Everything that helps to see where it hangs. */
    String state() {
        final StringBuilder text = new StringBuilder();
        final InstanceGroup group = main == null ? null : main.group();
        if (group != null) {
            final LinkerShared shared = group.participant().shared;
            text.append("control: ")
                    .append(ControlWord.describe(shared.control()))
                    .append('\n');
            text.append("lease: owner=").append(shared.topology.owner()).append(" free=");
            text.append(shared.topology.isFree()).append(" last grant=").append(shared.topology.lastGrant());
            text.append("\nstate lock: version=")
                    .append(shared.stateLock.version())
                    .append(" orphaned=");
            text.append(shared.stateLock.isOrphaned()).append('\n');
            for (int slot = 0; slot < shared.slots.count(); slot++) {
                final long word = shared.slots.word(slot);
                if (GroupSlots.state(word) != GroupSlots.FREE) {
                    text.append("slot ").append(slot).append(": state=").append(GroupSlots.state(word));
                    text.append(" process=").append(GroupSlots.process(word));
                    text.append(" applied=")
                            .append(shared.slots.hasApplied(slot, ControlWord.sequence(shared.control())));
                    text.append(isWaitingForTopology(slot) ? " waits for the lease\n" : "\n");
                }
            }
        }
        for (final Member member : members) {
            if (member.thread != null) {
                text.append("thread ").append(member.name).append('\n');
                for (final StackTraceElement frame : member.thread.thread().getStackTrace()) {
                    text.append("    at ").append(frame).append('\n');
                }
            }
        }
        return text.append(worker.transcript()).toString();
    }

    @Override
    public void close() {
        AssertionError problem = null;
        if (spread == Spread.TWO_JVMS) {
            try {
                worker.close();
            } catch (final AssertionError refused) {
                problem = refused;
            }
        }
        for (final Member member : members) {
            if (member.thread != null) {
                member.thread.end();
            }
        }
        try {
            universe.close();
            for (final Member member : members) {
                if (member.thread != null) {
                    member.thread.close();
                }
            }
        } catch (final IllegalStateException | AssertionError left) {
            problem = problem == null ? new AssertionError(left.getMessage(), left) : problem;
        }
        if (problem != null && !failed) {
            throw problem;
        }
    }

    /** One group, wherever it is, and its thread. */
    final class Member {
        private final String name;
        private final GroupThread thread;

        private Member(final String name, final GroupThread thread) {
            this.name = name;
            this.thread = thread;
        }

        /** Tells the group something and does not wait for it. */
        Answer start(final String command) {
            return thread == null
                    ? new Answer(this, command, worker.send(name, command), null)
                    : new Answer(this, command, 0, thread.submit(command));
        }

        /** Tells the group something; {@return its answer} */
        String ask(final String command) {
            return start(command).text();
        }

        long askNumber(final String command) {
            return Long.parseLong(ask(command));
        }

        /** Tells the group something that is refused; {@return how} */
        Outcome refused(final String command) {
            return start(command).refusal();
        }

        int slot() {
            return (int) askNumber("slot");
        }

        /** The group; only of this JVM. */
        InstanceGroup group() {
            return thread.group();
        }

        GroupThread thread() {
            return thread;
        }

        /** Runs something on the group's thread; only in this JVM. */
        <T> T call(final Callable<T> call) {
            return get(thread.submit(call), name);
        }

        /** Waits until its polling has ended by an error; only in this JVM. */
        Outcome pollFailure() {
            return get(thread.pollFailure(), name + " ends polling");
        }
    }

    /** Of a group that was told something. */
    final class Answer {
        private final Member member;
        private final String command;
        private final long id;
        private final CompletableFuture<Outcome> future;

        private Answer(
                final Member member, final String command, final long id, final CompletableFuture<Outcome> future) {
            this.member = member;
            this.command = command;
            this.id = id;
            this.future = future;
        }

        Outcome outcome() {
            if (future != null) {
                return get(future, member.name + " " + command);
            }
            try {
                return worker.await(id);
            } catch (final AssertionError late) {
                throw failure(member.name + " " + command + " was not answered", late);
            }
        }

        String text() {
            final Outcome outcome = outcome();
            if (outcome.failed()) {
                throw failure(member.name + " " + command + " failed: " + outcome, null);
            }
            return outcome.text();
        }

        Outcome refusal() {
            final Outcome outcome = outcome();
            if (!outcome.failed()) {
                throw failure(member.name + " " + command + " was not refused: " + outcome, null);
            }
            return outcome;
        }
    }

    private <T> T get(final CompletableFuture<T> future, final String what) {
        try {
            return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (final TimeoutException late) {
            throw failure("not answered in time: " + what, null);
        } catch (final ExecutionException failure) {
            throw failure(what + " failed: " + failure.getCause(), failure.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("interrupted: " + what, e);
        }
    }
}
