package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DylinkSectionTest {
    private static byte[] bytes(final Object... parts) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (final Object part : parts) {
            if (part instanceof Integer number) {
                out.write(number);
            } else if (part instanceof String text) {
                final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                out.write(utf8.length);
                out.writeBytes(utf8);
            } else {
                out.writeBytes((byte[]) part);
            }
        }
        return out.toByteArray();
    }

    private static byte[] module(final String section, final byte[] content) {
        final byte[] body = bytes(section, content);
        return bytes(0, (int) 'a', (int) 's', (int) 'm', 1, 0, 0, 0, 0, body.length, body);
    }

    @Test
    void shouldReadEverySubsection() {
        final DylinkSection section = DylinkSection.read(module(
                "dylink.0",
                bytes(
                        bytes(1, 5, 0xbc, 0x7a, 4, 30, 1),
                        bytes(2, 13, 2, "libc.so", "m.a"),
                        bytes(3, 5, 1, "x", 0x80, 0x04),
                        bytes(4, 8, 1, "env", "f", 1))));
        assertFalse(section.legacy());
        assertEquals(15676, section.memorySize());
        assertEquals(16, section.memoryAlignment());
        assertEquals(30, section.tableSize());
        assertEquals(2, section.tableAlignment());
        assertEquals(List.of("libc.so", "m.a"), section.needed());
        assertTrue(section.isAbsoluteExport("x"));
        assertFalse(section.isAbsoluteExport("y"));
        assertTrue(section.isWeakImport("env", "f"));
        assertFalse(section.isWeakImport("env", "g"));
    }

    @Test
    void shouldSkipUnknownSubsections() {
        final DylinkSection section =
                DylinkSection.read(module("dylink.0", bytes(99, 3, 1, 2, 3, 1, 4, 8, 2, 1, 0, 5, 1, 42)));
        assertEquals(8, section.memorySize());
        assertEquals(4, section.memoryAlignment());
    }

    @Test
    void shouldReadTheOlderSection() {
        final DylinkSection section =
                DylinkSection.read(module("dylink", bytes(0xa4, 0x8f, 0x7a, 4, 2, 0, 1, "base.wasm")));
        assertTrue(section.legacy());
        assertEquals(2_000_804, section.memorySize());
        assertEquals(16, section.memoryAlignment());
        assertEquals(2, section.tableSize());
        assertEquals(1, section.tableAlignment());
        assertEquals(List.of("base.wasm"), section.needed());
    }

    @Test
    void shouldNameTheOffsetWhenSomethingIsNotWebAssembly() {
        final MalformedModuleException e = assertThrows(
                MalformedModuleException.class, () -> DylinkSection.read(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
        assertEquals(0, e.offset());
        assertTrue(e.getMessage().contains("offset=0"), e.getMessage());
    }

    @Test
    void shouldSayThatAModuleIsNoLibraryWhenTheSectionIsMissing() {
        final byte[] plain = bytes(0, (int) 'a', (int) 's', (int) 'm', 1, 0, 0, 0, 1, 1, 0);
        final MalformedModuleException e =
                assertThrows(MalformedModuleException.class, () -> DylinkSection.read(plain));
        assertEquals(8, e.offset());
        assertTrue(e.getMessage().contains("not a dynamic library"), e.getMessage());
    }

    @Test
    void shouldNameTheOffsetWhenASubsectionLeavesItsSection() {
        // 8 preamble, id, length, name length, 8 of name: the subsection's kind is at 19, its length at 20
        final MalformedModuleException e = assertThrows(
                MalformedModuleException.class, () -> DylinkSection.read(module("dylink.0", bytes(1, 40, 0, 0))));
        assertEquals(20, e.offset());
    }

    @Test
    void shouldRefuseNumbersThatDoNotFit() {
        final MalformedModuleException e = assertThrows(
                MalformedModuleException.class,
                () -> DylinkSection.read(module("dylink.0", bytes(1, 8, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0))));
        assertEquals(21, e.offset());
    }

    @Test
    void shouldRefuseCountsThatNoBytesStandBehind() {
        assertThrows(
                MalformedModuleException.class,
                () -> DylinkSection.read(module("dylink.0", bytes(2, 5, 0xff, 0xff, 0xff, 0xff, 0x07))));
    }

    @Test
    void shouldRefuseAlignmentsThatOverflow() {
        assertThrows(
                MalformedModuleException.class, () -> DylinkSection.read(module("dylink.0", bytes(1, 4, 8, 31, 0, 0))));
    }

    @Test
    void shouldAnswerOrRefuseWhenBytesAreDamaged() {
        final byte[] whole = module("dylink.0", bytes(1, 4, 8, 2, 1, 0, 2, 6, 1, "m.a", 0, 4, 8, 1, "env", "f", 1));
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            final byte[] damaged = java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                DylinkSection.read(damaged);
            } catch (final MalformedModuleException e) {
                assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, "seed=" + seed + " round=" + i);
            } catch (final RuntimeException e) {
                throw new AssertionError("seed=" + seed + " round=" + i, e);
            }
        }
    }
}
