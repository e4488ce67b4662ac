package dev.lockstep.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary directory (mode 0700), in memory if there is room. Removed with all that is in it when it is closed. */
public final class Scratch implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long ROOM = 256L << 20;

    private final Path directory;

    private Scratch(final Path directory) {
        this.directory = directory;
    }

    /**
     * {@return a new directory}
     *
     * @param prefix of its name.
     * @throws IOException if it can't be made.
     */
    public static Scratch create(final String prefix) throws IOException {
        return create(prefix, ROOM);
    }

    /**
     * {@return a new directory}
     *
     * @param prefix of its name.
     * @param room bytes that will be put into it at most.
     * @throws IOException if it can't be made.
     */
    public static Scratch create(final String prefix, final long room) throws IOException {
        return new Scratch(Files.createTempDirectory(base(room), prefix));
    }

    private static Path base(final long room) {
        try {
            if (Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() >= room) {
                return MEMORY;
            }
        } catch (final IOException e) {
            // Nothing to ask: the temp directory does as well.
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** {@return the directory} */
    public Path directory() {
        return directory;
    }

    /** Removes it. Idempotent. */
    @Override
    public void close() throws IOException {
        remove(directory);
    }

    /**
     * Removes a directory and all that is in it, though another process may be doing so too.
     *
     * @param directory to remove; it need not be there.
     * @throws IOException if something in it can't be removed.
     */
    public static void remove(final Path directory) throws IOException {
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (final NoSuchFileException e) {
            return;
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
        for (final Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
