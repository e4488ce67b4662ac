package dev.lockstep.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
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
                        bytes(4, 8, 1, "env", "f", 1),
                        bytes(5, 16, 2, "$ORIGIN", "/lib:x"))));
        assertFalse(section.legacy());
        assertEquals(15676, section.memorySize());
        assertEquals(16, section.memoryAlignment());
        assertEquals(30, section.tableSize());
        assertEquals(2, section.tableAlignment());
        assertEquals(List.of("libc.so", "m.a"), section.needed());
        assertEquals(List.of("$ORIGIN", "/lib:x"), section.runtimePath());
        assertTrue(section.isAbsoluteExport("x"));
        assertFalse(section.isAbsoluteExport("y"));
        assertTrue(section.isWeakImport("env", "f"));
        assertFalse(section.isWeakImport("env", "g"));
    }

    @Test
    void shouldSkipUnknownSubsections() {
        final DylinkSection section =
                DylinkSection.read(module("dylink.0", bytes(99, 3, 1, 2, 3, 1, 4, 8, 2, 1, 0, 6, 1, 42)));
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

    /**
     * What wasm-ld 19 puts in front of a library that needs {@code libb.so}, exports a thread-local {@code tl}, and has a
     * weak function {@code wf} and a weak variable {@code wd2}, which it imports as {@code env.wf}, {@code GOT.func.wf}
     * and {@code GOT.mem.wd2}.
     */
    private static final byte[] LINKED = HexFormat.of()
            .parseHex("0061736d01000000" + "0036" + "0864796c696e6b2e30" + "01040c020000" + "020901076c6962622e736f"
                    + "03060102746c8402" + "04120203656e760277661103656e760377643211");

    private static final byte[] EVERY_KIND = module(
            "dylink.0",
            bytes(
                    bytes(1, 5, 0xbc, 0x7a, 4, 30, 1),
                    bytes(2, 13, 2, "libc.so", "m.a"),
                    bytes(3, 10, 2, "x", 0x80, 0x04, "y\u00fc", 1),
                    bytes(4, 8, 1, "env", "f", 1),
                    bytes(5, 9, 1, "$ORIGIN"),
                    bytes(77, 3, 1, 2, 3)));

    private static final byte[] OLDER =
            module("dylink", bytes(0xa4, 0x8f, 0x7a, 4, 2, 0, 2, "base.wasm", "other.wasm"));

    @Test
    void shouldReadWhatTheLinkerWrites() {
        final DylinkSection section = DylinkSection.read(LINKED);
        assertEquals(12, section.memorySize());
        assertEquals(4, section.memoryAlignment());
        assertEquals(List.of("libb.so"), section.needed());
        assertEquals(List.of(), section.runtimePath());
        assertTrue(section.isThreadLocalExport("tl"));
        assertFalse(section.isAbsoluteExport("tl"));
        assertFalse(section.isThreadLocalExport("get"));
        assertTrue(section.isWeakImport("env", "wf"));
        assertFalse(section.isThreadLocalImport("env", "wf"));
    }

    @Test
    void shouldKnowAWeakSymbolByItsImportsFromTheOffsetTable() {
        final DylinkSection section = DylinkSection.read(LINKED);
        assertTrue(section.isWeakImport("GOT.func", "wf"));
        assertTrue(section.isWeakImport("GOT.mem", "wd2"));
        assertFalse(section.isWeakImport("GOT.mem", "wd"));
        assertFalse(section.isWeakImport("host", "wf"));
    }

    @Test
    void shouldTellImportsApartWhoseNamesHaveDots() {
        final DylinkSection section =
                DylinkSection.read(module("dylink.0", bytes(4, 8, 1, "a.b", "c", 1, 4, 9, 1, "e", "tls", 0x80, 2)));
        assertTrue(section.isWeakImport("a.b", "c"));
        assertFalse(section.isWeakImport("a", "b.c"));
        assertTrue(section.isThreadLocalImport("e", "tls"));
        assertFalse(section.isWeakImport("e", "tls"));
    }

    @Test
    void shouldNotTakeALocalOrUnknownBindingForWeak() {
        final DylinkSection section =
                DylinkSection.read(module("dylink.0", bytes(4, 15, 2, "e", "local", 2, "e", "x", 3)));
        assertFalse(section.isWeakImport("e", "local"));
        assertFalse(section.isWeakImport("e", "x"));
    }

    @Test
    void shouldPutTogetherWhatComesInSeveralSubsections() {
        final DylinkSection section = DylinkSection.read(module(
                "dylink.0",
                bytes(
                        bytes(2, 3, 1, "a", 5, 3, 1, "p", 3, 4, 1, "x", 0),
                        bytes(2, 3, 1, "b", 5, 3, 1, "q", 3, 8, 2, "x", 0, "t", 0x80, 2))));
        assertEquals(List.of("a", "b"), section.needed());
        assertEquals(List.of("p", "q"), section.runtimePath());
        assertTrue(section.isThreadLocalExport("t"));
    }

    private static void assertRefused(final int offset, final String words, final byte[] module) {
        final MalformedModuleException e =
                assertThrows(MalformedModuleException.class, () -> DylinkSection.read(module));
        assertTrue(e.getMessage().contains(words), e.getMessage());
        assertTrue(e.getMessage().endsWith("offset=" + offset), e.getMessage());
        assertEquals(offset, e.offset());
    }

    @Test
    void shouldRefuseBytesThatAreLeftOver() {
        assertRefused(25, "bytes left over", module("dylink.0", bytes(1, 5, 8, 2, 1, 0, 7)));
        assertRefused(24, "bytes left over", module("dylink.0", bytes(5, 4, 1, "p", 0)));
        assertRefused(22, "bytes left over", module("dylink", bytes(8, 2, 1, 0, 0, 0)));
    }

    @Test
    void shouldRefuseTwoAnswersToOneQuestion() {
        assertRefused(25, "second mem-info", module("dylink.0", bytes(1, 4, 8, 2, 1, 0, 1, 4, 8, 2, 1, 0)));
        assertRefused(25, "two sets of flags", module("dylink.0", bytes(3, 7, 2, "x", 1, "x", 0)));
        assertRefused(29, "two sets of flags", module("dylink.0", bytes(4, 15, 2, "env", "x", 1, "env", "x", 0)));
    }

    @Test
    void shouldRefuseTextThatIsNotUtf8() {
        assertRefused(23, "not UTF-8", module("dylink.0", bytes(2, 4, 1, 2, 0xc3, 0x28)));
    }

    @Test
    void shouldRefuseASectionThatLeavesTheModule() {
        assertRefused(9, "leaves the module", Arrays.copyOf(LINKED, LINKED.length - 1));
        assertRefused(8, "not a dynamic library", Arrays.copyOf(LINKED, 8));
        assertRefused(9, "ends within", Arrays.copyOf(LINKED, 9));
    }

    /** Everything that a loader reads is read before it asks the engine, so a damaged module must not get further. */
    private static boolean isRead(final byte[] damaged, final String what) {
        try {
            DylinkSection.read(damaged);
            return true;
        } catch (final MalformedModuleException e) {
            assertTrue(e.offset() >= 0 && e.offset() <= damaged.length, what);
            return false;
        } catch (final RuntimeException | Error e) {
            throw new AssertionError(what, e);
        }
    }

    @Test
    void shouldRefuseEveryTruncation() {
        for (final byte[] whole : List.of(LINKED, EVERY_KIND, OLDER)) {
            assertTrue(isRead(whole, "whole"));
            for (int length = 0; length < whole.length; length++) {
                assertFalse(isRead(Arrays.copyOf(whole, length), "length=" + length), "length=" + length);
            }
        }
    }

    @Test
    void shouldRefuseASectionThatEndsInTheMiddleOfItsContent() {
        for (final byte[] whole : List.of(LINKED, EVERY_KIND, OLDER)) {
            int read = 0;
            for (int cut = 1; cut < whole[9] - 8; cut++) {
                final byte[] shorter = Arrays.copyOf(whole, whole.length - cut);
                shorter[9] -= (byte) cut;
                read += isRead(shorter, "cut=" + cut) ? 1 : 0;
            }
            // only where a subsection ends
            assertEquals(whole == OLDER ? 0 : whole == LINKED ? 4 : 6, read);
        }
    }

    @Test
    void shouldAnswerOrRefuseWhateverAByteIsChangedTo() {
        final ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long before = memory.getCurrentThreadAllocatedBytes();
        int reads = 0;
        for (final byte[] whole : List.of(LINKED, EVERY_KIND, OLDER)) {
            for (int at = 0; at < whole.length; at++) {
                final byte[] damaged = whole.clone();
                for (int value = 0; value < 256; value++) {
                    damaged[at] = (byte) value;
                    isRead(damaged, "at=" + at + " value=" + value);
                    reads++;
                }
            }
        }
        final long each = (memory.getCurrentThreadAllocatedBytes() - before) / reads;
        assertTrue(each < 64 << 10, "bytes=" + each);
    }

    @Test
    void shouldAllocateNoMoreForACountThanForWhatIsThere() {
        final byte[] names = new byte[2_000_000];
        final byte[] module = bytes(
                bytes(0, (int) 'a', (int) 's', (int) 'm', 1, 0, 0, 0, 0),
                number(9 + 1 + 5 + 5 + names.length),
                bytes("dylink.0", 2),
                number(5 + names.length),
                number(names.length),
                names);
        assertRefused(29, "too many entries", module);
    }

    private static byte[] number(final int value) {
        return bytes(
                value & 0x7f | 0x80,
                value >> 7 & 0x7f | 0x80,
                value >> 14 & 0x7f | 0x80,
                value >> 21 & 0x7f | 0x80,
                value >>> 28);
    }

    @Test
    void shouldAnswerOrRefuseWhenBytesAreDamaged() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            final byte[] whole = i % 2 == 0 ? LINKED : EVERY_KIND;
            final byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            isRead(damaged, "seed=" + seed + " round=" + i);
        }
    }
}
