package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.ModulePreparation;
import dev.lockstep.engine.ModuleSearch;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.linker.LinkerStateReader;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.Universe;
import dev.lockstep.linker.UniverseOptions;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * This JVM's part of a universe that runs the main module in C: two groups or more, each on a thread of its own, and a directory
 * for modules of the test's. Modules are looked for there, and then among those of {@code demo/c}.
 */
final class CWorld implements AutoCloseable {
    private final Path directory;
    private final Universe universe;
    private final GuestProcess process;
    private final ModulePreparation preparation;
    private final int mutex;
    private final List<CGuest> guests = new ArrayList<>();
    private volatile Runnable hook = () -> {};
    private volatile Runnable onIdle = () -> {};

    private CWorld(final Path directory, final UniverseConfig config, final GuestOptions options, final int mutex)
            throws IOException {
        this.directory = directory;
        this.mutex = mutex;
        universe = Universe.open(
                config, UniverseOptions.defaults().idleStrategy(() -> new HookedIdle(() -> onIdle.run())));
        process = GuestProcess.open(
                universe.directory(),
                ModuleSource.of(CGuest.MODULES.resolve("main.wasm")),
                ModuleCache.shared(ChicoryEngine.INSTANCE),
                options.withSearch(ModuleSearch.of(List.of(directory, CGuest.MODULES))));
        preparation = ModulePreparation.start(universe, process);
    }

    /** Opens a universe and bootstraps it. */
    static CWorld open(final Path directory) throws IOException {
        return open(directory, config -> config, GuestOptions.defaults(), UniverseLinker.PARALLEL);
    }

    static CWorld open(
            final Path directory,
            final UnaryOperator<UniverseConfig> config,
            final GuestOptions options,
            final int mutex)
            throws IOException {
        final CWorld world = prepare(directory, config, options, mutex);
        world.guests.add(
                CGuest.bootstrap(world.universe, world.process, world.preparation, world::runHook, world.mutex));
        return world;
    }

    /** Opens a universe without any group. */
    static CWorld prepare(
            final Path directory,
            final UnaryOperator<UniverseConfig> config,
            final GuestOptions options,
            final int mutex)
            throws IOException {
        return new CWorld(directory, config.apply(UniverseConfig.at(directory.resolve("universe"))), options, mutex);
    }

    private void runHook() {
        hook.run();
    }

    /** Makes another group. */
    CGuest join() {
        final CGuest guest = CGuest.join(universe, process, preparation, this::runHook, mutex);
        guests.add(guest);
        return guest;
    }

    CGuest guest(final int index) {
        return guests.get(index);
    }

    Universe universe() {
        return universe;
    }

    GuestProcess process() {
        return process;
    }

    ModulePreparation preparation() {
        return preparation;
    }

    /** What the host's function {@link TestGroup#HOOK} does in all groups. */
    void hook(final Runnable action) {
        hook = action;
    }

    /** Fails whoever calls the hook. */
    void failInHook() {
        hook = () -> {
            throw new IllegalStateException("the hook's own");
        };
    }

    /** What is done before each step of waiting, on the thread that waits. */
    void onIdle(final Runnable action) {
        onIdle = action;
    }

    /** A latch that opens when a group waits. */
    CountDownLatch whenWaits(final CGuest guest) {
        final CountDownLatch waits = new CountDownLatch(1);
        onIdle = () -> {
            if (guest.isCurrent()) {
                waits.countDown();
            }
        };
        return waits;
    }

    Path write(final String name, final SideModule module) throws IOException {
        return Files.write(directory.resolve(name), module.bytes());
    }

    ModuleRecord record(final int handle) {
        return guests.get(0).run(() -> {
            try (LinkerStateReader state = guests.get(0).group().readLinkerState()) {
                return state.module(handle);
            }
        });
    }

    int references(final int handle) {
        return guests.get(0).run(() -> {
            try (LinkerStateReader state = guests.get(0).group().readLinkerState()) {
                return state.moduleReferences(handle);
            }
        });
    }

    /** What a load that fails before its operation must not change. */
    record State(long operations, int tableLength, long memoryEnd, int nextHandle, int modules, String fingerprint) {}

    State state(final CGuest of) {
        return of.run(() -> {
            try (LinkerStateReader state = of.group().readLinkerState()) {
                return new State(
                        universe.committedSequence(),
                        state.tableLength(),
                        state.memoryEnd(),
                        state.nextHandle(),
                        of.replica().moduleCount(),
                        of.replica().fingerprint());
            }
        });
    }

    /** The groups agree, and a newcomer finds the same in the journal. */
    void assertSameReplicas() {
        final State state = state(guests.get(0));
        guests.forEach(guest -> assertEquals(state, state(guest)));
        try (CGuest late = CGuest.join(universe, process, preparation, this::runHook, mutex)) {
            assertEquals(state, state(late));
        }
    }

    void assertNothingChanged(final State before) {
        guests.forEach(guest -> assertEquals(before, state(guest)));
    }

    static void await(final CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS), "nothing happened for a minute");
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = guests.size() - 1; i >= 0; i--) {
            guests.get(i).close();
        }
        preparation.close();
        universe.close();
        process.close();
    }
}
