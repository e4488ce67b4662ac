package dev.lockstep.cli.torture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A round in which workers are killed and others take their place; or, if a fault is put in, nobody is killed. At its end all
 * have left, and a process that has taken no part verifies it.
 */
final class KillRound extends Round {
    private static final int SPARES = 2;
    private static final int KILLS = 50;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int MOST_WANDERING_MILLIS = 20;
    private static final long TRAP_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long DETECTION_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NANOS = 50_000;
    private static final long FAULT_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long FAULT_STUCK_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Role[] BY_WEIGHT = {
        Role.ADOPTER,
        Role.REAPER,
        Role.INSTIGATOR,
        Role.LEASE_OWNER,
        Role.WRITER,
        Role.FOLLOWER,
        Role.INITIALIZER,
        Role.OFFERER,
        Role.MUTEX_OWNER,
        Role.JOINER,
        Role.LEAVER,
        Role.READER,
        Role.WAITER,
        Role.CLOSURE_USER,
        Role.SAFE_REGION,
        Role.IDLE
    };
    private static final KillPoint[] POINTS = KillPoint.values();

    private final Random random;
    private final FileChannel floor;
    private final BooleanSupplier goesOn;
    private int nextPlace;
    private long workingSince;

    /** Nobody starts, nobody is only just coming: times can be measured. */
    private boolean calm;

    /**
     * Begins a round.
     *
     * @param floor the file whose bytes workers hold.
     * @param goesOn whether anybody more is to be killed.
     */
    KillRound(
            final TorturePlan plan,
            final Crew crew,
            final Tally tally,
            final Path directory,
            final Random random,
            final FileChannel floor,
            final BooleanSupplier goesOn)
            throws IOException {
        super(plan, crew, tally, directory);
        this.random = random;
        this.floor = floor;
        this.goesOn = goesOn;
    }

    @Override
    void play() throws IOException {
        final long killsBefore = tally.kills;
        while (!isBroken() && tally.kills - killsBefore < KILLS && goesOn.getAsBoolean() && !isFaultSeen()) {
            man();
            if (isBroken()) {
                break;
            }
            if (workingSince == 0) {
                workingSince = System.nanoTime();
                board.begun();
            }
            wander(random.nextInt(MOST_WANDERING_MILLIS));
            if (plan.fault() == Fault.NONE && !isBroken()) {
                strike();
            }
        }
        if (!isBroken()) {
            finish();
        }
    }

    /** A fault that ended the universe, or has not been seen in a while, will not be seen in this one any more. */
    private boolean isFaultSeen() {
        if (plan.fault() == Fault.NONE || workingSince == 0) {
            return false;
        }
        final Finding wanted = plan.fault().finding();
        final long length = wanted == Finding.STUCK ? FAULT_STUCK_NANOS + FAULT_NANOS : FAULT_NANOS;
        return board.counted(wanted) != 0
                || board.counted(Finding.FAILURES) != 0
                || System.nanoTime() - workingSince > length;
    }

    // ---- manning
    // ------------------------------------------------------------------------------------------------------

    /**
     * Fills the places of the dead. The others rest meanwhile, mostly: a JVM that starts has the processors, and nobody
     * starts while the time until a death is noticed is measured. Now and then nobody rests, and who has only just been
     * sent in is killed too.
     */
    private void man() throws IOException {
        final boolean rests = random.nextInt(10) != 0;
        calm = false;
        final long before = System.nanoTime();
        board.pause(rests);
        isManned();
        crew.keep(plan.jvms() + spares());
        if (!crew.await(Crew.PATIENCE_NANOS, this::isManned)) {
            stuck("workers do not start");
            return;
        }
        if (rests) {
            calm = crew.await(
                    stuckNanos(),
                    () -> isWorking() && crew.in(Worker.State.STARTING).isEmpty());
            board.pause(false);
            doNotCount(System.nanoTime() - before);
        }
    }

    private int spares() {
        return plan.fault() == Fault.NONE ? SPARES : 0;
    }

