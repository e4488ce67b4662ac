package dev.lockstep.linker.table;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EncodedNameTest {
    private final EncodedName name = new EncodedName();

    @Test
    void shouldEncodeAsTheLibraryDoes() {
        for (final String text :
                new String[] {"", "a", "12345678", "123456789", "é", "€uro", "😀", "\uD83D", "x\uDE00y", "\uDE00\uD83D"
                }) {
            assertEncodes(text);
        }
    }

    @Test
    void shouldEncodeAnyStringAsTheLibraryDoes() {
        Seeded.rounds(200, random -> assertEncodes(randomText(random, random.nextInt(200))));
    }

    @Test
    void shouldPadWithZerosWhenTheNameBeforeWasLonger() {
        name.encode("xxxxxxxxxxxxxxxx");
        assertEncodes("abc");
    }

    @Test
    void shouldHashStringAndBytesAlike() {
        final byte[] bytes = "__wasm_call_ctors".getBytes(UTF_8);
        final long hash = name.encode("__wasm_call_ctors").symbolHash(3);
        assertEquals(hash, name.encode(bytes, 0, bytes.length).symbolHash(3));
        assertNotEquals(hash, name.symbolHash(4));
    }

    private void assertEncodes(final String text) {
        final byte[] expected = text.getBytes(UTF_8);
        name.encode(text);
        final byte[] encoded = new byte[name.wordCount() * Long.BYTES];
        for (int i = 0; i < encoded.length; i++) {
            encoded[i] = (byte) (name.word(i >>> 3) >>> (i & 7) * 8);
        }
        final byte[] padded = new byte[(expected.length + 7) / 8 * 8];
        System.arraycopy(expected, 0, padded, 0, expected.length);
        assertEquals(expected.length, name.length());
        assertArrayEquals(padded, encoded);
    }

    static String randomText(final Random random, final int chars) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < chars; i++) {
            final int kind = random.nextInt(4);
            text.append((char)
                    switch (kind) {
                        case 0 -> random.nextInt(0x80);
                        case 1 -> random.nextInt(0x800);
                        case 2 -> random.nextInt(0x10000);
                        default -> 0xD800 + random.nextInt(0x800);
                    });
        }
        return text.toString();
    }
}
