package dev.lockstep.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.UniverseException.Reason;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UniverseFilesTest {
    private static final Capacities SMALL = new Capacities(4, 4, 8, 16, 1 << 10, 8, 4, 1, 1 << 12, 1 << 12, 10_000);
    private static final Set<String> NAMES =
            Set.of("creation.lock", "liveness.lock", "linker.dat", "operations.journal");

    @TempDir
    Path base;

    private Path directory;
    private UniverseConfig config;

    @BeforeEach
    void configure() {
        directory = base.resolve("universe");
        config = UniverseConfig.at(directory).withCapacities(SMALL);
    }

    @Test
    void shouldCreateFilesForOwnerOnlyAndFullOfZeros() throws IOException {
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            assertTrue(files.created());
            assertEquals(directory.toRealPath(), files.directory());
            assertEquals(NAMES, names());
            assertMode("rwx------", directory);
            for (final String name : NAMES) {
                assertMode("rw-------", directory.resolve(name));
            }
            assertEquals(0, Files.size(files.lockPath()));
            final byte[] journal = Files.readAllBytes(files.journalPath());
            assertEquals(10_000, journal.length);
            assertTrue(allZeros(journal, 0));
            final byte[] linker = Files.readAllBytes(linker());
            assertEquals(new Layout(SMALL).fileLength(), linker.length);
            assertTrue(allZeros(linker, HeaderDescriptor.CHECKSUM_OFFSET + Long.BYTES));
        }
    }

    @Test
    void shouldNotLeaveHolesWhenCreating() throws Exception {
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            for (final Path file : List.of(linker(), files.journalPath())) {
                final Process du = new ProcessBuilder("du", "-B1", file.toString()).start();
                final long allocated =
                        Long.parseLong(new String(du.getInputStream().readAllBytes()).split("\\s")[0]);
                assertTrue(allocated >= Files.size(file), file + " allocated=" + allocated);
            }
        }
    }

    @Test
    void shouldShareMemoryAndTakeCreatorsCapacitiesWhenAttaching() throws IOException {
        final UniverseConfig other = UniverseConfig.at(directory)
                .withCapacities(SMALL.withGroups(9))
                .withConstructorPolicy(ConstructorPolicy.ABORT);
        try (UniverseFiles first =
                        UniverseFiles.openOrCreate(config.withConstructorPolicy(ConstructorPolicy.CONTINUE));
                UniverseFiles second = UniverseFiles.openOrCreate(other)) {
            assertFalse(second.created());
            assertEquals(first.header(), second.header());
            assertEquals(SMALL, second.layout().capacities());
            assertEquals(ConstructorPolicy.CONTINUE, second.header().constructorPolicy());
            first.buffer().putLongRelease(first.layout().control(), 42);
            assertEquals(42, second.buffer().getLongAcquire(second.layout().control()));
        }
    }

    @Test
    void shouldKeepContentWhenEverybodyHasLeft() throws IOException {
        final UUID id;
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            id = files.header().universeId();
            files.buffer().putLongRelease(files.layout().control(), 42);
        }
        try (UniverseFiles files = UniverseFiles.open(config)) {
            assertEquals(id, files.header().universeId());
            assertEquals(42, files.buffer().getLongAcquire(files.layout().control()));
        }
    }

    @Test
    void shouldDescribeUniverseInHeader() throws IOException {
        final long before = System.currentTimeMillis();
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            final UniverseHeader header = files.header();
            assertEquals(ProcessHandle.current().pid(), header.creatorPid());
            assertTrue(header.createdAt() >= before && header.createdAt() <= System.currentTimeMillis());
            assertEquals(BootId.current(), header.boot());
            assertEquals(FileStatus.of(files.lockPath()).inode(), header.lockInode());
            assertEquals(FileStatus.of(files.journalPath()).inode(), header.journalInode());
        }
    }

    @Test
    void shouldOpenToGroupWhenAsked() throws IOException {
        try (UniverseFiles files = UniverseFiles.openOrCreate(config.withSharedWithGroup(true))) {
            assertTrue(files.created());
            assertMode("rwxrwx---", directory);
            for (final String name : NAMES) {
                assertMode("rw-rw----", directory.resolve(name));
            }
        }
        assertRefused(Reason.TOO_OPEN, config);
        UniverseFiles.openOrCreate(config.withSharedWithGroup(true)).close();
    }

    @Test
    void shouldMakeParentsOfDirectory() throws IOException {
        final UniverseConfig deep = UniverseConfig.at(base.resolve("a/b/c")).withCapacities(SMALL);
        UniverseFiles.openOrCreate(deep).close();
        assertMode("rwx------", base.resolve("a/b/c"));
    }

    @Test
    void shouldSayNotFoundWhenNothingIsToBeCreated() throws IOException {
        assertEquals(
                Reason.NOT_FOUND,
                assertThrows(UniverseException.class, () -> UniverseFiles.open(config))
                        .reason());
        assertFalse(Files.exists(directory));
        Files.createDirectory(directory);
        assertEquals(
                Reason.NOT_FOUND,
                assertThrows(UniverseException.class, () -> UniverseFiles.open(config))
                        .reason());
        assertEquals(Set.of(), names());
    }

    @Test
    void shouldRefuseDirectoryWhenItIsSomethingElse() throws IOException {
        Files.createFile(directory);
        assertRefused(Reason.NOT_A_DIRECTORY);
        Files.delete(directory);
        Files.createSymbolicLink(directory, Files.createDirectory(base.resolve("target")));
        assertRefused(Reason.NOT_A_DIRECTORY);
        Files.delete(directory);
        Files.createSymbolicLink(directory, base.resolve("dangling"));
        assertRefused(Reason.NOT_A_DIRECTORY);
    }

    @Test
    void shouldRefuseDirectoryWhenOthersMayWriteToIt() throws IOException {
        Files.createDirectory(directory);
        for (final String mode : List.of("rwx----w-", "rwx-w----", "rwxrwxrwx")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
            assertRefused(Reason.TOO_OPEN);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        UniverseFiles.openOrCreate(config).close();
    }

    @Test
    void shouldRefuseWhenOwnerIsAnotherUser() throws IOException {
        Files.createDirectory(directory);
        final FileStatus status = FileStatus.of(directory);
        final FileStatus foreign =
                new FileStatus(status.device(), status.inode(), status.uid() + 1, status.mode(), status.size());
        final UniverseException refusal =
                assertThrows(UniverseException.class, () -> new FileChecks(false).directory(directory, foreign));
        assertEquals(Reason.OTHER_OWNER, refusal.reason());
        new FileChecks(true).directory(directory, foreign);
        new FileChecks(false).directory(directory, status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linker.dat", "liveness.lock", "operations.journal"})
    void shouldRefuseFileWhenOthersMayTouchIt(final String name) throws IOException {
        UniverseFiles.openOrCreate(config).close();
        for (final String mode : List.of("rw----r--", "rw--w----", "rw-r--r--", "rw-rw-rw-")) {
            Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString(mode));
            assertRefused(Reason.TOO_OPEN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linker.dat", "liveness.lock", "operations.journal"})
    void shouldRefuseFileWhenItIsSymbolicLink(final String name) throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final Path file = directory.resolve(name);
        final Path elsewhere = base.resolve("elsewhere");
        Files.move(file, elsewhere);
        Files.createSymbolicLink(file, elsewhere);
        assertRefused(Reason.NOT_A_FILE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linker.dat", "liveness.lock", "operations.journal", "creation.lock"})
    void shouldRefuseFileWhenItIsDirectory(final String name) throws IOException {
        Files.createDirectory(directory);
        if (!name.equals("creation.lock") && !name.equals("linker.dat")) {
            UniverseFiles.openOrCreate(config).close();
            Files.delete(directory.resolve(name));
        }
        Files.createDirectory(directory.resolve(name));
        assertRefused(Reason.NOT_A_FILE);
    }

    @Test
    void shouldNotWriteThroughSymbolicLinkWhenCreating() throws IOException {
        final Path victim = Files.writeString(base.resolve("victim"), "precious");
        for (final String name : NAMES) {
            Files.createDirectories(directory);
            Files.createSymbolicLink(directory.resolve(name), victim);
            try {
                UniverseFiles.openOrCreate(config).close();
            } catch (final UniverseException e) {
                assertEquals(Reason.NOT_A_FILE, e.reason());
            }
            assertEquals("precious", Files.readString(victim), name);
            removeAll();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 143, 4095})
    void shouldRefuseWhenFileEndsBeforeItsHeader(final long length) throws IOException {
        UniverseFiles.openOrCreate(config).close();
        truncate(linker(), length);
        assertRefused(Reason.TOO_SHORT);
    }

    @Test
    void shouldRefuseWhenFileIsTruncatedOrGrown() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final long length = Files.size(linker());
        Files.write(linker(), new byte[] {0}, StandardOpenOption.APPEND);
        assertRefused(Reason.WRONG_LENGTH);
        truncate(linker(), length - 1);
        assertRefused(Reason.WRONG_LENGTH);
        truncate(linker(), HeaderDescriptor.LENGTH);
        assertRefused(Reason.WRONG_LENGTH);
        assertEquals(HeaderDescriptor.LENGTH, Files.size(linker()));
    }

    @Test
    void shouldRefuseWhenHeaderIsDamaged() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final byte[] bytes = Files.readAllBytes(linker());
        bytes[HeaderDescriptor.CAPACITIES_OFFSET]++;
        Files.write(linker(), bytes);
        assertRefused(Reason.DAMAGED_HEADER);
        Arrays.fill(bytes, (byte) 0);
        Files.write(linker(), bytes);
        assertRefused(Reason.NO_MAGIC);
    }

    @Test
    void shouldRefuseAndSayHowToRemoveWhenMachineWasRestarted() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final UniverseHeader header = header();
        encode(new UniverseHeader(
                header.universeId(),
                new BootId(1, 2),
                header.creatorPid(),
                header.createdAt(),
                header.lockInode(),
                header.journalInode(),
                header.constructorPolicy(),
                header.capacities()));
        final UniverseException refusal = assertRefused(Reason.OTHER_BOOT);
        assertTrue(refusal.getMessage().contains("rm -r '" + directory.toRealPath() + "'"), refusal.getMessage());
    }

    @Test
    void shouldRefuseWhenLockFileOrJournalWasReplaced() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        replace(directory.resolve("operations.journal"), 10_000);
        assertRefused(Reason.WRONG_JOURNAL);
        replace(directory.resolve("liveness.lock"), 0);
        assertRefused(Reason.WRONG_LOCK_FILE);
    }

    @Test
    void shouldRefuseWhenLockFileOrJournalIsMissingOrShort() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        truncate(directory.resolve("operations.journal"), 9_999);
        assertRefused(Reason.WRONG_JOURNAL);
        Files.delete(directory.resolve("operations.journal"));
        assertRefused(Reason.WRONG_JOURNAL);
        Files.delete(directory.resolve("liveness.lock"));
        assertRefused(Reason.WRONG_LOCK_FILE);
    }

    @Test
    void shouldCompleteDirectoryWhateverPrefixDeadCreatorHasLeft() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final UUID dead = header().universeId();
        final String suffix = ".4711-" + dead + ".tmp";
        // In the order in which a creator makes them: what it has made before its death is a prefix.
        final List<String> steps = List.of(
                "creation.lock",
                ".liveness.lock" + suffix,
                ".operations.journal" + suffix,
                ".linker.dat" + suffix,
                "liveness.lock",
                "operations.journal");
        for (int made = 0; made <= steps.size(); made++) {
            for (final boolean torn : new boolean[] {false, true}) {
                removeAll();
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                for (int i = 0; i < made; i++) {
                    final byte[] content = torn && i == made - 1 ? new byte[17] : new byte[20_000];
                    Arrays.fill(content, (byte) 1);
                    Files.write(directory.resolve(steps.get(i)), content);
                    Files.setPosixFilePermissions(
                            directory.resolve(steps.get(i)), PosixFilePermissions.fromString("rw-------"));
                }
                try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
                    assertTrue(files.created(), "made=" + made);
                    assertNotEquals(dead, files.header().universeId());
                    assertEquals(NAMES, names(), "made=" + made);
                    assertTrue(allZeros(Files.readAllBytes(files.journalPath()), 0));
                    assertEquals(0, Files.size(files.lockPath()));
                }
            }
        }
    }

    @Test
    void shouldAttachWhenCreatorDiedAfterPublishing() throws IOException {
        UniverseFiles.openOrCreate(config).close();
        final UUID id = header().universeId();
        for (final String name : List.of("linker.dat", "liveness.lock", "operations.journal")) {
            Files.createLink(directory.resolve("." + name + ".4711-" + id + ".tmp"), directory.resolve(name));
        }
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            assertFalse(files.created());
            assertEquals(id, files.header().universeId());
        }
    }

    @Test
    void shouldLeaveForeignFilesAloneWhenCompletingDirectory() throws IOException {
        Files.createDirectories(directory.resolve("modules"));
        Files.writeString(directory.resolve(".mine.tmp"), "mine");
        UniverseFiles.openOrCreate(config).close();
        assertEquals("mine", Files.readString(directory.resolve(".mine.tmp")));
        assertTrue(Files.isDirectory(directory.resolve("modules")));
    }

    @Test
    void shouldNameCreatorWhenItDoesNotFinish() throws IOException {
        UniverseCreation.ensureDirectory(config);
        final FileStatus status = FileStatus.of(directory);
        final UniverseCreation creation = new UniverseCreation(config, directory, status, new FileChecks(false));
        Files.createFile(directory.resolve(".linker.dat.4711-x.tmp"));
        try (CreationLock lock = CreationLock.tryAcquire(directory, status, FileModes.PRIVATE)) {
            assertTrue(lock != null);
            assertNull(CreationLock.tryAcquire(directory, status, FileModes.PRIVATE));
            final UniverseException refusal = assertThrows(
                    UniverseException.class, () -> creation.createIfAbsent(TimeUnit.MILLISECONDS.toNanos(20)));
            assertEquals(Reason.BUSY, refusal.reason());
            assertTrue(refusal.getMessage().contains("pids=[4711]"), refusal.getMessage());
        }
        assertTrue(creation.createIfAbsent(0));
    }

    @Test
    void shouldTakeCreationLockForHeldWhenThisJvmLocksItBySomeOtherWay() throws IOException {
        UniverseCreation.ensureDirectory(config);
        final FileStatus status = FileStatus.of(directory);
        try (FileChannel channel = FileChannel.open(
                        directory.resolve("creation.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            assertTrue(lock.isValid());
            assertNull(CreationLock.tryAcquire(directory, status, FileModes.PRIVATE));
        }
        CreationLock.tryAcquire(directory, status, FileModes.PRIVATE).close();
    }

    @Test
    void shouldKeepInterruptFlagAndSucceedWhenThreadIsInterrupted() throws IOException {
        Thread.currentThread().interrupt();
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            assertTrue(files.created());
            assertTrue(Thread.interrupted());
        }
        Thread.currentThread().interrupt();
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            assertFalse(files.created());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void shouldThrowInsteadOfCrashingWhenBufferIsUsedAfterClose() throws IOException {
        final UniverseFiles files = UniverseFiles.openOrCreate(config);
        files.close();
        files.close();
        assertThrows(IndexOutOfBoundsException.class, () -> files.buffer().getLongVolatile(0));
    }

    /** Creates a universe; what happens is its exit code. */
    static final class CreateMain {
        public static void main(final String[] args) {
            try {
                UniverseFiles.openOrCreate(UniverseConfig.at(Path.of(args[0]))).close();
                System.exit(10);
            } catch (final IOException e) {
                System.err.println(e);
                System.exit(e.getMessage().contains("too large") ? 11 : 12);
            }
        }
    }

    @Test
    void shouldThrowAndRemoveTemporaryFilesWhenNothingMoreCanBeWritten() throws Exception {
        final ProcessBuilder builder =
                ForkedJvm.builder(List.of("-XX:-UsePerfData"), CreateMain.class, directory.toString());
        // A limit on the size of files acts like a full disk, and needs no privileges.
        final String command = builder.command().stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" ", "ulimit -f 64; exec ", ""));
        final Process process = builder.command("sh", "-c", command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertEquals(11, process.waitFor());
        assertEquals(Set.of("creation.lock"), names());
        try (UniverseFiles files = UniverseFiles.openOrCreate(config)) {
            assertTrue(files.created());
        }
    }

    private UniverseException assertRefused(final Reason reason) {
        return assertRefused(reason, config);
    }

    private static UniverseException assertRefused(final Reason reason, final UniverseConfig config) {
        final UniverseException refusal = assertThrows(
                UniverseException.class,
                () -> UniverseFiles.openOrCreate(config).close());
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        return refusal;
    }

    private Path linker() {
        return directory.resolve("linker.dat");
    }

    private UniverseHeader header() throws IOException {
        return UniverseHeader.decode(new UnsafeBuffer(Files.readAllBytes(linker())), linker());
    }

    private void encode(final UniverseHeader header) throws IOException {
        final byte[] bytes = Files.readAllBytes(linker());
        header.encode(new UnsafeBuffer(bytes));
        Files.write(linker(), bytes);
    }

    /** The old file is kept elsewhere, so that its inode is not used again. */
    private void replace(final Path file, final int length) throws IOException {
        Files.move(file, base.resolve(file.getFileName()));
        Files.write(file, new byte[length]);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private void removeAll() throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            for (final Path entry : entries) {
                Files.delete(entry);
            }
        }
        Files.delete(directory);
    }

    private Set<String> names() throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static void truncate(final Path file, final long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    private static boolean allZeros(final byte[] bytes, final int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static void assertMode(final String expected, final Path path) throws IOException {
        assertEquals(expected, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)), path.toString());
    }
}
