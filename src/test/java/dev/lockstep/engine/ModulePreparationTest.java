package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.linker.FunctionTable;
import dev.lockstep.linker.InstanceGroup;
import dev.lockstep.linker.Universe;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process that asks, and one that prepares. */
class ModulePreparationTest {
    @TempDir
    Path directory;

    private Universe universe;
    private ModuleStore store;
    private InstanceGroup group;
    private ModulePreparation preparation;

    @BeforeEach
    void open() throws IOException {
        universe = Universe.open(UniverseConfig.at(directory.resolve("universe")));
        store = ModuleStore.in(universe.directory());
        group = universe.bootstrap(new FunctionTable(), state -> new AllocateFunctionTable(state.growTable(1), 1));
    }

    @AfterEach
    void close() {
        if (preparation != null) {
            preparation.close();
        }
        group.shutdownInstanceGroup();
        universe.close();
    }

    private void start(final Duration timeout) throws IOException {
        preparation = ModulePreparation.start(universe, new Engine(store), timeout);
    }

    /** One that is always ready. */
    private record Engine(ModuleStore store) implements ModulePreparer {
        @Override
        public void prepare(final ContentHash hash) {}
    }

    /** Prepares modules only if it may do so two at a time. */
    static final class PairwiseMain {
        public static void main(final String[] args) throws Exception {
            try (Universe universe = Universe.open(UniverseConfig.at(Path.of(args[0])))) {
                final ModuleStore store = ModuleStore.in(universe.directory());
                final CyclicBarrier pair = new CyclicBarrier(2);
                final ModulePreparer preparer = new ModulePreparer() {
                    @Override
                    public ModuleStore store() {
                        return store;
                    }

                    @Override
                    public void prepare(final ContentHash hash) {
                        try {
                            store.get(hash);
                            pair.await();
                        } catch (final Exception e) {
                            throw new IllegalStateException(e);
                        }
                    }
                };
                final ModulePreparation preparation = ModulePreparation.start(universe, preparer);
                ForkedJvm.say("ready");
                ForkedJvm.nextLine();
                preparation.close();
            }
        }
    }

    private List<ContentHash> modules(final int from, final int to) throws IOException {
        final List<ContentHash> modules = new ArrayList<>();
        for (int i = from; i < to; i++) {
            modules.add(store.put(new byte[] {(byte) i}));
        }
        return modules;
    }

    private ForkedJvm startPairwise() {
        final ForkedJvm jvm = ForkedJvm.startWith(
                List.of("-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=2"),
                PairwiseMain.class,
                universe.directory().toString());
        jvm.expect("ready");
        return jvm;
    }

    @Test
    void shouldNeedNobodyWhenItIsAlone() throws IOException {
        start(Duration.ofSeconds(30));
        preparation.prepareEverywhere(group, modules(0, 3));
        preparation.prepareEverywhere(group, List.of());
    }

    @Test
    void shouldHaveModulesOfOneRequestPreparedAtTheSameTime() throws Exception {
        start(Duration.ofSeconds(30));
        try (ForkedJvm jvm = startPairwise()) {
            preparation.prepareEverywhere(group, modules(0, 6));
            final List<ContentHash> twice = new ArrayList<>(modules(6, 8));
            twice.addAll(modules(0, 8));
            preparation.prepareEverywhere(group, twice);
            preparation.prepareEverywhere(group, twice);
            jvm.send("leave");
            assertEquals(0, jvm.waitForEnd());
        }
    }

    @Test
    void shouldFailWhenAProcessGetsNoFurther() throws Exception {
        start(Duration.ofMillis(500));
        try (ForkedJvm jvm = startPairwise()) {
            final LinkException e =
                    assertThrows(LinkException.class, () -> preparation.prepareEverywhere(group, modules(0, 3)));
            assertTrue(e.getMessage().contains("does not prepare a module"), e.getMessage());
            jvm.kill();
            preparation.prepareEverywhere(group, modules(0, 3));
        }
    }
}