    /** As many workers as asked for take part; those that are ready are sent in. */
    private boolean isManned() {
        for (final Worker worker : crew.in(Worker.State.READY)) {
            if (crew.in(Worker.State.RUNNING).size() >= plan.jvms()) {
                break;
            }
            worker.place = nextPlace++;
            worker.board = board;
            final long now = System.nanoTime();
            Arrays.fill(worker.progress, 0);
            Arrays.fill(worker.progressSince, now);
            worker.state = Worker.State.RUNNING;
            worker.jvm.tell(
                    WorkerPlan.WORD,
                    new WorkerPlan(directory, worker.place, plan.groups(), random.nextLong(), plan.fault()).fields());
        }
        return crew.in(Worker.State.RUNNING).size() >= plan.jvms();
    }

    private boolean isWorking() {
        return crew.in(Worker.State.RUNNING).stream()
                .allMatch(worker -> worker.state == Worker.State.RUNNING && board.progressOf(worker.place, 0) != 0);
    }

    /** Lets the workers work for a while, and looks whether all of them do. */
    private void wander(final int millis) {
        crew.await(TimeUnit.MILLISECONDS.toNanos(millis), () -> false);
        lookForStuck();
    }

    private long stuckNanos() {
        return plan.fault() == Fault.NONE ? STUCK_NANOS : FAULT_STUCK_NANOS;
    }

    private void lookForStuck() {
        final long now = System.nanoTime();
        for (final Worker worker : crew.in(Worker.State.RUNNING)) {
            for (int group = 0; group < plan.groups(); group++) {
                final long progress = board.progressOf(worker.place, group);
                if (progress != worker.progress[group]) {
                    worker.progress[group] = progress;
                    worker.progressSince[group] = now;
                } else if (!board.isPaused() && now - worker.progressSince[group] > stuckNanos()) {
                    stuck("group makes no progress: place=" + worker.place + " group=" + group + " role="
                            + board.role(worker.place, group).member());
                    return;
                }
            }
        }
    }

    // ---- killing
    // ------------------------------------------------------------------------------------------------------

    /** Kills one or more, at once or nearly so; now and then everybody. */
    private void strike() throws IOException {
        final List<Worker> victims = new ArrayList<>(crew.in(Worker.State.RUNNING));
        Collections.shuffle(victims, random);
        final int survivors = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(victims.size() - 1);
        victims.subList(Math.min(victims.size(), victims.size() - survivors), victims.size())
                .clear();
        while (victims.size() > 1 && tally.kills + victims.size() > plan.kills()) {
            victims.remove(0);
        }
        if (random.nextInt(12) == 0) {
            suspendForAWhile(victims.get(0));
        }
        final Map<Worker, KillPoint> traps = new HashMap<>();
        for (final Worker victim : victims) {
            if (random.nextInt(10) < 7) {
                traps.put(victim, setTrap(victim));
            }
        }
        crew.await(TRAP_NANOS, () -> traps.keySet().stream().anyMatch(this::isTrapped));
        for (final Worker victim : victims) {
            // behind another victim that stands in its trap nobody can go on
            kill(victim, isTrapped(victim) ? traps.get(victim) : null, victims.size() == 1);
        }
    }

    private KillPoint setTrap(final Worker victim) {
        final KillPoint point = POINTS[random.nextInt(POINTS.length)];
        victim.jvm.tell(
                "trap",
                point,
                random.nextInt(4) == 0 ? -1 : random.nextInt(plan.groups()),
                1 + random.nextInt(point == KillPoint.ANY ? 400 : 4),
                random.nextBoolean(),
                random.nextInt(4) == 0);
        return point;
    }

    private boolean isTrapped(final Worker worker) {
        return board.hitBy(worker.place) >= 0;
    }

    private void suspendForAWhile(final Worker worker) throws IOException {
        if (worker.inNamespace) {
            return;
        }
        final long before = System.nanoTime();
        Crew.signal("STOP", worker);
        tally.stops++;
        crew.await(TimeUnit.MILLISECONDS.toNanos(20 + random.nextInt(400)), () -> false);
        Crew.signal("CONT", worker);
        doNotCount(System.nanoTime() - before);
    }

    /** Of a time in which nobody could be expected to do anything no group's watch knows. */
    private void doNotCount(final long nanos) {
        final long now = System.nanoTime();
        for (final Worker worker : crew.in(Worker.State.RUNNING)) {
            for (int group = 0; group < plan.groups(); group++) {
                worker.progressSince[group] = Math.min(now, worker.progressSince[group] + nanos);
            }
        }
    }

