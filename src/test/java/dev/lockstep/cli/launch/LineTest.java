package dev.lockstep.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class LineTest {
    @Test
    void shouldCarryAnyCharacters() {
        final Line line = Line.of("file", "", "a\tb\nc\r\\t é\ud83d\ude00", 7, true);
        assertEquals(line, Line.parse(line.text()));
        assertEquals(List.of("", "a\tb\nc\r\\t é\ud83d\ude00", "7", "true"), line.fields());
        assertEquals(-1, line.text().indexOf('\n'));
    }

    @Test
    void shouldReadWordWithoutFields() {
        assertEquals(new Line("walk", List.of()), Line.parse("walk"));
    }

    @Test
    void shouldShowTheLineWhenFieldIsMissingOrNoNumber() {
        final Line line = Line.of("joined", "x");
        assertEquals(
                "line is not understood: line=joined\tx",
                assertThrows(IllegalArgumentException.class, () -> line.field(1))
                        .getMessage());
        assertEquals(
                "line is not understood: line=joined\tx",
                assertThrows(IllegalArgumentException.class, () -> line.intField(0))
                        .getMessage());
    }

    @Test
    void shouldRefuseEscapeThatItDoesNotKnow() {
        assertThrows(IllegalArgumentException.class, () -> Line.parse("a\\x"));
        assertThrows(IllegalArgumentException.class, () -> Line.parse("a\\"));
    }
}
