package dev.lockstep.cli.demo;

import dev.lockstep.engine.loader.GuestProcess;
import dev.lockstep.engine.loader.GuestReplica;
import dev.lockstep.engine.loader.SoloLinker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Parses a corpus with one group in one JVM and no coordination at all: what every other run must come to.
 *
 * @param verdicts by file name, in the corpus's order.
 * @param interpretedFunctions that were too big to compile, over all modules.
 * @param modules that were loaded, the main module included.
 */
record ReferenceRun(Map<String, Verdict> verdicts, int interpretedFunctions, int modules) {
    /** Hears of each file. */
    interface Listener {
        /**
         * A file was parsed.
         *
         * @param verdict what came of it.
         */
        void parsed(Verdict verdict);
    }

    /**
     * Parses every file once.
     *
     * @param program to run.
     * @param corpus to parse.
     * @param scratch an empty directory for the memory and the modules; the caller removes it.
     * @param listener told each file, in the corpus's order, once it is parsed.
     * @return what came of it.
     * @throws IOException if a file can't be read or written.
     */
    static ReferenceRun of(final DemoProgram program, final Corpus corpus, final Path scratch, final Listener listener)
            throws IOException {
        final Map<String, Verdict> verdicts = new LinkedHashMap<>();
        final Set<Language> opened = EnumSet.noneOf(Language.class);
        try (GuestProcess process = program.open(scratch);
                DemoGuest guest = program.newGuest()) {
            final GuestReplica replica = process.newReplica(guest.host());
            final SoloLinker linker = new SoloLinker(process, replica);
            for (final Corpus.Entry file : corpus.files()) {
                final Language language = file.language();
                if (opened.add(language)) {
                    final int handle = linker.loadModule(program.module(language));
                    guest.open(replica, language, linker.resolveFunction(handle, program.function(language)));
                }
                final Verdict verdict = guest.read(language, corpus.read(file));
                verdicts.put(file.name(), verdict);
                listener.parsed(verdict);
            }
            return new ReferenceRun(verdicts, replica.interpretedFunctions(), replica.moduleCount());
        }
    }
}
