package dev.lockstep.engine;

import dev.lockstep.engine.PreparationFiles.Member;
import dev.lockstep.engine.PreparationFiles.Request;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Has every attached process get a module ready before the operation that loads it, so that nobody compiles while the
 * others are stopped, and a process that refuses the module does so while that is an ordinary error.
 *
 * <p>A thread of its own looks for requests of any process, a few more prepare the modules and answer, as many at a time as
 * there are processors, at most {@value #MAX_THREADS}; see {@link PreparationFiles} for the files by which that goes. They
 * also prepare what was asked for before this process came, which its groups are going to meet in the journal. The thread
 * looks every {@value #POLL_MILLIS} ms, at a file's length only: a watch service would be quicker by that
 * much, and inotify instances are few on machines with many containers.
 *
 * <p>Processes that have none of these are not waited for; their groups prepare a module when they apply the operation.
 * One a process and universe. Thread-safe.
 */
public final class ModulePreparation implements AutoCloseable {
    static final int POLL_MILLIS = 20;

    private static final int MAX_THREADS = 4;

    /** The largest grammars take most of a minute to compile on a busy machine of two cores: 44 s were seen. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Universe universe;
    private final PreparationFiles files;
    private final Member self;
    private final Duration timeout;
    private final PreparationWorkers workers;

    private ModulePreparation(final Universe universe, final ModulePreparer engine, final Duration timeout)
            throws IOException {
        this.universe = universe;
        this.timeout = timeout;
        files = new PreparationFiles(engine.store().directory());
        self = new Member(universe.processIndex(), universe.processGeneration(universe.processIndex()));
        workers = PreparationWorkers.start(
                files, self, engine, Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS));
    }

    /**
     * Takes part in the preparation of a universe's modules, until closed. Waits for the others as long as
     * each of them gives an answer every two minutes.
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
     * @param timeout how long another process may go without an answer while {@link #prepareEverywhere} waits for it: each
     *     module that it gets ready gives it as much time again, so many modules need no longer one.
     * @return the preparation; to be closed before the universe and the engine.
     * @throws IOException if its files can't be made.
     */
    public static ModulePreparation start(final Universe universe, final ModulePreparer engine, final Duration timeout)
            throws IOException {
        return new ModulePreparation(universe, engine, timeout);
    }

    /**
     * Asks all processes to prepare modules, and waits until they have, in a safe region: nobody waits for this group meanwhile.
     * A process that dies or leaves is not waited for any longer.
     *
     * @param group of the calling thread, running and without any lock of the linker's.
     * @param modules that this process has in its store and has prepared.
     * @throws LinkException if a process refuses a module, or gives no answer in time; the same call can be made again.
     * @throws IOException if a file can't be read or written.
     */
    public void prepareEverywhere(final InstanceGroup group, final List<ContentHash> modules) throws IOException {
        final long number = ThreadLocalRandom.current().nextLong();
        final List<Request> requests = modules.stream()
                .distinct()
                .map(module -> new Request(module, number))
                .toList();
        for (final Request request : requests) {
            files.publish(request);
        }
        final Answers answers = new Answers(new PreparationWait(files, requests, timeout));
        group.waitInSafeRegion(answers::areThere);
        answers.throwFailure();
    }

    /** Looks for answers where nothing may be thrown. */
    private final class Answers {
        private final PreparationWait wait;
        private IOException unreadable;
        private RuntimeException failure;

        Answers(final PreparationWait wait) {
            this.wait = wait;
        }

        boolean areThere() {
            try {
                return wait.isOver(others(), System.nanoTime());
            } catch (final IOException e) {
                unreadable = e;
            } catch (final RuntimeException e) {
                failure = e;
            }
            return true;
        }

        void throwFailure() throws IOException {
            if (unreadable != null) {
                throw unreadable;
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    private List<Member> others() {
        final List<Member> others = new ArrayList<>();
        for (int index = 0; index < universe.layout().capacities().processes(); index++) {
            final long generation = universe.processGeneration(index);
            final Member member = new Member(index, generation);
            if (generation != 0 && !member.equals(self)) {
                others.add(member);
            }
        }
        return others;
    }

    /**
     * Ends the threads, after what they prepare at this moment, for which nobody waits any more; takes no part from now on.
     * Idempotent.
     */
    @Override
    public void close() {
        workers.close();
    }
}
