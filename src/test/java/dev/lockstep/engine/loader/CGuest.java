package dev.lockstep.engine.loader;

import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.HostFunction;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A group that runs the modules of {@code demo/c}, in parallel with others, on a thread of its own; in a safe region while it has
 * nothing to do.
 */
final class CGuest implements AutoCloseable {
    static final Path MODULES = Path.of("demo/c/modules").toAbsolutePath();

    private final ExecutorService thread;
    private UniverseLinker linker;
    private InstanceGroup group;
    private GuestReplica replica;
    private volatile Thread boundTo;

    private CGuest(final String name) {
        thread = Executors.newSingleThreadExecutor(task -> {
            final Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
    }

    static GuestProcess process(final Universe universe) throws IOException {
        return process(universe.directory(), GuestOptions.defaults());
    }

    static GuestProcess process(final Path directory, final GuestOptions options) throws IOException {
        return GuestProcess.open(
                directory,
                ModuleSource.of(MODULES.resolve("main.wasm")),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                options.withSearch(ModuleSearch.of(List.of(MODULES))));
    }

    /** Makes the universe's first group. */
    static CGuest bootstrap(final Universe universe, final GuestProcess process, final ModulePreparation preparation) {
        return bootstrap(universe, process, preparation, () -> {}, UniverseLinker.PARALLEL);
    }

    /** Makes the universe's first group, with a host function {@link TestGroup#HOOK}. */
    static CGuest bootstrap(
            final Universe universe,
            final GuestProcess process,
            final ModulePreparation preparation,
            final Runnable hook,
            final int mutex) {
        final CGuest made = new CGuest("bootstrap");
        made.start(() -> {
            made.replica = process.newReplica(functions(hook));
            made.linker = UniverseLinker.bootstrap(universe, made.replica, process, preparation, mutex);
        });
        return made;
    }

    /** Makes another group. */
    static CGuest join(final Universe universe, final GuestProcess process, final ModulePreparation preparation) {
        return join(universe, process, preparation, () -> {}, UniverseLinker.PARALLEL);
    }

    /** Makes another group, with a host function {@link TestGroup#HOOK}. */
    static CGuest join(
            final Universe universe,
            final GuestProcess process,
            final ModulePreparation preparation,
            final Runnable hook,
            final int mutex) {
        final CGuest made = new CGuest("joined");
        made.start(() -> {
            made.replica = process.newReplica(functions(hook));
            made.linker = UniverseLinker.of(
                    universe, universe.joinInstanceGroup(made.replica), made.replica, process, preparation, mutex);
        });
        return made;
    }

    private static HostFunctions functions(final Runnable hook) {
        final List<HostFunction> functions = new ArrayList<>(new DlFunctions().functions());
        functions.add(HostFunction.of("env", TestGroup.HOOK, ExternType.NOTHING, (guest, arguments) -> {
            hook.run();
            return null;
        }));
        return () -> functions;
    }

    /** Whether the calling thread is this group's. */
    boolean isCurrent() {
        return Thread.currentThread() == boundTo;
    }

    private interface Making {
        void run() throws Exception;
    }

    private void start(final Making making) {
        TestGroup.get(thread.submit(() -> {
            boundTo = Thread.currentThread();
            making.run();
            group = linker.group();
            group.enterSafeRegion();
            return null;
        }));
    }

    <T> Future<T> submit(final TestGroup.Work<T> work) {
        return thread.submit(() -> {
            group.exitSafeRegion();
            try {
                return work.run();
            } finally {
                if (!group.isDead()) {
                    group.enterSafeRegion();
                }
            }
        });
    }

    <T> T run(final TestGroup.Work<T> work) {
        return TestGroup.get(submit(work));
    }

    UniverseLinker linker() {
        return linker;
    }

    InstanceGroup group() {
        return group;
    }

    GuestReplica replica() {
        return replica;
    }

    int load(final String name) {
        return run(() -> linker.loadModule(name));
    }

    /** Calls a function that gives an int. */
    int call(final String module, final String function, final long... arguments) {
        return run(() -> callHere(module, function, arguments));
    }

    /** Calls a function that gives nothing. */
    void tell(final String module, final String function, final long... arguments) {
        run(() -> replica.exported(handleHere(module), function).call(arguments));
    }

    int callHere(final String module, final String function, final long... arguments) {
        return replica.exported(handleHere(module), function).callInt(arguments);
    }

    /** Handle of a module, from any thread but the group's. */
    int handle(final String module) {
        return run(() -> handleHere(module));
    }

    int handleHere(final String module) {
        return replica.linkage().find(module).handle();
    }

    int main(final String function, final long... arguments) {
        return call("main.wasm", function, arguments);
    }

    /** What the guest's log has gained since a number of events. */
    List<Integer> eventsAfter(final int count) {
        return run(() -> {
            final List<Integer> events = new ArrayList<>();
            for (int i = count; i < callHere("main.wasm", "event_count"); i++) {
                events.add(callHere("main.wasm", "event_at", i));
            }
            return events;
        });
    }

    /** Writes a text into the guest's heap, on the group's thread. */
    int text(final String text) {
        final byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
        final int address = callHere("main.wasm", "malloc", bytes.length);
        replica.memory().writeBytes(address, bytes, 0, bytes.length);
        return address;
    }

    String fingerprint() {
        return run(() -> replica.fingerprint());
    }

    @Override
    public void close() {
        if (!thread.isShutdown()) {
            TestGroup.get(thread.submit(() -> group.shutdownInstanceGroup()));
            thread.shutdown();
        }
    }
}
