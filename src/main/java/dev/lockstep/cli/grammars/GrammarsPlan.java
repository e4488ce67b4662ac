package dev.lockstep.cli.grammars;

import dev.lockstep.cli.launch.Line;
import dev.lockstep.engine.loader.GuestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What is to be run, the same in the launcher and in every JVM that it starts. Immutable.
 *
 * @param jvms number of JVMs.
 * @param groupsPerJvm number of residents in each: groups that load every grammar.
 * @param seed of all that is random.
 * @param universe directory of the universe.
 * @param main module.
 * @param support module with what some grammars lack.
 * @param grammars to load.
 */
record GrammarsPlan(
        int jvms, int groupsPerJvm, long seed, Path universe, Path main, Path support, List<Grammar> grammars) {
    /** Most JVMs. */
    static final int MAX_JVMS = 16;

    /** Most residents, over all JVMs; each can have a visitor, and each of those needs a stack, too. */
    static final int MAX_GROUPS = 24;

    private static final String FILE_NAME = "plan";

    /** The grammars' data takes 48 MiB, and leaves gaps when modules are unloaded and loaded again. */
    private static final long MODULE_BYTES = 96L << 20;

    private static final long MAXIMUM_LENGTH = 512L << 20;

    /** Makes each group's numbers its own. */
    private static final long STEP = 0x9e3779b97f4a7c15L;

    /** Takes a copy of the list. */
    GrammarsPlan {
        grammars = List.copyOf(grammars);
    }

    /** {@return number of residents, over all JVMs; they are numbered from 0, JVM by JVM} */
    int residents() {
        return jvms * groupsPerJvm;
    }

    /** {@return number of a resident's JVM, from 0} */
    int jvmOf(final int resident) {
        return resident / groupsPerJvm;
    }

    /** {@return how the guest is to be run} */
    GuestOptions options() {
        return GuestOptions.defaults().withMemory(MODULE_BYTES, MAXIMUM_LENGTH);
    }

    /** {@return random numbers of a group} */
    Random random(final int group) {
        return new Random(seed + STEP * (group + 1L));
    }

    /** {@return the grammars in another order} */
    List<Grammar> shuffled(final Random random) {
        final List<Grammar> order = new ArrayList<>(grammars);
        Collections.shuffle(order, random);
        return order;
    }

    /** Writes the plan into a directory. */
    void store(final Path directory) throws IOException {
        final List<String> lines = new ArrayList<>();
        lines.add(Line.of("plan", jvms, groupsPerJvm, seed, universe, main, support)
                .text());
        for (final Grammar grammar : grammars) {
            lines.add(Line.of("grammar", grammar.name(), grammar.module(), grammar.sample())
                    .text());
        }
        Files.write(directory.resolve(FILE_NAME), lines, StandardCharsets.UTF_8);
    }

    /** {@return the plan that was written into a directory} */
    static GrammarsPlan load(final Path directory) throws IOException {
        final List<Line> lines = Files.readAllLines(directory.resolve(FILE_NAME), StandardCharsets.UTF_8).stream()
                .map(Line::parse)
                .toList();
        final Line plan = lines.get(0);
        return new GrammarsPlan(
                plan.intField(0),
                plan.intField(1),
                plan.longField(2),
                Path.of(plan.field(3)),
                Path.of(plan.field(4)),
                Path.of(plan.field(5)),
                lines.subList(1, lines.size()).stream()
                        .map(line -> new Grammar(line.field(0), Path.of(line.field(1)), Path.of(line.field(2))))
                        .toList());
    }
}
