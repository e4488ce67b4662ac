package dev.lockstep.region;

import dev.lockstep.region.UniverseException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringTokenizer;

/** Who may touch a universe: type, owner and mode of its directory and files, checked before anything is opened. */
final class FileChecks {
    private static final int GROUP = 0070;
    private static final int OTHERS = 0007;
    private static final int GROUP_WRITE = 0020;
    private static final int OTHERS_WRITE = 0002;

    private final boolean sharedWithGroup;
    private final int uid;

    /**
     * Checks for this process' user.
     *
     * @param sharedWithGroup whether files of another owner, open to their group, are accepted.
     * @throws IOException if it cannot be found out who we are.
     */
    FileChecks(final boolean sharedWithGroup) throws IOException {
        this.sharedWithGroup = sharedWithGroup;
        uid = effectiveUid();
    }

    /** What others could write to they could put their own files into; that they can look into it does not matter. */
    void directory(final Path path, final FileStatus status) throws UniverseException {
        if (!status.isDirectory()) {
            throw new UniverseException(
                    Reason.NOT_A_DIRECTORY,
                    path,
                    "not a directory (links are not followed), choose another path for the universe");
        }
        owner(path, status);
        mode(path, status, OTHERS_WRITE | (sharedWithGroup ? 0 : GROUP_WRITE), "go-w");
    }

    /** {@return the status of a regular file that only those may touch who may attach} */
    FileStatus file(final Path path, final Reason ifMissing) throws IOException {
        final FileStatus status = FileStatus.of(path);
        if (status == null) {
            final String what = ifMissing == Reason.NOT_FOUND
                    ? "no universe here, create one or choose another directory"
                    : "a file of the universe is missing, remove the universe's directory";
            throw new UniverseException(ifMissing, path, what);
        }
        if (!status.isRegularFile()) {
            throw new UniverseException(
                    Reason.NOT_A_FILE,
                    path,
                    "not a regular file (links are not followed), remove the universe's directory: mode=0"
                            + Integer.toOctalString(status.mode()));
        }
        owner(path, status);
        mode(path, status, OTHERS | (sharedWithGroup ? 0 : GROUP), "go-rwx");
        return status;
    }

    private void owner(final Path path, final FileStatus status) throws UniverseException {
        if (status.uid() != uid && !sharedWithGroup) {
            throw new UniverseException(
                    Reason.OTHER_OWNER,
                    path,
                    "belongs to another user, choose another universe or share it with a group: owner=" + status.uid()
                            + " user=" + uid);
        }
    }

    private void mode(final Path path, final FileStatus status, final int forbidden, final String remedy)
            throws UniverseException {
        if ((status.permissions() & forbidden) != 0) {
            throw new UniverseException(
                    Reason.TOO_OPEN,
                    path,
                    "open to other users, run chmod " + (sharedWithGroup ? remedy.replace("g", "") : remedy)
                            + " or share the universe with its group: mode=0"
                            + Integer.toOctalString(status.permissions()));
        }
    }

    private static int effectiveUid() throws IOException {
        final Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            for (final String line : Files.readString(status).split("\n")) {
                if (line.startsWith("Uid:")) {
                    final StringTokenizer words = new StringTokenizer(line);
                    words.nextToken();
                    words.nextToken(); // the real one
                    return (int) Long.parseLong(words.nextToken());
                }
            }
        }
        final Path probe = Files.createTempFile("lockstep", ".uid");
        try {
            return FileStatus.of(probe).uid();
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
