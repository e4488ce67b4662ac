package dev.lockstep.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One fault: a text in a source file, what stands there instead, and the test that has to fail then.
 *
 * @param name of the fault.
 * @param file below {@code src/main/java/dev/lockstep}.
 * @param find text that is there exactly once; {@code \n} is a new line.
 * @param replace what stands there instead.
 * @param test class, or class#method.
 */
record Mutant(String name, String file, String find, String replace, String test) {
    /** Reads a list: blocks of {@code key: value} lines, an empty line between two; # begins a comment. */
    static List<Mutant> read(final Path list) throws IOException {
        final List<Mutant> mutants = new ArrayList<>();
        Map<String, String> block = new HashMap<>();
        final List<String> lines = new ArrayList<>(Files.readAllLines(list));
        lines.add("");
        for (final String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            if (line.isBlank()) {
                if (!block.isEmpty()) {
                    mutants.add(new Mutant(
                            value(block, "name"),
                            value(block, "file"),
                            value(block, "find").replace("\\n", "\n"),
                            value(block, "replace").replace("\\n", "\n"),
                            value(block, "test")));
                }
                block = new HashMap<>();
            } else {
                final int colon = line.indexOf(": ");
                block.put(
                        colon < 0 ? line.replace(":", "") : line.substring(0, colon),
                        colon < 0 ? "" : line.substring(colon + 2));
            }
        }
        return mutants;
    }

    private static String value(final Map<String, String> block, final String key) {
        final String value = block.get(key);
        if (value == null) {
            throw new IllegalArgumentException("mutant lacks a line: key=" + key + " block=" + block);
        }
        return value;
    }

    /** The source with the fault in it. */
    String applyTo(final String source) {
        final int at = source.indexOf(find);
        if (at < 0 || source.indexOf(find, at + 1) >= 0) {
            throw new IllegalArgumentException(
                    "mutant's text is not there exactly once: mutant=" + name + " file=" + file + " find=" + find);
        }
        return source.substring(0, at) + replace + source.substring(at + find.length());
    }
}
