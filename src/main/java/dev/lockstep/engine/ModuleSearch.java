package dev.lockstep.engine;

import dev.lockstep.engine.Located.Attempt;
import dev.lockstep.engine.Located.Reason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where modules are looked for, by the rules of {@code ld.so} and of the origin. Immutable, thread-safe.
 *
 * <p>A name with a slash is a path: absolute, or relative to the working directory, also if it is what another module
 * needs; no directory is searched. Any other name is looked for, in this order, in
 *
 * <ol>
 *   <li>the library path, which the embedder gives (what {@code LD_LIBRARY_PATH} is to {@code ld.so});
 *   <li>the runtime path of the module that needs it, and only of that one. {@code $ORIGIN} and {@code ${ORIGIN}} are the
 *       directory of that module; colons separate directories;
 *   <li>the default directories: none, unless given.
 * </ol>
 *
 * <p>The working directory is not searched. A directory that is not absolute is relative to it; an empty one in a text
 * that colons separate is skipped, where {@code ld.so} takes the working directory: a colon too many should not give
 * whoever owns that directory a say in what is loaded. Who wants it says {@code .}.
 *
 * <p>Where there is no file of a name that ends in {@code .so}, the same name with {@code .wasm} instead is tried in the same
 * place: programs made for Unix ask for the former, and compilers make the latter.
 *
 * <p>A module is a regular file that can be read; symbolic links are followed. Anything else is no reason to stop: it is
 * noted and the search goes on. A name that is empty, ends with a slash or holds a NUL character is found nowhere. The names
 * {@code .} and {@code ..} are directories wherever they are looked for. Paths with {@code ..} lead where the file system
 * says: a name that comes from a module may thus name any file that this process can read, as with {@code ld.so}.
 */
public final class ModuleSearch {
    private static final Pattern ORIGIN = Pattern.compile("\\$(?:ORIGIN(?![A-Za-z0-9_])|\\{ORIGIN})");
    private static final String UNIX_SUFFIX = ".so";
    private static final String SUFFIX = ".wasm";

    private final List<Path> libraryPath;
    private final List<Path> defaultDirectories;
    private final Path workingDirectory;

    private ModuleSearch(
            final List<Path> libraryPath, final List<Path> defaultDirectories, final Path workingDirectory) {
        this.libraryPath = List.copyOf(libraryPath);
        this.defaultDirectories = List.copyOf(defaultDirectories);
        this.workingDirectory = workingDirectory.toAbsolutePath();
    }

    /**
     * A search by a library path.
     *
     * @param libraryPath directories in which is looked first, in order; they need not exist.
     * @return the search, with no default directories and the working directory of this JVM.
     */
    public static ModuleSearch of(final List<Path> libraryPath) {
        return new ModuleSearch(libraryPath, List.of(), Path.of(""));
    }

    /**
     * A search by a library path as it stands in an environment variable.
     *
     * @param libraryPath directories, separated by colons; empty ones are skipped.
     * @return the search, with no default directories and the working directory of this JVM.
     * @throws InvalidPathException if a directory can't be one, because it holds a NUL character.
     */
    public static ModuleSearch parse(final String libraryPath) {
        return of(parts(libraryPath).map(Path::of).toList());
    }

    private static Stream<String> parts(final String path) {
        return Stream.of(path.split(":")).filter(part -> !part.isEmpty());
    }

    /**
     * The same but for the directories in which is looked last. The origin has {@code /lib}, {@code /usr/lib} and
     * {@code /usr/local/lib} of the guest's file system; those of the machine hold other libraries than WebAssembly's.
     *
     * @param directories in order; they need not exist.
     * @return the new search.
     */
    public ModuleSearch withDefaultDirectories(final List<Path> directories) {
        return new ModuleSearch(libraryPath, directories, workingDirectory);
    }

    /**
     * The same but for what relative paths are relative to.
     *
     * @param directory the guest's working directory, say.
     * @return the new search.
     */
    public ModuleSearch withWorkingDirectory(final Path directory) {
        return new ModuleSearch(libraryPath, defaultDirectories, directory);
    }

    /** {@return the directories in which is looked first} */
    public List<Path> libraryPath() {
        return libraryPath;
    }

    /** {@return the directories in which is looked last} */
    public List<Path> defaultDirectories() {
        return defaultDirectories;
    }

    /** {@return what relative paths are relative to; absolute} */
    public Path workingDirectory() {
        return workingDirectory;
    }

