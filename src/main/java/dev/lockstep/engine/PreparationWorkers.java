package dev.lockstep.engine;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Answers requests to prepare modules, of any process: one thread reads them as they are written, a few prepare modules, as
 * many at a time, and end when there is nothing to do.
 *
 * <p>A module is prepared once at a time, however many requests there are for it; each of them is answered. If an answer
 * can't be written, the process takes no part any more, so that nobody waits for it. Thread-safe.
 */
final class PreparationWorkers implements AutoCloseable {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(ModulePreparation.POLL_MILLIS);
    private static final long IDLE_SECONDS = 1;
    private static final System.Logger LOGGER = System.getLogger("dev.lockstep");

    private final PreparationFiles files;
    private final Member self;
    private final ModulePreparer engine;
    private final Thread monitor;
    private final ThreadPoolExecutor pool;
    private final ReentrantLock answering = new ReentrantLock();
    private final Map<ContentHash, List<Request>> inPreparation = new HashMap<>();
    private volatile boolean closed;

    private PreparationWorkers(
            final PreparationFiles files, final Member self, final ModulePreparer engine, final int threads) {
        this.files = files;
        this.self = self;
        this.engine = engine;
        final String name = "lockstep-preparation-" + self;
        final AtomicInteger number = new AtomicInteger();
        monitor = daemon(this::readRequests, name);
        pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> daemon(work, name + "-" + number.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(final Runnable work, final String name) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Takes part, until closed.
     *
     * @param files of the universe.
     * @param self this process.
     * @param engine that prepares.
     * @param threads how many modules are prepared at a time.
     * @return the workers; to be closed.
     * @throws IOException if the files can't be made.
     */
    static PreparationWorkers start(
            final PreparationFiles files, final Member self, final ModulePreparer engine, final int threads)
            throws IOException {
        final PreparationWorkers workers = new PreparationWorkers(files, self, engine, threads);
        files.join(self);
        workers.monitor.start();
        return workers;
    }

    private void readRequests() {
        try (PreparationFiles.Reader requests = files.reader()) {
            while (!closed) {
                final Request request = requests.next();
                if (request == null) {
                    LockSupport.parkNanos(POLL_NANOS);
                } else {
                    accept(request);
                }
            }
        } catch (final IOException | RuntimeException e) {
            giveUp(e);
        } finally {
            finish();
        }
    }

    private void accept(final Request request) {
        answering.lock();
        try {
            if (files.isPrepared(request.module(), self)) {
                return;
            }
            final List<Request> others = inPreparation.get(request.module());
            if (others != null) {
                others.add(request);
                return;
            }
            inPreparation.put(request.module(), new ArrayList<>(List.of(request)));
        } finally {
            answering.unlock();
        }
        pool.execute(() -> prepare(request.module()));
    }

    private void prepare(final ContentHash module) {
        if (closed) {
            return;
        }
        String refusal = null;
        try {
            engine.prepare(module);
        } catch (final RuntimeException | Error e) {
            refusal = e.toString();
        }
        try {
            answer(module, refusal);
        } catch (final IOException | RuntimeException | Error e) {
            giveUp(e);
        }
    }

    private void answer(final ContentHash module, final String refusal) throws IOException {
        answering.lock();
        try {
            final List<Request> requests = inPreparation.remove(module);
            if (closed) {
                return;
            }
            if (refusal == null) {
                files.prepared(module, self);
            } else {
                for (final Request request : requests) {
                    files.refused(request, self, refusal);
                }
            }
            files.answered(self);
        } finally {
            answering.unlock();
        }
    }

    private void giveUp(final Throwable reason) {
        LOGGER.log(
                System.Logger.Level.WARNING,
                "modules are no longer prepared in this process, its groups do it when they load: process=" + self,
                reason);
        stop();
    }

    /** No answer is written after this. */
    private void stop() {
        answering.lock();
        try {
            closed = true;
        } finally {
            answering.unlock();
        }
        LockSupport.unpark(monitor);
    }

    /** Leaves at once, so that nobody waits for what is being prepared at this moment; then waits for it. */
    private void finish() {
        stop();
        pool.shutdown();
        pool.getQueue().clear();
        try {
            files.leave(self);
        } catch (final IOException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "files of a process that leaves could not be deleted", e);
        }
        boolean terminated = false;
        while (!terminated) {
            try {
                terminated = pool.awaitTermination(1, TimeUnit.HOURS);
            } catch (final InterruptedException e) {
                // nobody interrupts this thread for a purpose; the engine is in use until the workers have ended
            }
        }
    }

    /** Takes no part any more, and waits until what is being prepared at this moment is. Idempotent. */
    @Override
    public void close() {
        stop();
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
