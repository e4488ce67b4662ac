package dev.lockstep.cli.grammars;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What the command refuses before it starts anything. */
class GrammarsCommandTest {
    @TempDir
    Path modules;

    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeModules() throws Exception {
        for (final String name :
                new String[] {"web-tree-sitter/web-tree-sitter.wasm", "tree-sitter-wasms/out/tree-sitter-zig.wasm"}) {
            Files.createDirectories(modules.resolve(name).getParent());
            Files.createFile(modules.resolve(name));
        }
    }

    private int run(final String option) {
        return new CommandLine(new GrammarsCommand())
                .setErr(new PrintWriter(err))
                .execute("--modules", modules.toString(), option);
    }

    @ParameterizedTest
    @CsvSource({
        "--jvms=0,       'option out of range: --jvms=0, choose from 1 to 16'",
        "--groups=25,    'option out of range: --groups=25, choose from 1 to 24'",
        "--groups=13,    'too many groups: jvms=2 groups=13, choose at most 24 over all JVMs'",
        "'--only=zig,b', 'no such grammar: --only=b, there are [zig]'",
    })
    void shouldRefuseWhatCannotBe(final String option, final String message) {
        assertEquals(2, run(option));
        assertTrue(err.toString().startsWith(message), err.toString());
    }
}
