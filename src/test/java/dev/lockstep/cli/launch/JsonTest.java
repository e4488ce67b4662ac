package dev.lockstep.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void shouldKeepTheOrderOfMembers() {
        assertEquals(
                "{\"b\": 1, \"a\": true, \"c\": 2.50, \"d\": [\"x\", \"y\"], \"e\": [{\"f\": -3}, {}]}",
                new Json()
                        .put("b", 1)
                        .put("a", true)
                        .put("c", 2.5, 2)
                        .put("d", List.of("x", "y"))
                        .putObjects("e", List.of(new Json().put("f", -3), new Json()))
                        .toString());
    }

    @Test
    void shouldEscapeWhatStringsMayNotHold() {
        assertEquals(
                "{\"a\\\"b\": \"\\\\ \\u000a\\u0000 é \\ud83d\\u2028\"}",
                new Json().put("a\"b", "\\ \n\0 é \ud83d\u2028").toString());
    }
}
