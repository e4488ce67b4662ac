package dev.lockstep.cli.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Gives each of two JVMs a processor of its own, by {@code taskset}, where that is possible. Immutable. */
final class Pinning {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private final List<Integer> processors;
    private final String text;

    private Pinning(final List<Integer> processors, final String text) {
        this.processors = processors;
        this.text = text;
    }

    static Pinning find() {
        if (!isInstalled("taskset")) {
            return new Pinning(List.of(), "two-process rows are not pinned: no taskset on the PATH");
        }
        final List<Integer> allowed = allowed();
        if (allowed.size() < 2) {
            return new Pinning(List.of(), "two-process rows are not pinned: processors=" + allowed);
        }
        return new Pinning(
                allowed.subList(0, 2),
                "two-process rows: pinned by taskset to processors " + allowed.get(0) + " and " + allowed.get(1));
    }

    private static boolean isInstalled(final String program) {
        for (final String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    private static List<Integer> allowed() {
        try {
            for (final String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(ALLOWED)) {
                    return parse(line.substring(ALLOWED.length()).strip());
                }
            }
        } catch (final IOException e) {
            // no such file, no such list: not pinned, and said so
        }
        return List.of();
    }

    /** {@return the processors of a list like 0-2,5} */
    static List<Integer> parse(final String list) {
        final List<Integer> processors = new ArrayList<>();
        for (final String range : list.split(",")) {
            final String[] ends = range.split("-");
            final int last = Integer.parseInt(ends[ends.length - 1]);
            for (int processor = Integer.parseInt(ends[0]); processor <= last; processor++) {
                processors.add(processor);
            }
        }
        return processors;
    }

    /** {@return what to put in front of the command line of the first JVM (0) or the second (1)} */
    List<String> wrapper(final int role) {
        return processors.isEmpty()
                ? List.of()
                : List.of("taskset", "-c", processors.get(role).toString());
    }

    /** {@return what was found, for the header} */
    String text() {
        return text;
    }
}
