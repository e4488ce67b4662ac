package dev.lockstep.engine.loader;

import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A group with a thread of its own, which is in a safe region while it has nothing to do. The guest's host has one
 * function more than tree-sitter's: {@code env.test_hook}.
 */
final class TestGroup implements AutoCloseable {
    static final int GUEST_MUTEX = 0;
    static final String HOOK = "test_hook";

    private final ExecutorService thread;
    private final TreeSitterHost host = new TreeSitterHost();
    private volatile Thread boundTo;
    private InstanceGroup group;
    private GuestReplica replica;
    private UniverseLinker linker;
    private TreeSitterGuest guest;

    private TestGroup(final String name) {
        thread = Executors.newSingleThreadExecutor(task -> {
            final Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** What a group does in the test. */
    interface Work<T> {
        T run() throws Exception;
    }

    static TestGroup bootstrap(
            final Universe universe,
            final GuestProcess process,
            final ModulePreparation preparation,
            final Runnable hook) {
        final TestGroup made = new TestGroup("bootstrap");
        made.start(() -> {
            made.replica = process.newReplica(made.functions(hook));
            made.linker = UniverseLinker.bootstrap(universe, made.replica, process, preparation, GUEST_MUTEX);
        });
        return made;
    }

    static TestGroup join(
            final Universe universe,
            final GuestProcess process,
            final ModulePreparation preparation,
            final Runnable hook) {
        final TestGroup made = new TestGroup("joined");
        made.start(() -> {
            made.replica = process.newReplica(made.functions(hook));
            made.linker = UniverseLinker.of(
                    universe,
                    universe.joinInstanceGroup(made.replica),
                    made.replica,
                    process,
                    preparation,
                    GUEST_MUTEX);
        });
        return made;
    }

    private interface Making {
        void run() throws Exception;
    }

    private void start(final Making making) {
        get(thread.submit(() -> {
            boundTo = Thread.currentThread();
            making.run();
            group = linker.group();
            group.enterSafeRegion();
            return null;
        }));
    }

    private HostFunctions functions(final Runnable hook) {
        return () -> {
            final List<HostFunction> functions = new ArrayList<>(host.functions());
            functions.add(HostFunction.of("env", HOOK, ExternType.NOTHING, (guest, arguments) -> {
                hook.run();
                return null;
            }));
            return functions;
        };
    }

    /** Whether the calling thread is this group's. */
    boolean isCurrent() {
        return Thread.currentThread() == boundTo;
    }

    InstanceGroup group() {
        return group;
    }

    GuestReplica replica() {
        return replica;
    }

    UniverseLinker linker() {
        return linker;
    }

    /** Has the group's thread do something, running; only that thread may touch what the methods above give. */
    <T> Future<T> submit(final Work<T> work) {
        final Callable<T> task = () -> {
            group.exitSafeRegion();
            try {
                return work.run();
            } finally {
                if (!group.isDead()) {
                    group.enterSafeRegion();
                }
            }
        };
        return thread.submit(task);
    }

    <T> T call(final Work<T> work) {
        return get(submit(work));
    }

    /** Loads a grammar, on the group's thread. */
    int language(final Path grammar, final String function) throws Exception {
        final int slot = linker.resolveFunction(linker.loadModule(grammar), function);
        return underGuestMutex(() -> guest().language(replica.slot(slot)));
    }

    /** Parses, on the group's thread. */
    ParsedTree parse(final int language, final String text) throws Exception {
        return underGuestMutex(() -> guest().parse(language, text));
    }

    private TreeSitterGuest guest() {
        if (guest == null) {
            guest = new TreeSitterGuest(replica, host);
        }
        return guest;
    }

    private <T> T underGuestMutex(final Work<T> work) throws Exception {
        linker.enterGuest();
        try {
            return work.run();
        } finally {
            linker.leaveGuest();
        }
    }

    /** The result of a group's work, or its failure. */
    static <T> T get(final Future<T> result) {
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new AssertionError(e.getCause());
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        get(thread.submit(() -> group.shutdownInstanceGroup()));
        thread.shutdown();
    }
}
