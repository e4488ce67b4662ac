package dev.lockstep.engine;

import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes the engine's files in a universe such that who may attach to it may use them, and nobody else: 0660 and the
 * directory's group in a universe that is shared with a group, 0600 in any other; directories 0770 and 0700. The
 * process' umask has no say.
 *
 * <p>A universe is shared if the group may write to its directory: {@code UniverseConfig} makes no other such directory and
 * refuses it in a universe of one user.
 *
 * <p>Immutable, thread-safe.
 */
final class UniverseAccess {
    private static final int GROUP_WRITE = 0020;
    private static final int PERMISSIONS = 0777;
    private static final int SPECIAL_BITS = 07000;
    private static final AtomicLong TEMPORARY = new AtomicLong();

    private final boolean shared;
    private final int group;

    private UniverseAccess(final boolean shared, final int group) {
        this.shared = shared;
        this.group = group;
    }

    /**
     * Looks at a directory.
     *
     * @param directory of a universe, or one that was made in it.
     * @return how to make files there.
     * @throws IOException if the directory can't be looked at.
     */
    static UniverseAccess of(final Path directory) throws IOException {
        final Map<String, Object> attributes = Files.readAttributes(directory, "unix:mode,gid");
        return new UniverseAccess(
                ((Integer) attributes.get("mode") & GROUP_WRITE) != 0, (Integer) attributes.get("gid"));
    }

    /**
     * Makes an empty file. Others may see it before its mode is right, so a file that they open is made under another name
     * first; see {@link #publish}.
     *
     * @param file that is not there.
     * @throws FileAlreadyExistsException if it is.
     * @throws IOException if it can't be made.
     */
    void createFile(final Path file) throws IOException {
        Files.createFile(file, attribute(filePermissions()));
        apply(file, filePermissions());
    }

    /**
     * Makes a file that is there whole, with the right mode, or not at all.
     *
     * @param file to make.
     * @param content of it.
     * @return false if there is one already: then nothing has changed.
     * @throws IOException if it can't be made.
     */
    boolean publish(final Path file, final byte[] content) throws IOException {
        final Path temporary = temporary(file);
        try {
            createFile(temporary);
            try (FileChannel channel = FileChannel.open(temporary, WRITE)) {
                final ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            Files.createLink(file, temporary);
            return true;
        } catch (final FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Makes a directory, with an empty file in it, unless there is one. It has the right mode from the moment that it can
     * be seen: it is made under another name and then renamed. For that, it must hold something: a rename replaces an
     * empty directory, in which another process may be making a file, but fails if there is one that is not empty.
     *
     * @param directory to make.
     * @param file name of the file in it.
     * @throws IOException if it can't be made.
     */
    void publishDirectory(final Path directory, final String file) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        final Path temporary = temporary(directory);
        try {
            Files.createDirectory(temporary, attribute(directoryPermissions()));
            apply(temporary, directoryPermissions());
            createFile(temporary.resolve(file));
            Files.move(temporary, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (final FileSystemException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        } finally {
            Files.deleteIfExists(temporary.resolve(file));
            Files.deleteIfExists(temporary);
        }
    }

    private static Path temporary(final Path file) {
        return file.resolveSibling("." + file.getFileName() + "."
                + ProcessHandle.current().pid() + "." + TEMPORARY.incrementAndGet() + "." + System.nanoTime() + ".tmp");
    }

    private int filePermissions() {
        return shared ? 0660 : 0600;
    }

    private int directoryPermissions() {
        return shared ? 0770 : 0700;
    }

    private static FileAttribute<Set<PosixFilePermission>> attribute(final int permissions) {
        final StringBuilder text = new StringBuilder();
        for (int bit = 8; bit >= 0; bit--) {
            text.append((permissions >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text.toString()));
    }

    /** The group first: changing it may take bits of the mode away. */
    private void apply(final Path path, final int permissions) throws IOException {
        final Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,gid", LinkOption.NOFOLLOW_LINKS);
        if (shared && (Integer) attributes.get("gid") != group) {
            give(path);
        }
        final int mode = (Integer) attributes.get("mode");
        if ((mode & PERMISSIONS) != permissions) {
            Files.setAttribute(path, "unix:mode", mode & SPECIAL_BITS | permissions, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private void give(final Path path) throws IOException {
        try {
            Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        } catch (final FileSystemException e) {
            throw new IOException(
                    "file can't be given to the group of its universe, is this user in that group: file=" + path
                            + " group=" + group,
                    e);
        }
    }
}
