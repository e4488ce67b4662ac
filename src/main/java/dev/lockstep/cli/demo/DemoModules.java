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
            throw new NoSuchFileException(
                    modules.main().toString(), null, "modules not found, run bin/fetch-modules or give --modules");
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
}
