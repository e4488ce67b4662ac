package dev.lockstep.engine;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 of a module's bytes: what a module is known by in every process. Immutable.
 */
public final class ContentHash {
    /** Bytes of a hash. */
    public static final int LENGTH = 32;

    private final byte[] bytes;

    private ContentHash(final byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Hashes a module.
     *
     * @param content to hash.
     * @return its hash.
     */
    public static ContentHash of(final byte[] content) {
        try {
            return new ContentHash(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("this java runtime has no SHA-256, which every one must have", e);
        }
    }

    /**
     * Takes a hash as it stands in a {@code ModuleRecord}.
     *
     * @param sha256 the 32 bytes; copied.
     * @return the hash.
     * @throws IllegalArgumentException if it has another length.
     */
    public static ContentHash ofBytes(final byte[] sha256) {
        if (sha256.length != LENGTH) {
            throw new IllegalArgumentException("hash is not SHA-256: bytes=" + sha256.length);
        }
        return new ContentHash(sha256.clone());
    }

    /**
     * Reads a hash from the name that {@link #hex()} gives it.
     *
     * @param hex 64 lower-case digits.
     * @return the hash.
     * @throws IllegalArgumentException if it is something else.
     */
    public static ContentHash ofHex(final String hex) {
        if (hex.length() != 2 * LENGTH) {
            throw new IllegalArgumentException("hash is not SHA-256: digits=" + hex.length());
        }
        return new ContentHash(HexFormat.of().parseHex(hex));
    }

    /** {@return a copy of the 32 bytes} */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** {@return the hash in 64 lower-case hexadecimal digits} */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof ContentHash that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return hex();
    }
}
