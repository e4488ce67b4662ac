package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
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
            "npm is\tmissing",
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
        final DemoPlan real = new DemoPlan(1, 1, 1, plan.universe(), "", plan.modules(), plan.corpus());
        real.store(directory);
        assertEquals(real, DemoPlan.load(directory));
    }

    @Test
    void shouldRunTheRealProgramUnlessThereIsAReasonNotTo() throws Exception {
        final Path real = directory.resolve("web-tree-sitter/web-tree-sitter.wasm");
        Files.createDirectories(real.getParent());
        Files.createFile(real);
        Files.createFile(directory.resolve("main.wasm"));
        assertEquals(
                real,
                new DemoPlan(1, 1, 1, directory, "", directory, plan.corpus())
                        .program()
                        .main());
        assertEquals(
                directory.resolve("main.wasm"),
                new DemoPlan(1, 1, 1, directory, "no npm", directory, plan.corpus())
                        .program()
                        .main());
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
