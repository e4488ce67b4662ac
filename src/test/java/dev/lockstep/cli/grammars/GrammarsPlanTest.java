package dev.lockstep.cli.grammars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrammarsPlanTest {
    @TempDir
    Path directory;

    static GrammarsPlan plan(final long seed, final String... grammars) {
        return new GrammarsPlan(
                2,
                1,
                seed,
                Path.of("/universe"),
                Path.of("/main.wasm"),
                Path.of("/support.wasm"),
                List.of(grammars).stream()
                        .map(name -> new Grammar(name, Path.of("/" + name + ".wasm"), Path.of("/" + name + ".txt")))
                        .toList());
    }

    @Test
    void shouldBeTheSameInEveryJvm() throws IOException {
        final GrammarsPlan plan = plan(-7, "json", "c_sharp");
        plan.store(directory);
        assertEquals(plan, GrammarsPlan.load(directory));
    }

    @Test
    void shouldGiveEachGroupAnOrderOfItsOwnThatTheSeedDecides() {
        final String[] names = IntStream.range(0, 35).mapToObj(i -> "g" + i).toArray(String[]::new);
        final GrammarsPlan plan = plan(1, names);
        final List<Grammar> order = plan.shuffled(plan.random(0));
        assertEquals(order, plan.shuffled(plan.random(0)));
        assertNotEquals(order, plan.shuffled(plan.random(1)));
        assertNotEquals(order, plan.shuffled(plan(2, names).random(0)));
        assertEquals(Set.copyOf(plan.grammars()), Set.copyOf(order));
    }

    @Test
    void shouldNumberResidentsJvmByJvm() {
        final GrammarsPlan plan = new GrammarsPlan(
                2, 3, 0, Path.of("/universe"), Path.of("/main.wasm"), Path.of("/support.wasm"), List.of());
        assertEquals(6, plan.residents());
        assertEquals(
                List.of(0, 0, 0, 1, 1, 1),
                IntStream.range(0, 6).mapToObj(plan::jvmOf).toList());
    }
}
