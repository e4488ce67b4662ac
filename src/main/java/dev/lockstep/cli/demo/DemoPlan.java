package dev.lockstep.cli.demo;

import dev.lockstep.cli.launch.Line;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be run, the same in the launcher and in every JVM that it starts. Immutable.
 *
 * @param jvms number of JVMs.
 * @param groupsPerJvm number of groups in each.
 * @param passes how often every file is parsed.
 * @param universe directory of the universe.
 * @param whyOwn why the program is the one of our own; empty: it is the real one.
 * @param modules directory of the program's modules.
 * @param corpus to parse.
 */
record DemoPlan(int jvms, int groupsPerJvm, int passes, Path universe, String whyOwn, Path modules, Corpus corpus) {
    /** Most JVMs. */
    static final int MAX_JVMS = 16;

    /** Most groups, over all JVMs. */
    static final int MAX_GROUPS = 128;

    /** Most passes. */
    static final int MAX_PASSES = 1000;

    private static final String FILE_NAME = "plan";

    /** {@return the program that is run} */
    DemoProgram program() throws NoSuchFileException {
        return DemoProgram.in(!isReal(), modules);
    }

    /** {@return whether the program is one that nobody here wrote} */
    boolean isReal() {
        return whyOwn.isEmpty();
    }

    /** {@return number of groups, over all JVMs; they are numbered from 0, JVM by JVM} */
    int groups() {
        return jvms * groupsPerJvm;
    }

    /**
     * {@return the group that parses a file in a pass: the next one in each pass}
     *
     * @param file number of the file.
     * @param pass number of the pass, from 0.
     */
    int groupOf(final int file, final int pass) {
        return (file + pass) % groups();
    }

    /** {@return how many parses there are in all} */
    int parses() {
        return passes * corpus.files().size();
    }

    /** Writes the plan into a directory. */
    void store(final Path directory) throws IOException {
        final List<String> lines = new ArrayList<>();
        lines.add(Line.of("shape", jvms, groupsPerJvm, passes).text());
        lines.add(Line.of("places", universe, whyOwn, modules, corpus.root(), corpus.tooLarge())
                .text());
        for (final Corpus.Entry file : corpus.files()) {
            lines.add(Line.of("file", file.language().name(), file.name()).text());
        }
        Files.write(directory.resolve(FILE_NAME), lines, StandardCharsets.UTF_8);
    }

    /** {@return the plan that was written into a directory} */
    static DemoPlan load(final Path directory) throws IOException {
        final List<Line> lines = Files.readAllLines(directory.resolve(FILE_NAME), StandardCharsets.UTF_8).stream()
                .map(Line::parse)
                .toList();
        final Line shape = lines.get(0);
        final Line places = lines.get(1);
        final List<Corpus.Entry> files = lines.subList(2, lines.size()).stream()
                .map(line -> new Corpus.Entry(line.field(1), Language.valueOf(line.field(0))))
                .toList();
        return new DemoPlan(
                shape.intField(0),
                shape.intField(1),
                shape.intField(2),
                Path.of(places.field(0)),
                places.field(1),
                Path.of(places.field(2)),
                new Corpus(Path.of(places.field(3)), files, places.intField(4)));
    }
}
