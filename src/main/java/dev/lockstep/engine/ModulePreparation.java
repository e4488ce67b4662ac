package dev.lockstep.engine;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Has every attached process get a module ready before the operation that loads it, so that nobody compiles while the
 * others are stopped, and a process that refuses the module does so while that is an ordinary error.
 *
 * <p>A thread of its own looks for requests of any process, prepares the modules and answers; see
 * {@link PreparationFiles} for the files by which that goes. It also prepares what was asked for before this process
 * came, which its groups are going to meet in the journal. It looks every {@value #POLL_MILLIS} ms, at a file's length
 * only: a watch service would be quicker by that much, and inotify instances are few on machines with many containers.
 *
 * <p>Processes that have none of these are not waited for; their groups prepare a module when they apply the operation.
 * One a process and universe. Thread-safe.
 */
public final class ModulePreparation implements AutoCloseable {
    private static final int POLL_MILLIS = 20;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS);

    /** The largest grammars take most of a minute to compile on a busy machine of two cores: 44 s were seen. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static final System.Logger LOGGER = System.getLogger("dev.lockstep");

    private final Universe universe;
    private final ModulePreparer engine;
    private final PreparationFiles files;
    private final Member self;
    private final Duration timeout;
    private final Thread monitor;
    private volatile boolean closed;

    private ModulePreparation(final Universe universe, final ModulePreparer engine, final Duration timeout)
            throws IOException {
        this.universe = universe;
        this.engine = engine;
        this.timeout = timeout;
        files = new PreparationFiles(engine.store().directory());
        self = new Member(universe.processIndex(), universe.processGeneration(universe.processIndex()));
        monitor = new Thread(this::answerRequests, "lockstep-preparation-" + self);
        monitor.setDaemon(true);
    }

    /**
     * Takes part in the preparation of a universe's modules, until closed. Waits two minutes for the others.
     *
     * @param universe to take part in.
     * @param engine that prepares.
     * @return the preparation; to be closed before the universe and the engine.
     * @throws IOException if its files can't be made.
     */
    public static ModulePreparation start(final Universe universe, final ModulePreparer engine) throws IOException {
        return start(universe, engine, TIMEOUT);
    }

    /**
     * Takes part in the preparation of a universe's modules, until closed.
     *
     * @param universe to take part in.
     * @param engine that prepares.
     * @param timeout how long the others may take for one {@link #prepareEverywhere}.
     * @return the preparation; to be closed before the universe and the engine.
     * @throws IOException if its files can't be made.
     */
    public static ModulePreparation start(final Universe universe, final ModulePreparer engine, final Duration timeout)
            throws IOException {
        final ModulePreparation preparation = new ModulePreparation(universe, engine, timeout);
        preparation.files.join(preparation.self);
        preparation.monitor.start();
        return preparation;
    }

    /**
     * Asks all processes to prepare modules, and waits until they have; answers pending operations meanwhile. A process
     * that dies or leaves is not waited for any longer.
     *
     * @param group of the calling thread, running and without any lock of the linker's.
     * @param modules that this process has in its store and has prepared.
     * @throws LinkException if a process refuses a module, or does not answer in time; the same call can be made again.
     * @throws IOException if a file can't be read or written.
     */
    public void prepareEverywhere(final InstanceGroup group, final List<ContentHash> modules) throws IOException {
        final long number = ThreadLocalRandom.current().nextLong();
        for (final ContentHash module : modules) {
            files.publish(new Request(module, number));
        }
        final long deadline = System.nanoTime() + timeout.toNanos();
        for (final ContentHash module : modules) {
            await(group, new Request(module, number), deadline);
        }
    }

    private void await(final InstanceGroup group, final Request request, final long deadline) throws IOException {
        Member missing = firstUnprepared(request);
        while (missing != null) {
            final String reason = files.refusal(request, missing);
            if (reason != null) {
                throw new LinkException("process refuses a module: process=" + missing.index() + " module="
                        + request.module() + " reason=" + reason);
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new LinkException("process does not prepare a module, is it suspended, try again: process="
                        + missing.index() + " module=" + request.module() + " timeout=" + timeout);
            }
            group.cooperate();
            missing = firstUnprepared(request);
        }
    }

    private Member firstUnprepared(final Request request) {
        for (int index = 0; index < universe.layout().capacities().processes(); index++) {
            final long generation = universe.processGeneration(index);
            final Member member = new Member(index, generation);
            if (generation != 0
                    && !member.equals(self)
                    && files.takesPart(member)
                    && !files.isPrepared(request.module(), member)) {
                return member;
            }
        }
        return null;
    }

    private void answerRequests() {
        try (PreparationFiles.Reader requests = files.reader()) {
            while (!closed) {
                final Request request = requests.next();
                if (request == null) {
                    LockSupport.parkNanos(POLL_NANOS);
                } else {
                    answer(request);
                }
            }
        } catch (final IOException | RuntimeException e) {
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "modules are no longer prepared in this process, its groups do it when they load: process=" + self,
                    e);
        } finally {
            leave();
        }
    }

    private void answer(final Request request) throws IOException {
        if (files.isPrepared(request.module(), self)) {
            return;
        }
        String refusal = null;
        try {
            engine.prepare(request.module());
        } catch (final RuntimeException | Error e) {
            refusal = e.toString();
        }
        if (refusal == null) {
            files.prepared(request.module(), self);
        } else {
            files.refused(request, self, refusal);
        }
    }

    private void leave() {
        try {
            files.leave(self);
        } catch (final IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "files of a process that leaves could not be deleted", e);
        }
    }

    /** Ends the thread, after what it prepares at this moment, and takes no part any more. Idempotent. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(monitor);
        boolean interrupted = false;
        while (monitor.isAlive()) {
            try {
                monitor.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