    /**
     * Looks for a module. Nothing is opened.
     *
     * @param name of the module, or path of its file.
     * @param requirer the module that needs it; {@link Requirer#NONE} or null if the program asks for it.
     * @return where it is, or why it is in none of the places.
     */
    public Located locate(final String name, final Requirer requirer) {
        final Walk walk = new Walk(Objects.requireNonNull(name, "name"));
        final String fault = fault(name);
        if (fault != null) {
            walk.note(name, Reason.BAD_NAME, fault);
        } else if (name.indexOf('/') >= 0) {
            walk.visit(workingDirectory);
        } else {
            search(walk, requirer == null ? Requirer.NONE : requirer);
        }
        return walk.located();
    }

    private static String fault(final String name) {
        if (name.isEmpty()) {
            return "it is empty";
        }
        if (name.endsWith("/")) {
            return "it ends with a slash";
        }
        return name.indexOf('\0') >= 0 ? "it has a NUL character" : null;
    }

    private void search(final Walk walk, final Requirer requirer) {
        for (final Path directory : libraryPath) {
            walk.visit(absolute(directory));
        }
        for (final String entry : requirer.runtimePath()) {
            parts(entry).forEach(part -> visitRuntimePath(walk, part, requirer.file()));
        }
        for (final Path directory : defaultDirectories) {
            walk.visit(absolute(directory));
        }
    }

    private void visitRuntimePath(final Walk walk, final String part, final Path requirer) {
        final Matcher origin = ORIGIN.matcher(part);
        final String directory;
        if (!origin.find()) {
            directory = part;
        } else if (requirer == null) {
            walk.note(part, Reason.NO_ORIGIN, "");
            return;
        } else {
            directory = origin.replaceAll(Matcher.quoteReplacement(directoryOf(requirer)));
        }
        try {
            walk.visit(workingDirectory.resolve(directory));
        } catch (final InvalidPathException e) {
            walk.note(part, Reason.BAD_NAME, e.getReason());
        }
    }

    private String directoryOf(final Path file) {
        final Path directory = absolute(file).getParent();
        return directory == null ? "/" : directory.toString();
    }

    private Path absolute(final Path path) {
        return path.isAbsolute() ? path : workingDirectory.resolve(path);
    }

    /** One search. */
    private static final class Walk {
        private final String name;
        private final String otherName;
        private final List<Attempt> attempts = new ArrayList<>();
        private final Set<Path> visited = new HashSet<>();
        private Path path;
        private Path place;

        Walk(final String name) {
            this.name = name;
            otherName = name.endsWith(UNIX_SUFFIX) && !name.equals(UNIX_SUFFIX) && !name.endsWith("/" + UNIX_SUFFIX)
                    ? name.substring(0, name.length() - UNIX_SUFFIX.length()) + SUFFIX
                    : null;
        }

        void note(final String where, final Reason reason, final String detail) {
            if (path == null) {
                attempts.add(new Attempt(where, reason, detail));
            }
        }

        /** Looks in a directory, unless the module is found or it was looked there before. */
        void visit(final Path directory) {
            if (path == null && visited.add(directory)) {
                look(directory, name);
                if (path == null && otherName != null) {
                    look(directory, otherName);
                }
            }
        }

        private void look(final Path directory, final String file) {
            try {
                look(directory.resolve(file));
            } catch (final InvalidPathException e) {
                note(file, Reason.BAD_NAME, e.getReason());
            }
        }

        private void look(final Path file) {
            try {
                final Path real = file.toRealPath();
                final BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
                if (attributes.isDirectory()) {
                    note(file.toString(), Reason.DIRECTORY, "");
                } else if (!attributes.isRegularFile()) {
                    note(file.toString(), Reason.NOT_A_FILE, "");
                } else if (!Files.isReadable(real)) {
                    note(file.toString(), Reason.UNREADABLE, "");
                } else {
                    path = real;
                    place = file;
                }
            } catch (final NoSuchFileException e) {
                note(file.toString(), Reason.MISSING, "");
            } catch (final AccessDeniedException e) {
                note(file.toString(), Reason.UNREADABLE, "");
            } catch (final FileSystemException e) {
                note(file.toString(), Reason.UNREADABLE, Objects.requireNonNullElse(e.getReason(), ""));
            } catch (final IOException e) {
                note(file.toString(), Reason.UNREADABLE, e.toString());
            }
        }

        Located located() {
            return new Located(name, path, place, attempts);
        }
    }
}
