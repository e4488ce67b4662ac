package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.LinkError;
import dev.lockstep.engine.LinkException;
import dev.lockstep.linker.ModuleRecord;
import dev.lockstep.linker.ModuleState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When groups make their thread-local blocks, and that they write nowhere else. */
class ThreadBlocksTest {
    @TempDir
    Path directory;

    private CWorld world;
    private CGuest first;
    private CGuest second;

    @BeforeEach
    void open() throws Exception {
        world = CWorld.open(directory);
        first = world.guest(0);
        second = world.join();
    }

    @AfterEach
    void close() throws IOException {
        world.assertSameReplicas();
        world.close();
    }

    private static void unload(final CGuest by, final int handle) {
        assertTrue(by.run(() -> by.linker().unloadModule(handle)));
    }

    private byte[] memoryOf(final ModuleRecord module) {
        return first.run(
                () -> first.replica().memory().readBytes((int) module.memoryBase(), (int) module.memorySize()));
    }

    /** The second group is in a safe region from the beginning, and finds all this in the journal. */
    @Test
    void shouldNotWriteIntoMemoryThatIsAnotherModulesByNow() throws Exception {
        final int gone = first.load("tls_def.wasm");
        final ModuleRecord before = world.record(gone);
        unload(first, gone);
        world.write("plain.wasm", new SideModule().shared().memory((int) before.memorySize()));
        final ModuleRecord plain = world.record(first.load("plain.wasm"));
        assertEquals(before.memoryBase(), plain.memoryBase(), "it took the place");
        final byte[] mark = new byte[(int) plain.memorySize()];
        Arrays.fill(mark, (byte) 0xa5);
        first.run(() -> {
            first.replica().memory().writeBytes((int) plain.memoryBase(), mark, 0, mark.length);
            return null;
        });
        assertEquals(1, second.group().appliedSequence(), "nobody has woken it");
        assertEquals(645503657, second.main("spin", 1000));
        assertEquals(4, second.group().appliedSequence());
        assertArrayEquals(mark, memoryOf(plain));
    }

    @Test
    void shouldMakeTheBlocksOfWhatIsThereWhenItCatchesUp() {
        final int gone = first.load("tls_def.wasm");
        first.tell("tls_def.wasm", "tls_set", 5);
        unload(first, gone);
        first.load("tls_use.wasm");
        first.tell("tls_use.wasm", "use_set", 6);
        assertEquals(1, second.group().appliedSequence());
        assertEquals(42, second.call("tls_use.wasm", "use_get"));
        assertEquals(7, second.call("tls_def.wasm", "tls_follow"));
        assertEquals(6, first.call("tls_def.wasm", "tls_get"));
        assertNotEquals(first.call("tls_use.wasm", "use_address"), second.call("tls_use.wasm", "use_address"));
    }

    /** It comes out of the safe region inside of a host function, with guest code above and below. */
    @Test
    void shouldMakeThemWhenAFunctionOfTheHostsReturnsThatBlocked() throws Exception {
        world.write("blocks.wasm", new SideModule().shared().function("block", TestGroup.HOOK));
        first.load("blocks.wasm");
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch loaded = new CountDownLatch(1);
        world.hook(() -> {
            second.group().enterSafeRegion();
            inside.countDown();
            CWorld.await(loaded);
            second.group().exitSafeRegion();
        });
        final Future<Integer> call = second.submit(() -> {
            second.replica().exported(2, "block").call();
            return second.callHere("tls_def.wasm", "tls_get");
        });
        CWorld.await(inside);
        first.load("tls_def.wasm");
        loaded.countDown();
        assertEquals(42, TestGroup.get(call));
    }

    @Test
    void shouldTakeOutAModuleWhoseBlocksCannotBeMade() throws Exception {
        world.write("blocks.wasm", new SideModule().shared().memory(64).threads(16, 8, TestGroup.HOOK));
        world.failInHook();
        for (int attempt = 0; attempt < 2; attempt++) {
            final LinkException e = assertThrows(LinkException.class, () -> first.load("blocks.wasm"));
            assertEquals(LinkError.INIT_FUNCTION_FAILED, e.error());
            assertEquals("blocks.wasm", e.module());
            assertEquals(PreparedModule.INIT_THREAD, e.symbol());
            final int handle = 2 + attempt;
            assertEquals(ModuleState.FAILED, second.run(() -> second.group().moduleState(handle)));
            assertFalse(second.run(() -> second.linker().isHandleValid(handle)));
        }
        world.hook(() -> {});
        assertEquals(4, second.load("blocks.wasm"));
        assertEquals(4, first.load("blocks.wasm"));
    }
}
