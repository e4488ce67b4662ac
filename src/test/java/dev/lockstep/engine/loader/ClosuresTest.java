package dev.lockstep.engine.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.engine.ResolveError;
import dev.lockstep.engine.ResolveException;
import dev.lockstep.linker.ModuleRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closures of every signature of {@code closure.wasm}, whose backing function gives ten times what its own functions give. */
class ClosuresTest {
    private static final String MODULE = "closure.wasm";

    /** Their numbers are the user data by which the backing function knows them. */
    private enum Kind {
        INT("int", "i:i"),
        LONG("long", "I:I"),
        FLOAT("float", "f:f"),
        DOUBLE("double", "F:F"),
        MIXED("mixed", "iIfF:F"),
        VOID("void", "i:"),
        NO_ARGUMENT("no_argument", ":i");

        private final String function;
        private final String signature;

        Kind(final String name, final String signature) {
            function = "closure_" + name;
            this.signature = signature;
        }
    }

    @TempDir
    Path directory;

    private CWorld world;
    private CGuest first;
    private CGuest second;
    private int module;
    private int backing;

    @BeforeEach
    void open() throws Exception {
        world = CWorld.open(directory);
        first = world.guest(0);
        second = world.join();
        module = first.load(MODULE);
        backing = first.call(MODULE, "closure_backing_address");
    }

    @AfterEach
    void close() throws IOException {
        world.close();
    }

    private static int allocate(final CGuest by) {
        return by.run(() -> by.linker().allocateClosureIndex());
    }

    private static void prepare(
            final CGuest by, final int closure, final int backing, final String signature, final int userData) {
        by.run(() -> {
            by.linker().prepareClosure(closure, backing, signature, userData);
            return null;
        });
    }

    private static long[] call(final CGuest by, final Kind kind, final long... arguments) {
        return by.run(() ->
                by.replica().exported(by.handleHere(MODULE), kind.function).call(arguments));
    }

    private static float asFloat(final long[] results) {
        return Float.intBitsToFloat((int) results[0]);
    }

    private static double asDouble(final long[] results) {
        return Double.longBitsToDouble(results[0]);
    }

    private static void assertAllWork(final CGuest by, final int[] closures) {
        final int before = by.call(MODULE, "closure_backed");
        assertEquals(50, (int) call(by, Kind.INT, closures[0], 4)[0]);
        assertEquals(-10, (int) call(by, Kind.INT, closures[0], -2)[0]);
        assertEquals(30L << 33, call(by, Kind.LONG, closures[1], 3)[0]);
        assertEquals(-10L << 33, call(by, Kind.LONG, closures[1], -1)[0]);
        assertEquals(15f, asFloat(call(by, Kind.FLOAT, closures[2], Float.floatToRawIntBits(3))));
        assertEquals(7.5, asDouble(call(by, Kind.DOUBLE, closures[3], Double.doubleToRawLongBits(3))));
        assertEquals(
                37.5,
                asDouble(call(
                        by,
                        Kind.MIXED,
                        closures[4],
                        1,
                        2,
                        Float.floatToRawIntBits(0.5f),
                        Double.doubleToRawLongBits(0.25))));
        call(by, Kind.VOID, closures[5], 6);
        assertEquals(600, (int) call(by, Kind.NO_ARGUMENT, closures[6])[0]);
        assertEquals(9, by.call(MODULE, "closure_backed") - before, "none was called directly");
        assertEquals(1, by.main("stack_is_within"));
    }

    private int[] prepareAll() {
        final int[] closures = new int[Kind.values().length];
        for (final Kind kind : Kind.values()) {
            final CGuest by = kind.ordinal() % 2 == 0 ? first : second;
            closures[kind.ordinal()] = allocate(by);
            prepare(by, closures[kind.ordinal()], backing, kind.signature, kind.ordinal());
        }
        return closures;
    }

    @Test
    void shouldBeCalledWithEverySignatureInEveryGroup() {
        final int[] closures = prepareAll();
        for (int round = 0; round < 3; round++) {
            assertAllWork(first, closures);
            assertAllWork(second, closures);
        }
        try (CGuest late = CGuest.join(world.universe(), world.process(), world.preparation())) {
            assertAllWork(late, closures);
        }
        world.assertSameReplicas();
    }

