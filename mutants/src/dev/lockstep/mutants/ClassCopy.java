package dev.lockstep.mutants;

import dev.lockstep.region.SharedBuffer;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A copy of the production classes, with a mutant's sources compiled into it. */
final class ClassCopy implements AutoCloseable {
    private static final Path HOME =
            Path.of(System.getProperty("lockstep.home", "")).toAbsolutePath();
    private static final Path SOURCES = HOME.resolve("src/main/java/dev/lockstep");

    private final Path directory;
    private final Path original;

    private ClassCopy(final Path directory, final Path original) {
        this.directory = directory;
        this.original = original;
    }

    static ClassCopy unchanged() throws IOException {
        final ClassCopy copy = new ClassCopy(Files.createTempDirectory("lockstep-mutant-"), classes());
        final Path classes = Files.createDirectory(copy.directory.resolve("classes"));
        try (Stream<Path> files = Files.walk(copy.original)) {
            for (final Path file : files.skip(1).toList()) {
                Files.copy(file, classes.resolve(copy.original.relativize(file).toString()));
            }
        }
        return copy;
    }

    static ClassCopy of(final Mutant mutant) throws IOException {
        final ClassCopy copy = unchanged();
        boolean compiled = false;
        try {
            copy.compile(mutant.edits());
            compiled = true;
        } finally {
            if (!compiled) {
                copy.close();
            }
        }
        return copy;
    }

    private static Path classes() {
        try {
            return Path.of(SharedBuffer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (final URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private void compile(final List<Edit> edits) throws IOException {
        final Map<String, String> sources = new LinkedHashMap<>();
        for (final Edit edit : edits) {
            final String source = sources.containsKey(edit.file())
                    ? sources.get(edit.file())
                    : Files.readString(SOURCES.resolve(edit.file()));
            sources.put(edit.file(), edit.apply(source));
        }
        final List<Path> changed = new ArrayList<>();
        for (final Map.Entry<String, String> source : sources.entrySet()) {
            final Path file = directory.resolve("sources").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            changed.add(Files.writeString(file, source.getValue()));
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter output = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            final List<String> options = List.of(
                    "--release",
                    "17",
                    "-proc:none",
                    "-nowarn",
                    "-d",
                    classesCopy().toString(),
                    "-cp",
                    classPath());
            if (!compiler.getTask(output, files, null, options, null, files.getJavaFileObjectsFromPaths(changed))
                    .call()) {
                throw new AssertionError("mutant does not compile:\n" + output);
            }
        }
    }

    private Path classesCopy() {
        return directory.resolve("classes");
    }

    /** This JVM's class path, with the copy instead of the production classes. */
    String classPath() {
        final String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(own.split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().equals(original) ? classesCopy() : Path.of(entry))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
