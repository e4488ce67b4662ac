package dev.lockstep.mutants;

import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What became of tests with a copy of the classes.
 *
 * @param caught whether one of them failed.
 * @param cause of the failure, one line; empty if there was none.
 * @param seconds that it took.
 */
record Run(boolean caught, String cause, double seconds) {
    private static final long LIMIT_MINUTES = 60;

    /**
     * Runs tests in a JVM of their own.
     *
     * @param classes that are tested.
     * @param log that takes all that is printed.
     * @param exploration that alone is run in each test; empty for all.
     * @param methods as {@code class#method}.
     */
    static Run of(final ClassCopy classes, final Path log, final String exploration, final List<String> methods)
            throws IOException, InterruptedException {
        // The time limit is ours: a test that is stopped because it takes long has not caught anything.
        final List<String> options =
                new ArrayList<>(List.of("-Xmx1g", "-Djunit.jupiter.execution.timeout.mode=disabled"));
        if (!exploration.isEmpty()) {
            options.add("-Dexplore.only=" + exploration);
        }
        final ProcessBuilder builder = ForkedJvm.builder(options, FirstFailure.class, methods.toArray(new String[0]));
        builder.environment().put("CLASSPATH", classes.classPath());
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        final long begin = System.nanoTime();
        final Process process = builder.start();
        try {
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                throw new AssertionError("does not end: minutes=" + LIMIT_MINUTES + " log=" + log);
            }
        } finally {
            process.destroyForcibly();
        }
        final double seconds = (System.nanoTime() - begin) / 1e9;
        return switch (process.exitValue()) {
            case FirstFailure.PASSED -> {
                requireExplored(exploration, log);
                yield new Run(false, "", seconds);
            }
            case FirstFailure.FAILED -> new Run(true, cause(log), seconds);
            default -> throw new AssertionError("tests could not be run: exit=" + process.exitValue() + " log=" + log);
        };
    }

    /** A name that no exploration has would let every mutant survive. */
    private static void requireExplored(final String exploration, final Path log) throws IOException {
        if (!exploration.isEmpty()
                && Files.readAllLines(log).stream()
                        .noneMatch(line -> line.startsWith("explored " + exploration + " ("))) {
            throw new AssertionError("no such exploration: " + exploration + " log=" + log);
        }
    }

    private static String cause(final Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith(FirstFailure.CAUSE))
                .map(line -> line.substring(FirstFailure.CAUSE.length()))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("failure without a cause: log=" + log));
    }
}