    /** Kills a worker, and measures how long it takes the kernel, and the others, to go on. */
    private void kill(final Worker victim, final KillPoint point, final boolean alone) throws IOException {
        final boolean halted = victim.state == Worker.State.DEAD || board.isKilled(victim.place);
        final Role role = roleOf(victim);
        final long completions = board.completions();
        final long grant = board.ledger(0).lastGrant();
        final boolean owned = Board.placeOf(Math.max(1, board.ledger(0).owner())) == victim.place
                && board.ledger(0).owner() != 0;
        board.markKilled(victim.place);
        victim.state = Worker.State.DEAD;
        final long killed = System.nanoTime();
        victim.kill();
        tally.killed(role, point);
        if (victim.inNamespace) {
            tally.namespaces++;
        }
        final boolean anybodyLeft = crew.in(Worker.State.RUNNING).stream()
                .anyMatch(worker -> board.progressOf(worker.place, 0) != 0 && !isTrapped(worker));
        if (!halted) {
            final long free = awaitFloor(victim.number);
            if (calm) {
                tally.floor.recordValue(free - killed);
            }
            // what it held at its end, not what it held when we looked
            final boolean stillOwned = owned
                    && board.ledger(0).lastGrant() == grant
                    && Board.placeOf(Math.max(1, board.ledger(0).owner())) == victim.place;
            if (stillOwned && alone && anybodyLeft) {
                awaitSuccessor(completions, killed, free, grant);
            }
        }
        crew.remove(victim);
    }

    private Role roleOf(final Worker victim) {
        final int hit = board.hitBy(victim.place);
        if (hit >= 0) {
            return board.role(victim.place, hit);
        }
        for (final Role role : BY_WEIGHT) {
            for (int group = 0; group < Board.GROUPS; group++) {
                if (board.role(victim.place, group) == role) {
                    return role;
                }
            }
        }
        return Role.NONE;
    }

    private long awaitFloor(final int number) throws IOException {
        final long deadline = System.nanoTime() + Crew.PATIENCE_NANOS;
        while (System.nanoTime() < deadline) {
            final FileLock lock = floor.tryLock(number, 1, false);
            if (lock != null) {
                final long free = System.nanoTime();
                lock.release();
                return free;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        throw new IOException("killed worker keeps its lock: worker=" + number);
    }

    private void awaitSuccessor(final long completions, final long killed, final long free, final long grant) {
        final long deadline = killed + DETECTION_NANOS;
        long first = 0;
        while (first == 0 && System.nanoTime() < deadline) {
            first = board.firstCompletion(completions, killed, Board.GRANT, grant);
            if (first == 0) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        if (first == 0) {
            stuck("nobody has got the lease of a dead owner: grant=" + grant);
        } else if (calm) {
            tally.detection.recordValue(first - killed);
            tally.afterFloor.recordValue(Math.max(0, first - free));
        }
    }

    // ---- the end
    // ------------------------------------------------------------------------------------------------------

    /** Workers that are ready and have taken no part in this round. */
    private Stream<Worker> strangers() {
        return crew.in(Worker.State.READY).stream().filter(worker -> worker.place == Worker.NOWHERE);
    }

    private void finish() throws IOException {
        for (final Worker worker : crew.in(Worker.State.RUNNING)) {
            worker.state = Worker.State.STOPPING;
            worker.jvm.tell("stop");
        }
        crew.startOne();
        if (!crew.await(
                Crew.PATIENCE_NANOS, () -> crew.in(Worker.State.STOPPING).isEmpty())) {
            for (final Worker worker : crew.in(Worker.State.STOPPING)) {
                worker.state = Worker.State.RUNNING;
            }
            stuck("groups do not leave");
            return;
        }
        if (!crew.await(Crew.PATIENCE_NANOS, () -> strangers().findAny().isPresent())) {
            stuck("nobody is there to verify");
            return;
        }
        final Worker verifier = strangers().findAny().orElseThrow();
        verifier.verified = Worker.NOT_YET;
        verifier.state = Worker.State.RUNNING;
        verifier.jvm.tell("verify", directory);
        if (!crew.await(
                Crew.PATIENCE_NANOS,
                () -> verifier.verified != Worker.NOT_YET || verifier.state == Worker.State.DEAD)) {
            stuck("round cannot be verified");
        } else if (verifier.verified != Worker.NOT_YET) {
            tally.operations += verifier.verified;
        }
    }
}
