package dev.lockstep.cli.torture;

import dev.lockstep.cli.launch.ChildJvm;
import dev.lockstep.cli.launch.Line;
import dev.lockstep.cli.launch.Scratch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Plays rounds, each on a universe of its own: starts workers, kills them, starts others, has them stop, and has the round
 * verified. For one thread.
 */
final class TortureLauncher implements AutoCloseable {
    private static final int SPARES = 3;
    private static final int KILLS_A_ROUND = 50;
    private static final long JOINS_A_ROUND = 10_000;
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long TRAP_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long DETECTION_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NANOS = 50_000;
    private static final long FAULT_NANOS = TimeUnit.SECONDS.toNanos(15);
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

    private final TorturePlan plan;
    private final PrintWriter log;
    private final Random random;
    private final Scratch scratch;
    private final FileChannel floor;
    private final Tally tally = new Tally();
    private final BlockingQueue<ChildJvm.Event> events = new LinkedBlockingQueue<>();
    private final List<Worker> workers = new ArrayList<>();
    private final boolean namespaces;
    private Path archive;
    private int nextNumber;
    private int nextPlace;
    private Board board;
    private Path round;
    private boolean broken;
    private String verified;

    TortureLauncher(final TorturePlan plan, final PrintWriter log) throws IOException {
        this.plan = plan;
        this.log = log;
        random = new Random(plan.seed());
        scratch = Scratch.create("lockstep-torture-");
        floor = TortureWorker.openFloor(scratch.directory());
        namespaces = canUnshare();
    }

