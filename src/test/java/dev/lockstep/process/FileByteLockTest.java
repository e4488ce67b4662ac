package dev.lockstep.process;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.FileStatus;
import dev.lockstep.region.UniverseException;
import dev.lockstep.region.UniverseException.Reason;
import dev.lockstep.testing.ForkedJvm;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileByteLockTest {
    @TempDir
    Path directory;

    private Path file;
    private long inode;

    @BeforeEach
    void createFile() throws IOException {
        file = Files.createFile(directory.resolve("liveness.lock"));
        inode = FileStatus.of(file).inode();
    }

    /** Obeys "acquire n", "release n", "interrupt n" (both, interrupted), "touch" (opens and closes the file some other way) and "close". */
    static final class LockMain {
        public static void main(final String[] args) throws IOException {
            final Path file = Path.of(args[0]);
            try (FileByteLock lock = FileByteLock.open(file, FileStatus.of(file).inode())) {
                ForkedJvm.say("ready");
                while (true) {
                    final String[] words = ForkedJvm.nextLine().split(" ");
                    ForkedJvm.say(obey(lock, file, words));
                }
            }
        }

        private static String obey(final FileByteLock lock, final Path file, final String[] words) throws IOException {
            switch (words[0]) {
                case "acquire":
                    return Boolean.toString(lock.tryAcquire(Integer.parseInt(words[1])));
                case "release":
                    lock.release(Integer.parseInt(words[1]));
                    return "released";
                case "interrupt":
                    Thread.currentThread().interrupt();
                    lock.release(Integer.parseInt(words[1]));
                    return lock.tryAcquire(Integer.parseInt(words[1])) && Thread.interrupted() ? "held" : "lost";
                case "touch":
                    Files.readAllBytes(file);
                    return "touched";
                default:
                    lock.close();
                    return "closed";
            }
        }
    }

    @Test
    void shouldExcludeOtherProcessesByteByByte() throws IOException {
        try (ForkedJvm other = ForkedJvm.start(LockMain.class, file.toString());
                FileByteLock lock = FileByteLock.open(file, inode)) {
            other.expect("ready");
            assertTrue(lock.tryAcquire(3));
            assertEquals("false", other.ask("acquire 3"));
            assertEquals("true", other.ask("acquire 4"));
            assertFalse(lock.tryAcquire(4));
            lock.release(3);
            assertEquals("true", other.ask("acquire 3"));
            assertEquals("released", other.ask("release 4"));
            assertTrue(lock.tryAcquire(4));
            assertEquals("closed", other.ask("close"));
            assertTrue(lock.tryAcquire(3));
        }
    }

    @Test
    void shouldFreeBytesWhenProcessIsKilled() throws IOException {
        try (ForkedJvm other = ForkedJvm.start(LockMain.class, file.toString());
                FileByteLock lock = FileByteLock.open(file, inode)) {
            other.expect("ready");
            assertEquals("true", other.ask("acquire 0"));
            other.suspend();
            assertFalse(lock.tryAcquire(0));
            other.killAndWait();
            assertTrue(lock.tryAcquire(0));
        }
    }

    @Test
    void shouldKeepLocksAndFlagWhenThreadIsInterrupted() throws IOException {
        try (ForkedJvm other = ForkedJvm.start(LockMain.class, file.toString());
                FileByteLock lock = FileByteLock.open(file, inode)) {
            other.expect("ready");
            assertTrue(lock.tryAcquire(0));
            assertTrue(lock.tryAcquire(2));
            Thread.currentThread().interrupt();
            assertTrue(lock.tryAcquire(1));
            assertFalse(lock.tryAcquire(1));
            lock.release(2);
            assertTrue(Thread.interrupted());
            assertEquals("false", other.ask("acquire 0"));
            assertEquals("false", other.ask("acquire 1"));
            assertEquals("true", other.ask("acquire 2"));
            assertEquals("held", other.ask("interrupt 2"));
        }
    }

    @Test
    void shouldReportHeldWhenThisJvmHasTheByte() throws IOException {
        try (FileByteLock lock = FileByteLock.open(file, inode)) {
            assertTrue(lock.tryAcquire(7));
            assertFalse(lock.tryAcquire(7));
            lock.release(7);
            assertTrue(lock.tryAcquire(7));
        }
    }

    @Test
    void shouldRefuseMisuse() throws IOException {
        final FileByteLock lock = FileByteLock.open(file, inode);
        assertThrows(IndexOutOfBoundsException.class, () -> lock.tryAcquire(-1));
        assertThrows(IllegalStateException.class, () -> lock.release(0));
        assertTrue(lock.tryAcquire(0));
        lock.close();
        lock.close();
        assertThrows(IllegalStateException.class, () -> lock.tryAcquire(0));
        assertThrows(IllegalStateException.class, () -> lock.release(0));
    }

    @Test
    void shouldRefuseSecondChannelInOneJvmUntilFirstIsClosed() throws IOException {
        final Path sameFile = Files.createLink(directory.resolve("other-name"), file);
        final FileByteLock lock = FileByteLock.open(file, inode);
        final UniverseException refusal =
                assertThrows(UniverseException.class, () -> FileByteLock.open(sameFile, inode));
        assertEquals(Reason.ALREADY_ATTACHED, refusal.reason());
        assertTrue(refusal.getMessage().contains("share what has opened it"), refusal.getMessage());
        lock.close();
        FileByteLock.open(sameFile, inode).close();
        FileByteLock.open(file, inode).close();
    }

    @Test
    void shouldRefuseAndSayWhyWhenAnotherClassLoaderHasTheFile() throws Exception {
        final FileByteLock lock = FileByteLock.open(file, inode);
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            assertTrue(lock.tryAcquire(0));
            final Method open =
                    loader.loadClass(FileByteLock.class.getName()).getMethod("open", Path.class, long.class);
            final InvocationTargetException thrown =
                    assertThrows(InvocationTargetException.class, () -> open.invoke(null, file, inode));
            assertInstanceOf(IOException.class, thrown.getCause());
            final String message = thrown.getCause().getMessage();
            assertTrue(message.contains("by another class loader"), message);
            lock.close();
            assertDoesNotThrow(((AutoCloseable) open.invoke(null, file, inode))::close);
        } finally {
            lock.close();
        }
    }

    @Test
    void shouldRefuseFileWhenItIsNotTheExpectedOne() throws IOException {
        assertEquals(
                Reason.WRONG_LOCK_FILE,
                assertThrows(UniverseException.class, () -> FileByteLock.open(file, inode + 1))
                        .reason());
        Files.delete(file);
        assertEquals(
                Reason.WRONG_LOCK_FILE,
                assertThrows(UniverseException.class, () -> FileByteLock.open(file, inode))
                        .reason());
        Files.createSymbolicLink(file, Files.createFile(directory.resolve("target")));
        assertEquals(
                Reason.WRONG_LOCK_FILE,
                assertThrows(UniverseException.class, () -> FileByteLock.open(file, inode))
                        .reason());
    }

    /** The trap that the rules of this class are about: if this fails, they are no longer needed. */
    @Test
    void shouldLoseLocksWhenSomethingElseOpensAndClosesTheFile() throws IOException {
        try (ForkedJvm other = ForkedJvm.start(LockMain.class, file.toString());
                FileByteLock lock = FileByteLock.open(file, inode)) {
            other.expect("ready");
            assertEquals("true", other.ask("acquire 0"));
            assertFalse(lock.tryAcquire(0));
            assertEquals("touched", other.ask("touch"));
            assertTrue(lock.tryAcquire(0));
        }
    }

    private static URL[] classPath() {
        return Arrays.stream(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        .split(File.pathSeparator))
                .map(FileByteLockTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(final String path) {
        try {
            return new File(path).toURI().toURL();
        } catch (final MalformedURLException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}
