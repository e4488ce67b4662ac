package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoPlanTest {
    @TempDir
    Path directory;

    private final DemoPlan plan = new DemoPlan(
            2,
            3,
            2,
            Path.of("/universe"),
            Path.of("/node_modules"),
            new Corpus(
                    Path.of("/corpus"),
                    List.of(
                            new Corpus.Entry("a\tb\n.json", Language.JSON),
                            new Corpus.Entry("c/d.cs", Language.C_SHARP)),
                    5));

    @Test
    void shouldBeTheSameWhenReadBack() throws Exception {
        plan.store(directory);
        assertEquals(plan, DemoPlan.load(directory));
    }

    @Test
    void shouldGiveAFileToTheNextGroupInEachPass() {
        assertEquals(6, plan.groups());
        assertEquals(4, plan.parses());
        assertEquals(0, plan.groupOf(0, 0));
        assertEquals(1, plan.groupOf(0, 1));
        assertEquals(0, plan.groupOf(5, 1));
    }
}
