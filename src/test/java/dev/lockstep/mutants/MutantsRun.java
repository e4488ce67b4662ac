package dev.lockstep.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.SharedBuffer;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Applies each fault of {@code src/test/mutants/protocol.txt} alone to a copy of the classes, and has the named test run
 * over them in a JVM of its own: it must fail. {@code -Dmutant=TEXT} runs those whose name contains the text.
 */
class MutantsRun {
    private static final int LEAST = 20;
    private static final Path HOME = Path.of(System.getProperty("lockstep.home"));

    @TempDir
    private Path directory;

    @Test
    void shouldCatchEveryMutant() throws Exception {
        final String only = System.getProperty("mutant", "");
        final List<Mutant> all = Mutant.read(HOME.resolve("src/test/mutants/protocol.txt"));
        final List<String> survivors = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            final Mutant mutant = all.get(i);
            final Path classes = Files.createDirectory(directory.resolve("mutant-" + i));
            final String source = mutant.applyTo(Files.readString(source(mutant)));
            if (!mutant.name().contains(only)) {
                continue;
            }
            copy(classes);
            compile(mutant, source, classes);
            final long start = System.nanoTime();
            final String caught = run(mutant, classes);
            System.out.printf(
                    "mutant | %s | %s | %.1f s | %s%n",
                    mutant.name(),
                    mutant.test().replace("dev.lockstep.", ""),
                    (System.nanoTime() - start) / 1e9,
                    caught == null ? "SURVIVED" : caught);
            if (caught == null) {
                survivors.add(mutant.name());
            }
        }
        assertEquals(List.of(), survivors, "no instrument has caught these: write the missing test");
        assertTrue(all.size() >= LEAST, "mutants=" + all.size());
    }

    private static Path original() throws Exception {
        return Path.of(SharedBuffer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    private static void copy(final Path to) throws Exception {
        final Path from = original();
        try (Stream<Path> files = Files.walk(from)) {
            for (final Path file : files.toList()) {
                final Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static Path source(final Mutant mutant) {
        return HOME.resolve("src/main/java/dev/lockstep").resolve(mutant.file());
    }

    private static void compile(final Mutant mutant, final String text, final Path classes) throws IOException {
        final Path source = classes.resolve(Path.of(mutant.file()).getFileName());
        Files.writeString(source, text);
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter errors = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final boolean compiled = compiler.getTask(
                            errors,
                            files,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-nowarn",
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            files.getJavaFileObjects(source))
                    .call();
            assertTrue(compiled, () -> "mutant does not compile: mutant=" + mutant.name() + "\n" + errors);
        }
    }

    /** What has caught it, or null. */
    private static String run(final Mutant mutant, final Path classes) throws Exception {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("lockstep.jvm.flags").trim().split("\\s+")));
        command.add("-Dlockstep.home=" + HOME);
        command.add("-Dlockstep.jvm.flags=" + System.getProperty("lockstep.jvm.flags"));
        command.add("-cp");
        command.add(System.getProperty("java.class.path").replace(original().toString(), classes.toString()));
        command.add(MutantChild.class.getName());
        command.add(mutant.test());
        final Path output = classes.resolve("output.txt");
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            return "no end within ten minutes";
        }
        final String text = Files.readString(output);
        if (process.exitValue() == 0) {
            return null;
        }
        assertEquals(MutantChild.CAUGHT, process.exitValue(), () -> "mutant=" + mutant.name() + "\n" + text);
        return text.substring(text.indexOf("caught by")).lines().findFirst().orElse("");
    }
}
