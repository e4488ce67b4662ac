package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class PinningTest {
    @Test
    void shouldUnderstandProcessorListsOfTheKernel() {
        assertEquals(List.of(0), Pinning.parse("0"));
        assertEquals(List.of(0, 1, 2, 3, 7, 9, 10), Pinning.parse("0-3,7,9-10"));
    }
}
