package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class UniverseSnapshotTest {
    @TempDir
    private Path directory;

    private UniverseConfig config() {
        return UniverseConfig.at(directory.resolve("u")).withCapacities(Capacities.DEFAULT.withGroups(8));
    }

    private static InstanceGroup main(final Universe universe) {
        return universe.bootstrap(
                new FunctionTable(), state -> new DlOperation.AllocateFunctionTable(state.growTable(1), 1));
    }

    @Test
    void shouldShowWhoIsThereAndWhatTheyHold() throws Exception {
        try (Universe universe = Universe.open(config())) {
            final InstanceGroup main = main(universe);
            final CountDownLatch looked = new CountDownLatch(1);
            final CountDownLatch joined = new CountDownLatch(1);
            final Thread other = new Thread(
                    () -> {
                        final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                        group.enterSafeRegion();
                        joined.countDown();
                        awaitQuietly(looked);
                        group.shutdownInstanceGroup();
                    },
                    "the \"other\"\u0007 thread");
            other.start();
            joined.await();
            final long grant = main.acquireTopology();
            final LinkerStateWriter writer = main.writeLinkerState();
            final UniverseSnapshot snapshot = UniverseSnapshot.of(universe.directory());
            writer.close();
            main.releaseTopology(grant);
            looked.countDown();
            other.join();

            assertEquals(universe.id(), snapshot.id());
            assertEquals(1, snapshot.operation().sequence());
            assertEquals("idle", snapshot.operation().phase());
            assertTrue(snapshot.operation().bootstrapped());
            assertEquals(main.slot(), snapshot.lease().owner());
            assertEquals(grant, snapshot.lease().grant());
            assertEquals(List.of(), snapshot.lease().waiting());
            assertEquals(main.slot(), snapshot.stateLock().writer());
            assertEquals(1, snapshot.processes().size());
            assertEquals(
                    ProcessHandle.current().pid(),
                    snapshot.processes().get(0).entry().pid());
            assertEquals("yes", snapshot.processes().get(0).running());
            assertEquals(
                    List.of("running", "safe"),
                    snapshot.groups().stream()
                            .map(UniverseSnapshot.Group::state)
                            .toList());
            assertEquals("the \"other\"? thread", snapshot.groups().get(1).threadName());
            assertEquals(1, snapshot.groups().get(1).applied());
            assertEquals(List.of(), snapshot.modules());
            assertTrue(snapshot.journalBytes() > 0);
            assertEquals(
                    List.of(StallReport.Kind.STATE_WRITER),
                    snapshot.stalls(Duration.ofSeconds(1)).stream()
                            .map(StallReport::kind)
                            .toList());
            main.shutdownInstanceGroup();
        }
    }

    private static void awaitQuietly(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldNameGroupThatAnOperationWaitsFor() throws Exception {
        try (Universe universe = Universe.open(config())) {
            final InstanceGroup main = main(universe);
            final Thread instigator = new Thread(() -> {
                final InstanceGroup group = universe.joinInstanceGroup(new FunctionTable());
                group.allocateClosureIndex();
                group.shutdownInstanceGroup();
            });
            instigator.start();
            while (ControlWord.phase(main.participant().shared.control()) != ControlWord.STOP) {
                Thread.onSpinWait();
            }
            final UniverseSnapshot snapshot = UniverseSnapshot.of(universe.directory());
            while (instigator.isAlive()) {
                main.cooperate();
            }
            assertEquals("stop", snapshot.operation().phase());
            final List<StallReport> stalls = snapshot.stalls(Duration.ZERO);
            assertEquals(1, stalls.size(), stalls::toString);
            assertEquals(main.slot(), stalls.get(0).group());
            assertEquals(StallReport.Kind.ARRIVAL, stalls.get(0).kind());
            assertEquals(List.of(), snapshot.stalls(Duration.ofHours(1)));
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldChangeNothingAndNeedNoPermissionToWrite() throws Exception {
        try (Universe universe = Universe.open(config())) {
            final InstanceGroup main = main(universe);
            final Path file = universe.directory().resolve("linker.dat");
            final byte[] before = Files.readAllBytes(file);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
            UniverseSnapshot.of(universe.directory());
            assertTrue(Arrays.equals(before, Files.readAllBytes(file)));
            main.shutdownInstanceGroup();
        }
    }

    @Test
    void shouldRefuseWhatIsNoUniverse() {
        assertThrows(UniverseException.class, () -> UniverseSnapshot.of(directory));
        assertThrows(UniverseException.class, () -> UniverseSnapshot.of(directory.resolve("nothing")));
    }
}
