package dev.lockstep.region;

import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Where Lockstep runs: 64-bit, little-endian JVMs on systems with POSIX byte-range locks. Elsewhere it refuses with a
 * sentence, since a lock that does not hold would show as a damaged universe much later.
 *
 * <p>Stateless.
 */
public final class Platform {
    private Platform() {}

    /**
     * Refuses a platform that Lockstep does not hold its promises on. Cheap; loads no class of Agrona's.
     *
     * @throws UnsupportedOperationException if this JVM runs on such a platform; the message names it.
     */
    public static void check() {
        check(
                System.getProperty("os.name", "unknown"),
                System.getProperty("os.arch", "unknown"),
                System.getProperty("sun.arch.data.model", "unknown"),
                ByteOrder.nativeOrder());
    }

    static void check(final String os, final String arch, final String bits, final ByteOrder order) {
        if (os.toLowerCase(Locale.ROOT).startsWith("windows")) {
            throw refused(
                    "lockstep does not run on windows, whose file locks and mappings behave differently", os, arch);
        }
        if (bits.equals("32")) {
            throw refused("lockstep needs a 64-bit jvm, since a shared word has 64 bits", os, arch);
        }
        if (order != ByteOrder.LITTLE_ENDIAN) {
            throw refused("lockstep needs a little-endian machine, since its files are", os, arch);
        }
    }

    private static UnsupportedOperationException refused(final String why, final String os, final String arch) {
        return new UnsupportedOperationException(
                why + ": os=" + os + " arch=" + arch + ", use a 64-bit jvm on linux or macos");
    }
}
