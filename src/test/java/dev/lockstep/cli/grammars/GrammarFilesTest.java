package dev.lockstep.cli.grammars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrammarFilesTest {
    @TempDir
    Path directory;

    private Path modules;
    private Path samples;

    @BeforeEach
    void makeFiles() throws IOException {
        modules = directory.resolve("node_modules");
        samples = directory.resolve("corpus");
        touch(modules.resolve("tree-sitter-wasms/out/tree-sitter-zig.wasm"));
        touch(modules.resolve("tree-sitter-wasms/out/tree-sitter-json.wasm"));
        touch(modules.resolve("tree-sitter-wasms/out/tree-sitter-lua.wasm"));
        touch(samples.resolve("grammars/zig.txt"));
        touch(samples.resolve("json/b.json"));
        touch(samples.resolve("json/a.json"));
    }

    private static void touch(final Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.createFile(file);
    }

    @Test
    void shouldTakeEveryGrammarButLuaWithTheFirstFileOfTheCorpusOrItsOwnSample() throws IOException {
        final Path out = modules.resolve("tree-sitter-wasms/out");
        assertEquals(
                List.of(
                        new Grammar("json", out.resolve("tree-sitter-json.wasm"), samples.resolve("json/a.json")),
                        new Grammar("zig", out.resolve("tree-sitter-zig.wasm"), samples.resolve("grammars/zig.txt"))),
                GrammarFiles.in(modules, samples));
    }

    @Test
    void shouldRefuseGrammarWithoutSample() throws IOException {
        Files.delete(samples.resolve("grammars/zig.txt"));
        final String message = assertThrows(NoSuchFileException.class, () -> GrammarFiles.in(modules, samples))
                .getMessage();
        assertEquals(samples.resolve("grammars/zig.txt") + ": grammar has no sample text, write one: zig", message);
    }

    @Test
    void shouldSayWhatToRunWhenGrammarsAreNotThere() {
        final String message = assertThrows(NoSuchFileException.class, () -> GrammarFiles.in(directory, samples))
                .getMessage();
        assertTrue(message.endsWith("grammars not found, run bin/fetch-modules or give --modules"), message);
    }

    @Test
    void shouldHaveASampleForEveryGrammarThatTheCorpusDoesNotKnow() throws IOException {
        for (final String name : List.of("bash", "yaml", "elm", "ql", "cpp")) {
            touch(modules.resolve("tree-sitter-wasms/out/tree-sitter-" + name + ".wasm"));
        }
        for (final Grammar grammar : GrammarFiles.in(modules, Path.of("corpus").toAbsolutePath())) {
            assertTrue(Files.size(grammar.sample()) > 100, grammar.toString());
        }
    }
}
