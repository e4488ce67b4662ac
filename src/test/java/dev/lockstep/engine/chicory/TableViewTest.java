package dev.lockstep.engine.chicory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.wasm.ChicoryException;
import dev.lockstep.engine.LinearMemoryFile;
import dev.lockstep.engine.LinearMemoryPlan;
import dev.lockstep.engine.NoWait;
import dev.lockstep.engine.wasm.Binding;
import dev.lockstep.engine.wasm.ExternType;
import dev.lockstep.engine.wasm.GuestSpace;
import dev.lockstep.engine.wasm.SlotTable;
import dev.lockstep.engine.wasm.WasmModule;
import dev.lockstep.engine.wasm.WasmModuleInstance;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The function table is the same in every group: a module writes its element segments when it is linked, and nothing later. */
class TableViewTest {
    /** Slot 0 = f by an element segment; {@code clear} sets it to null, {@code copy} copies it to slot 1. */
    private static final byte[] MODULE = HexFormat.of()
            .parseHex("0061736d0100000001040160000002230103656e76195f5f696e6469726563745f66756e6374696f6e5f7461626c65"
                    + "017000010304030000000714030166000005636c656172000104636f707900020907010041000b01000a1a0302000b"
                    + "08004100d07026000b0c00410141004101fc0e00000b");

    @TempDir
    Path directory;

    @Test
    void shouldHoldTheElementsOfAModuleThatIsLinked() throws Exception {
        try (LinearMemoryFile memory = memory()) {
            final SlotTable table = table();
            final WasmModuleInstance instance = linked(memory, table);
            assertSame(instance, table.owner(0));
            assertEquals(0, table.function(0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clear", "copy"})
    void shouldNotBeChangedByTheGuest(final String function) throws Exception {
        try (LinearMemoryFile memory = memory()) {
            final SlotTable table = table();
            final WasmModuleInstance instance = linked(memory, table);
            final int index = instance.module().export(function).index();
            final ChicoryException trap = assertThrows(ChicoryException.class, () -> instance.call(index));
            assertTrue(trap.getMessage().contains("by operations only"), trap.getMessage());
            assertSame(instance, table.owner(0));
            assertEquals(null, table.owner(1));
        }
    }

    private LinearMemoryFile memory() throws Exception {
        return LinearMemoryFile.openOrCreate(
                directory, LinearMemoryPlan.forMain(0, 1, 0, 1, 1 << 10, 0, 4 * LinearMemoryPlan.PAGE));
    }

    private static SlotTable table() {
        final SlotTable table = new SlotTable();
        table.ensureLength(2);
        return table;
    }

    private static WasmModuleInstance linked(final LinearMemoryFile memory, final SlotTable table) {
        final WasmModule module = ChicoryEngine.INSTANCE.compile(MODULE);
        final WasmModuleInstance instance = ChicoryEngine.INSTANCE
                .newStore(new GuestSpace(
                        memory,
                        new ExternType.Memory(1, 4, false),
                        new NoWait(memory),
                        table,
                        memory.plan().stackHigh(0)))
                .newInstance(module);
        instance.link(List.of(new Binding.Table()));
        return instance;
    }
}
