package dev.lockstep.cli.demo;

import dev.lockstep.engine.chicory.ChicoryEngine;
import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.SoloLinker;
import dev.lockstep.engine.treesitter.ParsedTree;
import dev.lockstep.engine.treesitter.TreeSitterGuest;
import dev.lockstep.engine.treesitter.TreeSitterHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Parses a corpus with one group in one JVM and no coordination at all: what every other run must come to.
 *
 * @param trees by file name, in the corpus's order.
 * @param interpretedFunctions that were too big to compile, over all modules.
 * @param modules that were loaded, the main module included.
 */
public record ReferenceRun(Map<String, ParsedTree> trees, int interpretedFunctions, int modules) {
    /** Hears of each file. */
    public interface Listener {
        /**
         * A file was parsed.
         *
         * @param file of the corpus.
         * @param text that was parsed.
         * @param tree that came of it.
         */
        void parsed(Corpus.Entry file, String text, ParsedTree tree);
    }

    /**
     * Parses every file once.
     *
     * @param modules to run.
     * @param corpus to parse.
     * @param scratch an empty directory for the memory and the modules; the caller removes it.
     * @param listener told each file once it is parsed.
     * @return the trees.
     * @throws IOException if a file can't be read or written.
     */
    public static ReferenceRun of(
            final DemoModules modules, final Corpus corpus, final Path scratch, final Listener listener)
            throws IOException {
        final Map<String, ParsedTree> trees = new LinkedHashMap<>();
        final Map<Language, Integer> languages = new EnumMap<>(Language.class);
        try (GuestProcess process = GuestProcess.open(scratch, modules.main(), ChicoryEngine.INSTANCE)) {
            final TreeSitterHost host = new TreeSitterHost();
            final GuestReplica replica = process.newReplica(host);
            final SoloLinker linker = new SoloLinker(process, replica);
            try (TreeSitterGuest guest = new TreeSitterGuest(replica, host)) {
                for (final Corpus.Entry file : corpus.files()) {
                    final Language language = file.language();
                    if (!languages.containsKey(language)) {
                        final int handle = linker.loadModule(modules.grammar(language));
                        final int slot = linker.resolveFunction(handle, language.function());
                        languages.put(language, guest.language(replica.slot(slot)));
                    }
                    final String text = corpus.read(file);
                    final ParsedTree tree = guest.parse(languages.get(language), text);
                    trees.put(file.name(), tree);
                    listener.parsed(file, text, tree);
                }
            }
            return new ReferenceRun(trees, replica.interpretedFunctions(), replica.moduleCount());
        }
    }
}
