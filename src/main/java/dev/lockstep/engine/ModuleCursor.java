package dev.lockstep.engine;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads forward through a part of a module's bytes; never beyond its end. Every error names the offset in the module.
 *
 * <p>For one thread.
 */
final class ModuleCursor {
    private static final int MAX_ALIGNMENT_EXPONENT = 30;

    private final byte[] bytes;
    private final int end;
    private int position;

    ModuleCursor(final byte[] bytes, final int start, final int end) {
        this.bytes = bytes;
        this.position = start;
        this.end = end;
    }

    /** {@return offset in the module of what is read next} */
    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    int u8(final String what) {
        if (position >= end) {
            throw new MalformedModuleException("ends within " + what, position);
        }
        return bytes[position++] & 0xff;
    }

    long u32(final String what) {
        final int start = position;
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            final int next = u8(what);
            value |= (long) (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                if (value > 0xffff_ffffL) {
                    break;
                }
                return value;
            }
        }
        throw new MalformedModuleException(what + " is not a 32-bit number", start);
    }

    /** {@return a number that must be small enough for an int} */
    int size(final String what) {
        final int start = position;
        final long value = u32(what);
        if (value > Integer.MAX_VALUE) {
            throw new MalformedModuleException(what + " is too large: value=" + value, start);
        }
        return (int) value;
    }

    /** {@return an alignment, which is written as an exponent of two} */
    int alignment(final String what) {
        final int start = position;
        final long exponent = u32(what);
        if (exponent > MAX_ALIGNMENT_EXPONENT) {
            throw new MalformedModuleException(what + " is too large: exponent=" + exponent, start);
        }
        return 1 << exponent;
    }

    /** {@return a number of things, each of which takes some bytes at least that must still be there} */
    int count(final String what, final int leastBytesEach) {
        final int start = position;
        final int value = size("number of " + what);
        if (value > remaining() / leastBytesEach) {
            throw new MalformedModuleException("more " + what + " than fit: count=" + value, start);
        }
        return value;
    }

    String text(final String what) {
        final int length = length(what, "its section");
        final int from = position;
        position += length;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (final CharacterCodingException e) {
            throw new MalformedModuleException(what + " is not UTF-8", from);
        }
    }

    /** {@return a cursor for what has its length in front; this one goes on behind it} */
    ModuleCursor slice(final String what, final String within) {
        final int length = length(what, within);
        final int from = position;
        position += length;
        return new ModuleCursor(bytes, from, position);
    }

    private int length(final String what, final String within) {
        final int start = position;
        final int length = size("length of " + what);
        if (length > remaining()) {
            throw new MalformedModuleException(what + " leaves " + within + ": bytes=" + length, start);
        }
        return length;
    }

    /** What was read must have been all. */
    void requireEnd(final String what) {
        if (remaining() > 0) {
            throw new MalformedModuleException(what + " has bytes left over: bytes=" + remaining(), position);
        }
    }
}
