package dev.lockstep.cli.demo;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The WebAssembly modules that the demonstration runs, as npm has laid them out.
 *
 * @param directory {@code node_modules}.
 */
public record DemoModules(Path directory) {
    /**
     * Looks into a directory.
     *
     * @param directory {@code node_modules}.
     * @return the modules.
     * @throws NoSuchFileException if the main module is not in there; the message says what to run.
     */
    public static DemoModules in(final Path directory) throws NoSuchFileException {
        final DemoModules modules = new DemoModules(directory);
        if (!Files.isRegularFile(modules.main())) {
            throw notFound(modules.main());
        }
        return modules;
    }

    /** {@return file of the main module} */
    public Path main() {
        return directory.resolve("web-tree-sitter").resolve("web-tree-sitter.wasm");
    }

    /**
     * {@return file of a grammar}
     *
     * @param language of the grammar.
     */
    public Path grammar(final Language language) {
        return language.module(directory);
    }

    /**
     * Checks that a grammar is there.
     *
     * @param language of the grammar.
     * @throws NoSuchFileException if it is not; the message says what to run.
     */
    void requireGrammar(final Language language) throws NoSuchFileException {
        if (!Files.isRegularFile(grammar(language))) {
            throw notFound(grammar(language));
        }
    }

    private static NoSuchFileException notFound(final Path file) {
        return new NoSuchFileException(
                file.toString(), null, "module not found, run bin/fetch-modules or give --modules");
    }
}
