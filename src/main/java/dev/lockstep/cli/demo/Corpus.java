package dev.lockstep.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The source files that the demonstration parses, in an order that is the same everywhere. Immutable.
 *
 * @param root directory that the files' names are relative to.
 * @param files to parse, by name.
 * @param tooLarge number of files that were left out for their size.
 */
public record Corpus(Path root, List<Entry> files, int tooLarge) {
    /** Longest file that is parsed, in bytes. */
    public static final long MAX_FILE_LENGTH = 64 << 10;

    private static final Set<String> NOT_ENTERED = Set.of("target", "node_modules", "build", "out");

    /**
     * One file.
     *
     * @param name path relative to the root, with slashes.
     * @param language of the file.
     */
    public record Entry(String name, Language language) {}

    /** Takes a copy of the list. */
    public Corpus {
        files = List.copyOf(files);
    }

    /**
     * Finds the files of known languages below a directory. Hidden files and directories, build output and links are
     * left out.
     *
     * @param root directory to walk.
     * @return the corpus.
     * @throws IOException if the directory can't be read.
     */
    public static Corpus below(final Path root) throws IOException {
        return below(root, List.of(""));
    }

    /**
     * As {@link #below(Path)}, in some of its directories only.
     *
     * @param root that the files' names are relative to.
     * @param directories to walk, relative to the root; one that is not there holds no files.
     * @return the corpus.
     * @throws IOException if a directory can't be read.
     */
    public static Corpus below(final Path root, final List<String> directories) throws IOException {
        final List<Entry> files = new ArrayList<>();
        final int[] tooLarge = {0};
        for (final String directory : directories) {
            final Path start = root.resolve(directory);
            if (Files.isDirectory(start)) {
                collect(root, start, files, tooLarge);
            }
        }
        files.sort(Comparator.comparing(Entry::name));
        return new Corpus(root, files, tooLarge[0]);
    }

    private static void collect(final Path root, final Path start, final List<Entry> files, final int[] tooLarge)
            throws IOException {
        Files.walkFileTree(start, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(final Path directory, final BasicFileAttributes attributes) {
                if (directory.equals(start)) {
                    return FileVisitResult.CONTINUE;
                }
                final String name = directory.getFileName().toString();
                return name.startsWith(".") || NOT_ENTERED.contains(name)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) {
                final Optional<Language> language = Language.of(file);
                if (attributes.isRegularFile()
                        && language.isPresent()
                        && !file.getFileName().toString().startsWith(".")) {
                    if (attributes.size() > MAX_FILE_LENGTH) {
                        tooLarge[0]++;
                    } else {
                        files.add(new Entry(root.relativize(file).toString().replace('\\', '/'), language.get()));
                    }
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * Reads a file. What is not UTF-8 is replaced.
     *
     * @param entry of this corpus.
     * @return the text.
     * @throws IOException if it can't be read.
     */
    public String read(final Entry entry) throws IOException {
        return new String(Files.readAllBytes(root.resolve(entry.name())), StandardCharsets.UTF_8);
    }
}
