package dev.lockstep.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the file system knows of a path itself: symbolic links are not followed, and nothing is opened (opening and
 * closing a file drops the locks that this process has on it).
 *
 * @param device that holds the file.
 * @param inode of the file; unique on its device while the file exists.
 * @param uid of the owner.
 * @param mode type and permission bits.
 * @param size in bytes.
 */
public record FileStatus(long device, long inode, int uid, int mode, long size) {
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;

    /**
     * Looks at a path.
     *
     * @param path to look at.
     * @return its status, or null if there is nothing.
     * @throws IOException if it cannot be looked at.
     */
    public static FileStatus of(final Path path) throws IOException {
        try {
            final Map<String, Object> attributes =
                    Files.readAttributes(path, "unix:dev,ino,uid,mode,size", LinkOption.NOFOLLOW_LINKS);
            return new FileStatus(
                    (Long) attributes.get("dev"),
                    (Long) attributes.get("ino"),
                    (Integer) attributes.get("uid"),
                    (Integer) attributes.get("mode"),
                    (Long) attributes.get("size"));
        } catch (final NoSuchFileException e) {
            return null;
        }
    }

    /** {@return whether it is a directory} */
    public boolean isDirectory() {
        return (mode & TYPE) == DIRECTORY;
    }

    /** {@return whether it is a regular file} */
    public boolean isRegularFile() {
        return (mode & TYPE) == REGULAR;
    }

    /** {@return permission bits of owner, group and others} */
    public int permissions() {
        return mode & 0777;
    }

    /** {@return device and inode: the same for every path that leads to this file} */
    public String key() {
        return device + ":" + inode;
    }
}
