package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.linker.DlOperation.AllocateFunctionTable;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import dev.lockstep.region.UniverseConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system with no room, which only root can mount. */
class FullDiskTest {
    /** Much fewer than fit. */
    private static final Capacities SMALL = HostileFileTest.CAPACITIES;

    @TempDir
    Path base;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(base.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", disk.toString());
        assumeTrue(mounted, "a file system can be mounted, as root only");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertTrue(run("umount", disk.toString()));
        }
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** Takes what room there is. */
    private Path fill() throws IOException {
        final Path filler = disk.resolve("filler");
        try (FileChannel channel = FileChannel.open(filler, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            assertThrows(IOException.class, () -> {
                while (true) {
                    channel.write(ByteBuffer.allocate(4096));
                }
            });
        }
        return filler;
    }

    private static Set<String> names(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void shouldFailToCreateAndLeaveNothingWhenThereIsNoRoom() throws IOException {
        final Path directory = disk.resolve("universe");
        final UniverseConfig large = UniverseConfig.at(directory).withCapacities(Capacities.DEFAULT);
        final IOException full = assertThrows(IOException.class, () -> Universe.open(large));
        assertTrue(full.getMessage().contains("No space left"), full.toString());
        assertEquals(Set.of("creation.lock"), names(directory));

        try (Universe universe = Universe.open(UniverseConfig.at(directory).withCapacities(SMALL))) {
            assertEquals(0, universe.committedSequence());
        }
    }

    @Test
    void shouldGoOnWhenTheDiskIsFullSinceEverythingWasAllocatedBefore() throws IOException {
        final UniverseConfig config =
                UniverseConfig.at(disk.resolve("universe")).withCapacities(SMALL);
        try (Universe universe = Universe.open(config)) {
            fill();
            final FunctionTable table = new FunctionTable();
            final InstanceGroup group =
                    universe.bootstrap(table, state -> new AllocateFunctionTable(state.growTable(1), 1));
            long operations = 1;
            try (LinkerStateWriter state = group.writeLinkerStateWithTopology()) {
                // to the last byte of the journal: every page of it was there before
                while (true) {
                    group.synchronizeLinkOperation(state, new AllocateFunctionTable(state.growTable(1), 1));
                    operations++;
                }
            } catch (final CapacityExceededException journalIsFull) {
                assertEquals("journalBytes", journalIsFull.capacity());
            }
            assertTrue(operations > 100, "operations=" + operations);
            assertEquals(operations, universe.committedSequence());
            assertEquals(operations, table.tableLength());
            group.shutdownInstanceGroup();
        }
        try (Universe universe = Universe.open(config)) {
            final FunctionTable table = new FunctionTable();
            universe.joinInstanceGroup(table).shutdownInstanceGroup();
            assertEquals(universe.committedSequence(), table.tableLength());
        }
    }
}
