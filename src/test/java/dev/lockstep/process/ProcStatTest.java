package dev.lockstep.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcStatTest {
    private static final String AFTER_NAME =
            " 1 4711 4711 0 -1 4194304 100 0 0 0 1 2 3 4 20 0 17 0 987654 1000000 300 18446744073709551615\n";

    @ParameterizedTest
    @ValueSource(strings = {"java", "a b", "(sd-pam)", ") S 1 2", "", "a\nb"})
    void shouldFindFieldsWhateverTheNameHolds(final String name) {
        assertEquals(new ProcStat(true, 'S', 987654), ProcStat.parse("4711 (" + name + ") S" + AFTER_NAME));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4711", "4711 (x)", "4711 (x) S", "4711 (x) S 1 2 3", "4711 (x) SS" + AFTER_NAME})
    void shouldTakeUnreadableTextForAbsence(final String text) {
        assertFalse(ProcStat.parse(text).exists());
    }

    @Test
    void shouldNotCountZombiesAndDeadAsRunning() {
        for (final char state : "ZXx".toCharArray()) {
            assertFalse(ProcStat.parse("1 (x) " + state + AFTER_NAME).isRunning());
        }
        for (final char state : "RSDTtI".toCharArray()) {
            assertTrue(ProcStat.parse("1 (x) " + state + AFTER_NAME).isRunning());
        }
    }

    @Test
    void shouldTakeMissingProcessForAbsence() {
        assertFalse(ProcStat.of(-5).exists());
        assertFalse(ProcStat.of(Long.MAX_VALUE).exists());
        assertFalse(ProcStat.parse(Path.of("/proc/no/such/stat")).isRunning());
    }
}
