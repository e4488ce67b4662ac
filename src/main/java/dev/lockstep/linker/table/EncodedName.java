package dev.lockstep.linker.table;

import java.util.Arrays;
import java.util.Objects;

/**
 * A name in UTF-8, packed into words (first byte lowest, padded with zeros) as it lies in the file, and its hash.
 *
 * <p>Reusable: allocates only when a name is longer than every one before. Lone surrogates become {@code '?'}, as with
 * {@link String#getBytes(java.nio.charset.Charset)}. Not thread-safe.
 */
final class EncodedName {
    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private long[] words = new long[8];
    private int length;
    private long hash;

    EncodedName encode(final String text) {
        reset();
        final int chars = text.length();
        for (int i = 0; i < chars; i++) {
            final char c = text.charAt(i);
            if (c < 0x80) {
                append(c);
            } else if (c < 0x800) {
                append(0xC0 | c >> 6);
                append(0x80 | c & 0x3F);
            } else if (!Character.isSurrogate(c)) {
                append(0xE0 | c >> 12);
                append(0x80 | c >> 6 & 0x3F);
                append(0x80 | c & 0x3F);
            } else if (Character.isHighSurrogate(c) && i + 1 < chars && Character.isLowSurrogate(text.charAt(i + 1))) {
                final int point = Character.toCodePoint(c, text.charAt(++i));
                append(0xF0 | point >> 18);
                append(0x80 | point >> 12 & 0x3F);
                append(0x80 | point >> 6 & 0x3F);
                append(0x80 | point & 0x3F);
            } else {
                append('?');
            }
        }
        return this;
    }

    EncodedName encode(final byte[] utf8, final int offset, final int bytes) {
        Objects.checkFromIndexSize(offset, bytes, utf8.length);
        reset();
        for (int i = 0; i < bytes; i++) {
            append(utf8[offset + i] & 0xFF);
        }
        return this;
    }

    private void reset() {
        length = 0;
        hash = FNV_BASIS;
    }

    private void append(final int octet) {
        final int word = length >>> 3;
        final int shift = (length & 7) << 3;
        if (shift == 0) {
            if (word == words.length) {
                words = Arrays.copyOf(words, word << 1);
            }
            words[word] = 0;
        }
        words[word] |= (long) octet << shift;
        length++;
        hash = (hash ^ octet) * FNV_PRIME;
    }

    /** {@return number of bytes} */
    int length() {
        return length;
    }

    /** {@return number of words, the last one padded} */
    int wordCount() {
        return length + 7 >>> 3;
    }

    /**
     * {@return a word}
     *
     * @param index of the word.
     */
    long word(final int index) {
        return words[index];
    }

    /** {@return hash of the name alone; never 0, which in a module's entry says that the name is free} */
    long moduleHash() {
        final long mixed = mix(hash);
        return mixed == 0 ? 1 : mixed;
    }

    /**
     * {@return hash of the name together with a module's handle}
     *
     * @param resolvedFrom handle.
     */
    long symbolHash(final int resolvedFrom) {
        return mix(hash + resolvedFrom * GOLDEN);
    }

    /** FNV-1a leaves the upper bits poor: this spreads every bit over all. */
    static long mix(final long value) {
        long h = value;
        h = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
        h = (h ^ h >>> 33) * 0xc4ceb9fe1a85ec53L;
        return h ^ h >>> 33;
    }
}
