package dev.lockstep.region;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class PlatformTest {
    @Test
    void shouldAcceptThePlatformThatTheTestsRunOn() {
        assertDoesNotThrow(() -> Platform.check());
    }

    @Test
    void shouldAcceptLinuxAndMacOs() {
        assertDoesNotThrow(() -> Platform.check("Linux", "aarch64", "64", LITTLE_ENDIAN));
        assertDoesNotThrow(() -> Platform.check("Mac OS X", "aarch64", "64", LITTLE_ENDIAN));
    }

    @Test
    void shouldRefuseWindows() {
        assertEquals(
                "lockstep does not run on windows, whose file locks and mappings behave differently:"
                        + " os=Windows Server 2022 arch=amd64, use a 64-bit jvm on linux or macos",
                refusal("Windows Server 2022", "amd64", "64", LITTLE_ENDIAN));
    }

    @Test
    void shouldRefuseJvmOf32Bits() {
        assertEquals(
                "lockstep needs a 64-bit jvm, since a shared word has 64 bits:"
                        + " os=Linux arch=x86, use a 64-bit jvm on linux or macos",
                refusal("Linux", "x86", "32", LITTLE_ENDIAN));
    }

    @Test
    void shouldRefuseBigEndianMachine() {
        assertEquals(
                "lockstep needs a little-endian machine, since its files are:"
                        + " os=Linux arch=s390x, use a 64-bit jvm on linux or macos",
                refusal("Linux", "s390x", "64", BIG_ENDIAN));
    }

    private static String refusal(final String os, final String arch, final String bits, final ByteOrder order) {
        return assertThrows(UnsupportedOperationException.class, () -> Platform.check(os, arch, bits, order))
                .getMessage();
    }
}
