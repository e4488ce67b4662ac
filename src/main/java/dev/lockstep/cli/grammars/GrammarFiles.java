package dev.lockstep.cli.grammars;

import dev.lockstep.cli.demo.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the grammars of {@code tree-sitter-wasms} and their samples. */
final class GrammarFiles {
    private static final String PREFIX = "tree-sitter-";
    private static final String SUFFIX = ".wasm";

    /** Gives different trees for the same text from run to run, with any loader. */
    private static final Set<String> NOT_DETERMINISTIC = Set.of("lua");

    private GrammarFiles() {}

    /**
     * Finds them.
     *
     * @param modules directory that npm put the packages into.
     * @param samples directory with a corpus, and with {@code grammars/NAME.txt} for every language that the corpus does not
     *     have.
     * @return the grammars, by name.
     * @throws IOException if a directory can't be read, or a grammar has no sample.
     */
    static List<Grammar> in(final Path modules, final Path samples) throws IOException {
        final Path directory = modules.resolve("tree-sitter-wasms").resolve("out");
        final List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(PREFIX) && name.endsWith(SUFFIX))
                    .map(name -> name.substring(PREFIX.length(), name.length() - SUFFIX.length()))
                    .filter(name -> !NOT_DETERMINISTIC.contains(name))
                    .sorted()
                    .toList();
        } catch (final NoSuchFileException e) {
            throw new NoSuchFileException(
                    directory.toString(), null, "grammars not found, run bin/fetch-modules or give --modules");
        }
        final Corpus corpus = Corpus.below(samples);
        final List<Grammar> grammars = new ArrayList<>();
        for (final String name : names) {
            grammars.add(new Grammar(name, directory.resolve(PREFIX + name + SUFFIX), sample(corpus, name)));
        }
        return grammars;
    }

    private static Path sample(final Corpus corpus, final String grammar) throws NoSuchFileException {
        for (final Corpus.Entry entry : corpus.files()) {
            if (entry.language().grammar().equals(grammar)) {
                return corpus.root().resolve(entry.name());
            }
        }
        final Path own = corpus.root().resolve("grammars").resolve(grammar + ".txt");
        if (!Files.isRegularFile(own)) {
            throw new NoSuchFileException(own.toString(), null, "grammar has no sample text, write one: " + grammar);
        }
        return own;
    }
}
