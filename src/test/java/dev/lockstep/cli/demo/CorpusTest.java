package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
    @TempDir
    Path root;

    private void write(final String name, final int length) throws IOException {
        final Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[length]);
    }

    @Test
    void shouldFindFilesOfKnownLanguagesInOrder() throws IOException {
        write("b/two.py", 1);
        write("a.JSON", 1);
        write("b/one.rb", 1);
        write("b/readme.txt", 1);
        final Corpus corpus = Corpus.below(root);
        assertEquals(
                List.of(
                        new Corpus.Entry("a.JSON", Language.JSON),
                        new Corpus.Entry("b/one.rb", Language.RUBY),
                        new Corpus.Entry("b/two.py", Language.PYTHON)),
                corpus.files());
        assertEquals(0, corpus.tooLarge());
    }

    @Test
    void shouldCountFilesThatAreTooLarge() throws IOException {
        write("fits.js", 64 << 10);
        write("not.js", (64 << 10) + 1);
        final Corpus corpus = Corpus.below(root);
        assertEquals(List.of(new Corpus.Entry("fits.js", Language.JAVASCRIPT)), corpus.files());
        assertEquals(1, corpus.tooLarge());
    }

    @Test
    void shouldLeaveOutHiddenAndBuiltFiles() throws IOException {
        write(".hidden/a.py", 1);
        write(".b.py", 1);
        write("target/c.py", 1);
        write("x/node_modules/d.py", 1);
        assertEquals(List.of(), Corpus.below(root).files());
    }

    @Test
    void shouldPreferALanguagesOwnPackage() throws IOException {
        assertTrue(Language.JSON.module(root).startsWith(root.resolve("tree-sitter-wasms")));
        write("tree-sitter-json/tree-sitter-json.wasm", 1);
        assertEquals(root.resolve("tree-sitter-json/tree-sitter-json.wasm"), Language.JSON.module(root));
    }

    @Test
    void shouldKnowNoLanguageForOtherFiles() {
        assertEquals(Optional.empty(), Language.of(Path.of("notes.txt")));
        assertEquals(Optional.of(Language.C_SHARP), Language.of(Path.of("a/B.cs")));
    }

    @Test
    void shouldSayWhatToRunWhenModulesAreMissing() {
        final NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> DemoModules.in(root));
        assertTrue(e.getMessage().contains("bin/fetch-modules"), e.getMessage());
    }
}
