package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.wasm.HostFunctions;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A universe with its guest, opened in one go; groups that do not know whether they are the first. */
class GuestUniverseTest {
    private static final int GROUPS = 4;

    @TempDir
    private Path directory;

    private GuestUniverse open(final String main) throws IOException {
        return GuestUniverse.open(
                UniverseConfig.at(directory.resolve("universe")),
                ModuleSource.of(CGuest.MODULES.resolve(main)),
                ChicoryEngine.INSTANCE,
                GuestOptions.defaults());
    }

    @Test
    void shouldLoadTheMainModuleOnceWhenManyGroupsComeAtOnce() throws Exception {
        final CyclicBarrier begin = new CyclicBarrier(GROUPS);
        final ExecutorService threads = Executors.newFixedThreadPool(GROUPS);
        try (GuestUniverse universe = open("main.wasm")) {
            final List<Future<Integer>> counters = new ArrayList<>();
            for (int i = 0; i < GROUPS; i++) {
                counters.add(threads.submit(() -> {
                    begin.await();
                    try (UniverseLinker linker = universe.newGroup(new DlFunctions())) {
                        return linker.replica()
                                .exported(GuestReplica.MAIN_HANDLE, "counter_add")
                                .callInt(1);
                    }
                }));
            }
            final List<Integer> values = new ArrayList<>();
            for (final Future<Integer> counter : counters) {
                values.add(counter.get(60, TimeUnit.SECONDS));
            }
            values.sort(null);
            assertEquals(List.of(1, 2, 3, 4), values);
            assertEquals(1, universe.universe().committedSequence());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldRefuseAnotherMainModuleAndGoOnWithTheOneThereIs() throws Exception {
        try (GuestUniverse universe = open("main.wasm")) {
            universe.newGroup(new DlFunctions()).close();
        }
        try (GuestUniverse other = open("plugin.wasm")) {
            final LinkException e = assertThrows(LinkException.class, () -> other.newGroup(HostFunctions.NONE));
            assertEquals(LinkError.MAIN_MODULE_MISMATCH, e.error());
            assertEquals("main.wasm", e.module());
        }
        try (GuestUniverse universe = open("main.wasm");
                UniverseLinker linker = universe.newGroup(new DlFunctions())) {
            assertEquals(2, linker.replica().exported(1, "main_twice").callInt(1));
        }
    }

    @Test
    void shouldSayWhatTheHostDoesNotGiveAndBootstrapOnceItDoes() throws Exception {
        try (GuestUniverse universe = GuestUniverse.open(
                UniverseConfig.at(directory.resolve("universe")),
                ModuleSource.of(CGuest.MODULES.resolve("main.wasm")),
                ChicoryEngine.INSTANCE,
                GuestOptions.defaults().bindingNow())) {
            final LinkException e = assertThrows(LinkException.class, () -> universe.newGroup(HostFunctions.NONE));
            assertEquals(LinkError.MISSING_MAIN_MODULE_IMPORT, e.error());
            try (UniverseLinker linker = universe.newGroup(new DlFunctions())) {
                assertEquals(1, linker.replica().moduleCount());
            }
            final LinkException joining =
                    assertThrows(LinkException.class, () -> universe.newGroup(HostFunctions.NONE));
            assertEquals(LinkError.MISSING_MAIN_MODULE_IMPORT, joining.error());
        }
    }
}
