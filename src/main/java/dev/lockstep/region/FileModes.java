package dev.lockstep.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The modes that a universe's files and directories are created with. */
enum FileModes {
    /** For one user. */
    PRIVATE(0600, 0700, "rw-------", "rwx------"),
    /** For a group of users. */
    SHARED(0660, 0770, "rw-rw----", "rwxrwx---");

    private static final int SPECIAL_BITS = 07000;

    private final int fileMode;
    private final int directoryMode;
    private final String file;
    private final String directory;

    FileModes(final int fileMode, final int directoryMode, final String file, final String directory) {
        this.fileMode = fileMode;
        this.directoryMode = directoryMode;
        this.file = file;
        this.directory = directory;
    }

    static FileModes of(final boolean sharedWithGroup) {
        return sharedWithGroup ? SHARED : PRIVATE;
    }

    /** For opening: what the process' umask takes away is missing until {@link #applyToFile}. */
    FileAttribute<Set<PosixFilePermission>> fileAttribute() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(file));
    }

    FileAttribute<Set<PosixFilePermission>> directoryAttribute() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(directory));
    }

    void applyToFile(final Path path) throws IOException {
        apply(path, fileMode);
    }

    void applyToDirectory(final Path path) throws IOException {
        apply(path, directoryMode);
    }

    /** Only the owner may change a mode, so it is left alone where it is right; a group-id bit stays. */
    private static void apply(final Path path, final int permissions) throws IOException {
        final FileStatus status = FileStatus.of(path);
        if (status != null && status.permissions() != permissions) {
            final int mode = status.mode() & SPECIAL_BITS | permissions;
            Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