    private static boolean canUnshare() {
        try {
            return new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "true")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (final IOException absent) {
            return false;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    Tally run() throws IOException {
        final long start = System.nanoTime();
        makeArchive();
        if (plan.joins() > 0) {
            join(start);
        } else {
            while (!isOver(start) && !broken) {
                playRound(start);
            }
        }
        tally.nanos = System.nanoTime() - start;
        return tally;
    }

    private boolean isOver(final long start) {
        return tally.kills >= plan.kills() || (plan.nanos() != 0 && System.nanoTime() - start >= plan.nanos());
    }

    // ---- workers ---------------------------------------------------------------------------------------------------

    /** Most of what a kill costs is the start of the next JVM: an archive of its classes saves half of that. */
    private void makeArchive() throws IOException {
        final String[] entries = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
        for (final String entry : entries) {
            if (!entry.endsWith(".jar")) {
                return;
            }
        }
        final Path file = scratch.directory().resolve("classes.jsa");
        final Worker rehearsing =
                start(List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
        if (await(PATIENCE_NANOS, () -> rehearsing.state == Worker.State.READY)) {
            rehearsing.jvm.tell("rehearse");
            rehearsing.jvm.tell("end");
            await(PATIENCE_NANOS, () -> rehearsing.state == Worker.State.DEAD);
        }
        workers.remove(rehearsing);
        rehearsing.jvm.close();
        if (Files.exists(file)) {
            archive = file;
        }
    }

    private Worker start(final List<String> more) throws IOException {
        final int number = nextNumber++;
        final boolean apart = namespaces && more.isEmpty() && archive != null && random.nextInt(8) == 0;
        final List<String> wrapper =
                apart ? List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child") : List.of();
        final List<String> options = new ArrayList<>(List.of("-Xmx64m", "-Xss512k", "-XX:-UsePerfData"));
        options.addAll(more);
        if (archive != null) {
            options.add("-XX:SharedArchiveFile=" + archive);
            options.add("-Xlog:cds=off");
            options.add("-Xlog:cds+dynamic=off");
        }
        final Worker worker = new Worker(
                ChildJvm.start(
                        "worker " + number,
                        wrapper,
                        options,
                        TortureWorker.class,
                        events,
                        scratch.directory().toString(),
                        Integer.toString(number)),
                number,
                apart);
        workers.add(worker);
        return worker;
    }

    private void keepSpares(final int wanted) throws IOException {
        long there = workers.stream()
                .filter(worker -> worker.state != Worker.State.DEAD)
                .count();
        while (there < wanted) {
            start(List.of());
            there++;
        }
    }

    private List<Worker> in(final Worker.State state) {
        return workers.stream().filter(worker -> worker.state == state).toList();
    }

    /** Hears what workers say, until something is so. */
    private boolean await(final long nanos, final java.util.function.BooleanSupplier condition) {
        final long deadline = System.nanoTime() + nanos;
        while (!condition.getAsBoolean()) {
            final long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            hear(Math.min(left, TimeUnit.MILLISECONDS.toNanos(5)));
        }
        return true;
    }

    private void hear(final long nanos) {
        try {
            final ChildJvm.Event event = events.poll(nanos, TimeUnit.NANOSECONDS);
            if (event != null) {
                heard(event);
            }
        } catch (final InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void heard(final ChildJvm.Event event) {
        final Worker by = workers.stream()
                .filter(worker -> worker.jvm == event.by())
                .findFirst()
                .orElse(null);
        if (by == null) {
            return;
        }
        final Line line = event.line();
        if (line == null) {
            ended(by);
            return;
        }
        switch (line.word()) {
            case "ready" -> by.state = Worker.State.READY;
            case "stopped", "joined", "rehearsed" -> by.state = Worker.State.READY;
            case "verified" -> {
                by.state = Worker.State.READY;
                verified = line.field(0);
            }
            case "finding" -> tally.text(line.field(0) + ": " + line.field(1));
            case "dumped" -> tally.text(by.jvm.name() + " place=" + by.place + ":\n" + line.field(0));
            default -> tally.text(by.jvm.name() + " place=" + by.place + " says: " + line.text());
        }
    }

    private void ended(final Worker worker) {
        final boolean expected = worker.state == Worker.State.DEAD || worker.jvm.succeeded();
        if (!expected && board != null && worker.place >= 0 && board.isKilled(worker.place)) {
            // it has halted in its trap
            worker.state = Worker.State.DEAD;
            return;
        }
        if (!expected) {
            tally.found(Finding.FAILURES, 1);
            tally.text(worker.jvm.name() + " place=" + worker.place + " ended by itself: " + worker.jvm.end() + "\n"
                    + String.join("\n", worker.jvm.errors()));
        }
        worker.state = Worker.State.DEAD;
    }

    // ---- a round of kills ------------------------------------------------------------------------------------------

    private void playRound(final long start) throws IOException {
        round = scratch.directory().resolve("round-" + tally.universes);
        Files.createDirectories(round);
        nextPlace = 0;
        board = Board.open(round);
        try {
            final int killsBefore = (int) tally.kills;
            keepSpares(plan.jvms() + SPARES);
            final long faultsEnd = System.nanoTime() + FAULT_NANOS;
            while (!broken
                    && (plan.fault() == Fault.NONE
                            ? tally.kills - killsBefore < KILLS_A_ROUND && !isOver(start)
                            : System.nanoTime() < faultsEnd && !isFound())) {
                if (!await(PATIENCE_NANOS, this::isManned)) {
                    stuck("workers do not start");
                    break;
                }
                // now and then those that have only just been sent in are killed, too
                if (random.nextInt(10) != 0) {
                    board.pause(true);
                    await(STUCK_NANOS, this::isWorking);
                    board.pause(false);
                    restartWatches();
                }
                wander(random.nextInt(20));
                if (plan.fault() == Fault.NONE && !broken) {
                    strike();
                }
                keepSpares(plan.jvms() + SPARES);
            }
            if (!broken) {
                finishRound();
            }
            for (final Finding finding : Finding.values()) {
                tally.found(finding, board.counted(finding));
            }
            tally.joins += board.joins();
            tally.leaves += board.leaves();
            tally.universes++;
            if (plan.fault() != Fault.NONE) {
                tally.kills = plan.kills();
            }
        } finally {
            board.close();
            board = null;
            Scratch.remove(round);
        }
    }

    /** Whether the fault of this run has been noticed. */
    private boolean isFound() {
        return board.counted(Finding.valueOf(plan.fault().name())) != 0;
    }

    /** As many workers as asked for take part; those that are ready are sent in. */
    private boolean isManned() {
        for (final Worker worker : in(Worker.State.READY)) {
            if (in(Worker.State.RUNNING).size() >= plan.jvms()) {
                break;
            }
            worker.place = nextPlace++;
            final long now = System.nanoTime();
            Arrays.fill(worker.progress, 0);
            Arrays.fill(worker.progressSince, now);
            worker.state = Worker.State.RUNNING;
            worker.jvm.tell(
                    WorkerPlan.WORD,
                    new WorkerPlan(round, worker.place, plan.groups(), random.nextLong(), plan.fault()).fields());
        }
        return in(Worker.State.RUNNING).size() >= plan.jvms();
    }

    private boolean isWorking() {
        return in(Worker.State.RUNNING).stream()
                .allMatch(worker -> worker.state == Worker.State.RUNNING && board.progressOf(worker.place, 0) != 0);
    }

    /** Lets the workers work for a while, and looks whether all of them do. */
    private void wander(final int millis) {
        await(TimeUnit.MILLISECONDS.toNanos(millis), () -> false);
        lookForStuck();
    }

    private long stuckNanos() {
        return plan.fault() == Fault.NONE ? STUCK_NANOS : FAULT_NANOS / 3;
    }

    private void lookForStuck() {
        final long now = System.nanoTime();
        for (final Worker worker : in(Worker.State.RUNNING)) {
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

    /** The round cannot go on: everybody is asked what he is at, and killed. */
    private void stuck(final String what) {
        broken = true;
        board.count(Finding.STUCK);
        tally.text("stuck: " + what + state());
        for (final Worker worker : in(Worker.State.RUNNING)) {
            worker.jvm.tell("dump");
        }
        await(TimeUnit.SECONDS.toNanos(2), () -> false);
    }

    private String state() {
        try {
            return "\n" + dev.lockstep.linker.UniverseSnapshot.of(round.resolve("universe"));
        } catch (final IOException unreadable) {
            return ", universe cannot be read: " + unreadable.getMessage();
        }
    }

    /** Kills one or more, at once or nearly so; now and then everybody. */
    private void strike() throws IOException {
        final List<Worker> victims = new ArrayList<>(in(Worker.State.RUNNING));
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
        await(TRAP_NANOS, () -> traps.keySet().stream().anyMatch(this::isTrapped));
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
        signal("STOP", worker);
        tally.stops++;
        await(TimeUnit.MILLISECONDS.toNanos(20 + random.nextInt(400)), () -> false);
        signal("CONT", worker);
        restartWatches();
    }

    /** Whoever could not be expected to do anything is watched from now on. */
    private void restartWatches() {
        final long now = System.nanoTime();
        for (final Worker worker : in(Worker.State.RUNNING)) {
            Arrays.fill(worker.progressSince, now);
        }
    }

    private static void signal(final String name, final Worker worker) throws IOException {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(worker.jvm.pid()))
                    .start()
                    .waitFor();
        } catch (final InterruptedException e) {
            throw new IOException("interrupted", e);
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
        final boolean anybodyLeft = in(Worker.State.RUNNING).stream()
                .anyMatch(worker -> board.progressOf(worker.place, 0) != 0 && !isTrapped(worker));
        if (!halted) {
            tally.floor.recordValue(awaitFloor(victim.number) - killed);
            // what it held at its end, not what it held when we looked
            final boolean stillOwned = owned
                    && board.ledger(0).lastGrant() == grant
                    && Board.placeOf(Math.max(1, board.ledger(0).owner())) == victim.place;
            if (stillOwned && alone && anybodyLeft) {
                awaitSuccessor(completions, killed, grant);
            }
        }
        victim.jvm.close();
        workers.remove(victim);
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
        final long deadline = System.nanoTime() + PATIENCE_NANOS;
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

    private void awaitSuccessor(final long completions, final long killed, final long grant) {
        final Predicate<Long> isThere = time -> time != 0;
        final long deadline = killed + DETECTION_NANOS;
        long first = 0;
        while (!isThere.test(first) && System.nanoTime() < deadline) {
            first = board.firstCompletion(completions, killed, Board.GRANT, grant);
            if (first == 0) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        if (first == 0) {
            stuck("nobody has got the lease of a dead owner: grant=" + grant);
        } else {
            tally.detection.recordValue(first - killed);
        }
    }

    private void finishRound() throws IOException {
        for (final Worker worker : in(Worker.State.RUNNING)) {
            worker.state = Worker.State.STOPPING;
            worker.jvm.tell("stop");
        }
        if (!await(PATIENCE_NANOS, () -> in(Worker.State.STOPPING).isEmpty())) {
            for (final Worker worker : in(Worker.State.STOPPING)) {
                worker.state = Worker.State.RUNNING;
            }
            stuck("groups do not leave");
            return;
        }
        keepSpares(plan.jvms() + SPARES);
        if (!await(PATIENCE_NANOS, () -> !in(Worker.State.READY).isEmpty())) {
            stuck("nobody is there to verify");
            return;
        }
        final Worker verifier = in(Worker.State.READY).get(0);
        verified = null;
        verifier.state = Worker.State.RUNNING;
        verifier.jvm.tell("verify", round);
        if (!await(PATIENCE_NANOS, () -> verified != null || verifier.state == Worker.State.DEAD)) {
            stuck("round cannot be verified");
        } else if (verified != null) {
            tally.operations += Long.parseLong(verified);
        }
    }

    // ---- joins -----------------------------------------------------------------------------------------------------

    private void join(final long start) throws IOException {
        keepSpares(plan.jvms());
        if (!await(PATIENCE_NANOS, () -> in(Worker.State.READY).size() == plan.jvms())) {
            throw new IOException("workers do not start");
        }
        while (tally.joins < plan.joins()
                && !broken
                && (plan.nanos() == 0 || System.nanoTime() - start < plan.nanos())) {
            round = scratch.directory().resolve("round-" + tally.universes);
            Files.createDirectories(round);
            board = Board.open(round);
            try {
                final long joins = Math.min(JOINS_A_ROUND, plan.joins() - tally.joins);
                final List<Worker> all = in(Worker.State.READY);
                for (int i = 0; i < all.size(); i++) {
                    all.get(i).state = Worker.State.STOPPING;
                    all.get(i).jvm.tell(JoinPlan.WORD, new JoinPlan(round, plan.groups(), joins, i == 0).fields());
                }
                awaitJoins();
                tally.operations += operations();
                tally.joins += board.joins();
                tally.leaves += board.leaves();
                for (final Finding finding : Finding.values()) {
                    tally.found(finding, board.counted(finding));
                }
                tally.universes++;
                log.flush();
            } finally {
                board.close();
                board = null;
                Scratch.remove(round);
            }
            if (in(Worker.State.READY).size() < plan.jvms()) {
                broken = true;
            }
        }
    }

    private long operations() throws IOException {
        return dev.lockstep.linker.UniverseSnapshot.of(round.resolve("universe"))
                .operation()
                .sequence();
    }

    private void awaitJoins() {
        long seen = -1;
        while (!in(Worker.State.STOPPING).isEmpty()) {
            final long now = board.joins() + board.leaves();
            if (now == seen) {
                in(Worker.State.STOPPING).forEach(worker -> worker.state = Worker.State.RUNNING);
                stuck("nobody joins or leaves");
                return;
            }
            seen = now;
            await(STUCK_NANOS, () -> in(Worker.State.STOPPING).isEmpty());
        }
    }

    @Override
    public void close() throws IOException {
        workers.sort(Comparator.comparingInt(worker -> worker.number));
        for (final Worker worker : workers) {
            worker.state = Worker.State.DEAD;
            worker.kill();
        }
        for (final Worker worker : workers) {
            worker.jvm.close();
        }
        floor.close();
        scratch.close();
    }
}
