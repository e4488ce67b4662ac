package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the command refuses before it starts anything. */
class DemoCommandTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path modules;
    private Path corpus;

    @BeforeEach
    void makeInput() throws IOException {
        modules = Files.createDirectories(directory.resolve("node_modules"));
        corpus = Files.createDirectory(directory.resolve("corpus"));
        Files.writeString(corpus.resolve("a.json"), "{}");
        touch("web-tree-sitter/web-tree-sitter.wasm");
    }

    private void touch(final String module) throws IOException {
        final Path file = modules.resolve(module);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
    }

    private int run(final String... options) {
        final List<String> arguments =
                new ArrayList<>(List.of("--modules", modules.toString(), "--corpus", corpus.toString()));
        arguments.addAll(List.of(options));
        return new CommandLine(new DemoCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setOverwrittenOptionsAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    err.append(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(arguments.toArray(new String[0]));
    }

    private void assertRefused(final int status, final String message, final String... options) {
        assertEquals(status, run(options));
        assertTrue(err.toString().startsWith(message), err.toString());
        assertEquals("", out.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "--jvms=0,    'option out of range: --jvms=0, choose from 1 to 16'",
        "--jvms=17,   'option out of range: --jvms=17, choose from 1 to 16'",
        "--groups=-1, 'option out of range: --groups=-1, choose from 1 to 128'",
        "--groups=65, 'too many groups: jvms=2 groups=65, choose at most 128 over all JVMs'",
        "--passes=0,  'option out of range: --passes=0, choose from 1 to 1000'",
        "--jvms=two,  'Invalid value for option ''--jvms'': ''two'' is not an int'",
    })
    void shouldRefuseNumberThatIsOutOfRange(final String option, final String message) {
        assertRefused(2, message, option);
    }

    @Test
    void shouldRefuseCorpusThatIsNotThere() {
        assertRefused(2, "directory not found: --corpus=/nowhere", "--corpus=/nowhere");
    }

    @Test
    void shouldRefuseCorpusWithoutFilesThatItKnows() throws IOException {
        Files.move(corpus.resolve("a.json"), corpus.resolve("a.text"));
        assertRefused(2, "corpus has no file of a known type: directory=" + corpus + " tooLarge=0, known are [.c");
    }

    @Test
    void shouldSayWhatToRunWhenModuleIsMissing() {
        assertRefused(
                1,
                modules.resolve("tree-sitter-wasms/out/tree-sitter-json.wasm")
                        + ": module not found, run bin/fetch-modules or give --modules");
    }

    @Test
    void shouldSayWhatToRunWhenModuleOfOurOwnIsMissing() throws IOException {
        assertRefused(
                1,
                modules.resolve("main.wasm") + ": module not found, run demo/c/build or give --modules",
                "--own-modules");
        err.getBuffer().setLength(0);
        touch("main.wasm");
        assertRefused(
                1,
                modules.resolve("scan_json.wasm") + ": module not found, run demo/c/build or give --modules",
                "--own-modules=npm not found");
    }

    @Test
    void shouldRefuseUniverseDirectoryThatIsUsed() throws IOException {
        touch("tree-sitter-json/tree-sitter-json.wasm");
        final Path universe = Files.createDirectory(directory.resolve("universe"));
        Files.createFile(universe.resolve("linker.dat"));
        assertRefused(2, "directory is not empty: --universe=" + universe + ", ", "--universe=" + universe);
    }

    @Test
    void shouldRefuseUniverseThatIsAFile() throws IOException {
        touch("tree-sitter-json/tree-sitter-json.wasm");
        final Path universe = Files.createFile(directory.resolve("universe"));
        assertRefused(2, "not a directory: --universe=" + universe, "--universe=" + universe);
    }

    @Test
    void shouldSayWhatTheNumbersMean() {
        assertEquals(0, run("--help"));
        assertTrue(out.toString().replaceAll("\\s+", " ").contains("(0.01 = 1 %)"), out.toString());
        assertTrue(out.toString().contains("groups (over all JVMs, as"), out.toString());
    }
}
