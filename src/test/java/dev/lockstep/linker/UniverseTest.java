package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.UniverseConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UniverseTest {
    @TempDir
    private Path directory;

    private static DlOperation loadMain(final LinkerStateWriter state) {
        state.setMemoryEnd(65536);
        final int base = state.growTable(10);
        return new DlOperation.LoadModules(
                List.of(state.registerModule("main", "", new byte[32], 0, 65536, base, 10, 0)));
    }

    @Test
    void shouldBootstrapAndBroadcast() throws Exception {
        try (Universe universe = Universe.open(UniverseConfig.at(directory.resolve("u")))) {
            final FunctionTable table = new FunctionTable();
            final InstanceGroup main = universe.bootstrap(table, UniverseTest::loadMain);
            assertEquals(10, table.tableLength());
            assertTrue(universe.isBootstrapped());
            try (LinkerStateWriter state = main.writeLinkerStateWithTopology()) {
                final int base = state.growTable(5);
                main.synchronizeLinkOperation(state, new DlOperation.AllocateFunctionTable(base, 5));
            }
            assertEquals(15, table.tableLength());
            assertEquals(15, main.<Integer>readOptimistically(LinkerStateView::tableLength));
            final int closure = main.allocateClosureIndex();
            assertTrue(main.isClosure(closure));
            main.freeClosureIndex(closure);
            assertThrows(IllegalStateException.class, () -> universe.bootstrap(new FunctionTable(), s -> null));
            main.enterSafeRegion();
            final FunctionTable other = new FunctionTable();
            final InstanceGroup second = universe.joinInstanceGroup(other);
            assertEquals(table.fingerprint(), other.fingerprint());
            second.shutdownInstanceGroup();
            second.shutdownInstanceGroup();
            main.exitSafeRegion();
            main.shutdownInstanceGroup();
        }
    }
}
