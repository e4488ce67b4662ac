package dev.lockstep.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A file type of the demonstration and the grammar for it. Grammars that give different trees for the same text from run
 * to run are not here.
 */
public enum Language {
    /** C#. */
    C_SHARP("c_sharp", ".cs"),
    /** Cascading style sheets. */
    CSS("css", ".css"),
    /** Go. */
    GO("go", ".go"),
    /** HTML. */
    HTML("html", ".html", ".htm"),
    /** Java. */
    JAVA("java", ".java"),
    /** JavaScript. */
    JAVASCRIPT("javascript", ".js", ".mjs", ".cjs"),
    /** JSON. */
    JSON("json", ".json"),
    /** Python. */
    PYTHON("python", ".py"),
    /** Ruby. */
    RUBY("ruby", ".rb"),
    /** Rust. */
    RUST("rust", ".rs"),
    /** TOML. */
    TOML("toml", ".toml");

    private final String grammar;
    private final List<String> extensions;

    Language(final String grammar, final String... extensions) {
        this.grammar = grammar;
        this.extensions = List.of(extensions);
    }

    /**
     * The language of a file, by the end of its name.
     *
     * @param file to look at.
     * @return its language, if it is one of these.
     */
    public static Optional<Language> of(final Path file) {
        final String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        for (final Language language : values()) {
            if (language.extensions.stream().anyMatch(name::endsWith)) {
                return Optional.of(language);
            }
        }
        return Optional.empty();
    }

    /** {@return the ends of the names of all files that are known, in order} */
    static List<String> extensionsOfAll() {
        return Arrays.stream(values())
                .flatMap(language -> language.extensions.stream())
                .sorted()
                .toList();
    }

    /** {@return name of the grammar} */
    public String grammar() {
        return grammar;
    }

    /** {@return name of the function that gives the language} */
    public String function() {
        return "tree_sitter_" + grammar;
    }

    /**
     * The grammar's module: the language's own package if it is there, else the collection's.
     *
     * @param modules directory that npm put the packages into.
     * @return the file; not checked for being there.
     */
    public Path module(final Path modules) {
        final String name = "tree-sitter-" + grammar;
        final Path own = modules.resolve(name).resolve(name + ".wasm");
        return Files.exists(own)
                ? own
                : modules.resolve("tree-sitter-wasms/out").resolve(name + ".wasm");
    }
}
