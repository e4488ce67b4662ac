package dev.lockstep.linker;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of operation in its bytes, whole and damaged. */
class OperationFlyweightTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 12]);

    static List<DlOperation> operations() {
        final byte[] hash = new byte[ModuleRecord.HASH_LENGTH];
        hash[31] = -1;
        return List.of(
                new DlOperation.LoadModules(List.of(
                        new ModuleRecord(2, "größe.wasm", "/lib/größe.wasm", hash, 1L << 31, 100, 7, 3, -1),
                        new ModuleRecord(3, "", "", hash, 0, 0, 10, 0, 0))),
                new DlOperation.ResolveFunction("größe", 2, 11),
                new DlOperation.AllocateFunctionTable(12, 100),
                new DlOperation.RetireModule(2),
                new DlOperation.PrepareClosure(3, 200, -1, "viij"));
    }

    private int encode(final DlOperation operation) {
        if (operation instanceof DlOperation.LoadModules load) {
            head(OperationFlyweight.LOAD_MODULES);
            return OperationFlyweight.encodeModules(buffer, load.modules());
        }
        if (operation instanceof DlOperation.ResolveFunction resolve) {
            head(OperationFlyweight.RESOLVE_FUNCTION);
            final byte[] name = resolve.name().getBytes(StandardCharsets.UTF_8);
            return OperationFlyweight.encodeResolve(
                    buffer, resolve.resolvedFrom(), resolve.functionTableIndex(), name, name.length);
        }
        if (operation instanceof DlOperation.AllocateFunctionTable allocate) {
            head(OperationFlyweight.ALLOCATE_FUNCTION_TABLE);
            return OperationFlyweight.encodeAllocate(buffer, allocate.index(), allocate.size());
        }
        if (operation instanceof DlOperation.PrepareClosure closure) {
            head(OperationFlyweight.PREPARE_CLOSURE);
            return OperationFlyweight.encodeClosure(buffer, closure);
        }
        head(OperationFlyweight.RETIRE_MODULE);
        return OperationFlyweight.encodeRetire(buffer, ((DlOperation.RetireModule) operation).handle());
    }

    private void head(final int kind) {
        OperationFlyweight.encodeHead(buffer, kind, 5, 7, 200, 1L << 32);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldReadBackWhatWasWritten(final DlOperation operation) {
        final int length = encode(operation);
        final OperationFlyweight read = new OperationFlyweight().wrap(9, buffer, 0, length);
        assertEquals(9, read.sequence());
        assertEquals(5, read.instigator());
        assertEquals(7, read.tableLengthBefore());
        assertEquals(200, read.tableLengthAfter());
        assertEquals(1L << 32, read.memoryLengthAfter());
        assertEquals(operation, read.toOperation());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void shouldRefuseWhatWasCutOff(final DlOperation operation) {
        final int names = operation instanceof DlOperation.LoadModules ? 1 << 3 : 1;
        final int length = encode(operation);
        for (int cut = 0; cut <= length - names; cut++) {
            final int bytes = cut;
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new OperationFlyweight().wrap(1, buffer, 0, bytes),
                    () -> "bytes=" + bytes);
        }
    }

    @Test
    void shouldRefuseToTakeOutWhatIsNoModule() {
        for (final int handle : new int[] {0, -1, Integer.MIN_VALUE}) {
            final int length = encode(new DlOperation.RetireModule(handle));
            assertThrows(IllegalArgumentException.class, () -> new OperationFlyweight().wrap(1, buffer, 0, length));
        }
    }

    @Test
    void shouldReadOrRefuseWhateverTheBytesAre() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            final byte[] bytes = new byte[24 + random.nextInt(300)];
            random.nextBytes(bytes);
            buffer.putBytes(0, bytes);
            head(random.nextInt(7));
            if (random.nextBoolean()) {
                buffer.putInt(24, random.nextInt(4), LITTLE_ENDIAN);
            }
            try {
                new OperationFlyweight().wrap(1, buffer, 0, bytes.length).toOperation();
                read++;
            } catch (final IllegalArgumentException refused) {
                assertEquals(0, refused.getMessage().indexOf("malformed operation"), "seed=" + seed);
            }
        }
        assertTrue(read > 100, "seed=" + seed + " read=" + read);
    }
}