    @Test
    void shouldNotBeCalledAsAnotherType() {
        final int[] closures = prepareAll();
        final RuntimeException e =
                assertThrows(RuntimeException.class, () -> call(second, Kind.LONG, closures[Kind.INT.ordinal()], 1));
        assertTrue(e.getMessage().contains("indirect call type mismatch"), e.getMessage());
        assertAllWork(second, closures);
    }

    @Test
    void shouldBecomeWhatItIsPreparedAsAgain() {
        final int closure = allocate(first);
        final int other = second.run(() -> second.linker().resolveFunction(module, "closure_other_backing"));
        prepare(first, closure, backing, "i:i", Kind.INT.ordinal());
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(50, (int) call(guest, Kind.INT, closure, 4)[0]);
        }
        prepare(second, closure, other, "i:i", 30);
        for (final CGuest guest : List.of(first, second)) {
            assertEquals(34, (int) call(guest, Kind.INT, closure, 4)[0]);
        }
        prepare(first, closure, backing, "F:F", Kind.DOUBLE.ordinal());
        try (CGuest late = CGuest.join(world.universe(), world.process(), world.preparation())) {
            for (final CGuest guest : List.of(first, second, late)) {
                assertEquals(7.5, asDouble(call(guest, Kind.DOUBLE, closure, Double.doubleToRawLongBits(3))));
                assertThrows(RuntimeException.class, () -> call(guest, Kind.INT, closure, 4), "not any more");
            }
        }
        world.assertSameReplicas();
    }

    @Test
    void shouldBeNobodysOnceItIsFreed() {
        final int[] closures = prepareAll();
        final int freed = closures[Kind.INT.ordinal()];
        second.run(() -> {
            second.linker().freeClosureIndex(freed);
            return null;
        });
        assertFalse(first.run(() -> first.group().isClosure(freed)));
        assertThrows(IllegalArgumentException.class, () -> prepare(first, freed, backing, "i:i", 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> first.run(() -> {
                    first.linker().freeClosureIndex(freed);
                    return null;
                }));
        assertEquals(freed, allocate(first), "given to the next one");
        prepare(first, freed, backing, "i:i", Kind.INT.ordinal());
        assertAllWork(second, closures);
        world.assertSameReplicas();
    }

    @Test
    void shouldRefuseWhatCanBeNoClosure() {
        final int closure = allocate(first);
        final CWorld.State before = world.state(first);
        for (final String signature : List.of("", "ii", "x:", "i:v", "i:i:", "i".repeat(256) + ":")) {
            assertThrows(
                    IllegalArgumentException.class, () -> prepare(first, closure, backing, signature, 0), signature);
        }
        final int length = first.run(() -> first.replica().tableLength());
        assertThrows(IllegalArgumentException.class, () -> prepare(first, closure, length, "i:i", 0));
        assertThrows(IllegalArgumentException.class, () -> prepare(first, backing, backing, "i:i", 0));
        world.assertNothingChanged(before);
    }

    @Test
    void shouldCallNothingElseOnceItsBackingFunctionIsGone() throws Exception {
        final int closure = allocate(first);
        prepare(first, closure, backing, "i:i", Kind.INT.ordinal());
        assertEquals(50, second.main("call_pointer", closure, 4));
        final ModuleRecord gone = world.record(module);
        assertTrue(second.run(() -> second.linker().unloadModule(module)));
        for (final CGuest guest : List.of(first, second)) {
            final ResolveException e =
                    assertThrows(ResolveException.class, () -> guest.main("call_pointer", closure, 4));
            assertEquals(ResolveError.MISSING_EXPORT, e.error());
        }
        world.write(
                "other.wasm",
                new SideModule()
                        .shared()
                        .table(gone.tableSize())
                        .function("f", TestGroup.HOOK)
                        .elementAt(backing));
        final int other = first.load("other.wasm");
        assertEquals(gone.tableBase(), world.record(other).tableBase());
        for (final CGuest guest : List.of(first, second)) {
            final ResolveException e =
                    assertThrows(ResolveException.class, () -> guest.main("call_pointer", closure, 4));
            assertEquals(ResolveError.INVALID_EXPORT_TYPE, e.error());
            assertEquals("func(i32,i32,i32)->()", e.expected());
            assertEquals("func()->()", e.found());
            assertEquals(1, guest.main("stack_is_within"));
        }
        first.run(() -> first.linker().unloadModule(other));
        second.load(MODULE);
        assertEquals(backing, first.call(MODULE, "closure_backing_address"));
        assertEquals(50, first.main("call_pointer", closure, 4), "it is there again");
        world.assertSameReplicas();
    }
}
