package dev.lockstep.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.UniverseConfig;
import dev.lockstep.region.UniverseFiles;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, really killed. */
@EnabledOnOs(OS.LINUX)
class ProcessDeathTest {
    @TempDir
    Path base;

    private final List<ProcessInfo> lost = new ArrayList<>();
    private long clockAhead;
    private UniverseFiles files;
    private FileByteLock byteLock;
    private ProcessTable table;

    /** A process in the universe, of which the test knows where. */
    private record Attached(ForkedJvm jvm, int index, long generation) {}

    /** Attaches; obeys "detach", "touch" and "fork" (starts another one, which nobody will wait for). */
    static final class HolderMain {
        public static void main(final String[] args) throws IOException {
            final Path directory = Path.of(args[0]);
            try (UniverseFiles files = UniverseFiles.openOrCreate(config(directory));
                    FileByteLock byteLock =
                            FileByteLock.open(files.lockPath(), files.header().lockInode())) {
                final ProcessTable table =
                        new ProcessTable(files.buffer(), files.layout(), byteLock, LostLockListener.NONE);
                final int index = table.attach((dead, generation) -> {});
                ForkedJvm.say("attached " + index + " " + table.ownGeneration());
                while (true) {
                    switch (ForkedJvm.nextLine()) {
                        case "detach" -> {
                            table.detach(index);
                            ForkedJvm.say("detached");
                        }
                        case "touch" -> {
                            Files.readAllBytes(files.lockPath());
                            ForkedJvm.say("touched");
                        }
                        default -> ForkedJvm.say("child " + fork(directory));
                    }
                }
            }
        }

        private static long fork(final Path directory) throws IOException {
            final Process child = ForkedJvm.builder(List.of(), HolderMain.class, directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            ForkedJvm.say(child.inputReader().readLine());
            return child.pid();
        }
    }

    private static UniverseConfig config(final Path directory) {
        return UniverseConfig.at(directory)
                .withCapacities(new Capacities(16, 4, 8, 16, 1 << 10, 8, 4, 1, 1 << 12, 1 << 12, 1 << 12));
    }

    @BeforeEach
    void attach() throws IOException {
        files = UniverseFiles.openOrCreate(config(base.resolve("universe")));
        byteLock = FileByteLock.open(files.lockPath(), files.header().lockInode());
        final NanoClock clock = () -> SystemNanoClock.INSTANCE.nanoTime() + clockAhead;
        table = new ProcessTable(
                files.buffer(), files.layout(), byteLock, HostIdentity.current(), ProcessProbe.PROC, clock, lost::add);
        assertEquals(0, table.attach((index, generation) -> {}));
    }

    @AfterEach
    void close() {
        byteLock.close();
        files.close();
    }

    private Attached start() {
        final ForkedJvm jvm =
                ForkedJvm.start(HolderMain.class, files.directory().toString());
        final String[] answer = jvm.expect("attached").split(" ");
        return new Attached(jvm, Integer.parseInt(answer[0]), Long.parseLong(answer[1]));
    }

    private long nanosUntilDead(final int index, final long generation) {
        final long start = System.nanoTime();
        while (!table.isDead(index, generation)) {
            assertTrue(System.nanoTime() - start < ForkedJvm.TIMEOUT.toNanos(), "never found dead");
            Thread.yield();
        }
        return System.nanoTime() - start;
    }

    @Test
    void shouldFindKilledProcessDeadWithinMillisecondsAndReapIt() {
        long fastest = Long.MAX_VALUE;
        for (int round = 1; round <= 5; round++) {
            final Attached victim = start();
            try (ForkedJvm jvm = victim.jvm()) {
                assertEquals(1, victim.index());
                assertEquals(round, victim.generation());
                assertEquals(Liveness.ALIVE, table.liveness(1, round));
                assertEquals(jvm.pid(), table.process(1).pid());
                jvm.kill();
                fastest = Math.min(fastest, nanosUntilDead(1, round));
                final List<String> reaped = new ArrayList<>();
                assertTrue(table.reapIfDead(1, (index, generation) -> reaped.add(index + ":" + generation)));
                assertEquals(List.of("1:" + round), reaped);
                assertFalse(table.reapIfDead(1, (index, generation) -> reaped.add("twice")));
            }
        }
        assertEquals(List.of(), lost);
        assertTrue(fastest < TimeUnit.MILLISECONDS.toNanos(250), "nanos=" + fastest);
    }

    @Test
    void shouldSeeDetachedProcessAsGone() {
        final Attached other = start();
        try (ForkedJvm jvm = other.jvm()) {
            assertEquals("detached", jvm.ask("detach"));
            assertEquals(Liveness.GONE, table.liveness(other.index(), other.generation()));
            assertTrue(jvm.isAlive());
        }
    }

    @Test
    void shouldSeeSuspendedProcessAsAlive() {
        final Attached other = start();
        try (ForkedJvm jvm = other.jvm()) {
            jvm.suspend();
            for (int i = 0; i < 1000; i++) {
                assertEquals(Liveness.ALIVE, table.liveness(other.index(), other.generation()));
                assertFalse(table.reapIfDead(other.index(), (index, generation) -> {}));
            }
            jvm.resume();
            assertEquals("detached", jvm.ask("detach"));
        }
    }

    @Test
    void shouldFindZombieDead() {
        final Attached parent = start();
        try (ForkedJvm jvm = parent.jvm()) {
            jvm.send("fork");
            final String[] answer = jvm.expect("attached").split(" ");
            final int index = Integer.parseInt(answer[0]);
            final long generation = Long.parseLong(answer[1]);
            final long pid = Long.parseLong(jvm.expect("child"));
            assertEquals(Liveness.ALIVE, table.liveness(index, generation));
            // A suspended parent does not wait for its child, which stays a zombie.
            jvm.suspend();
            ForkedJvm.signal(pid, "KILL");
            nanosUntilDead(index, generation);
            assertEquals('Z', ProcStat.of(pid).state());
            assertTrue(table.reapIfDead(index, (dead, deadGeneration) -> {}));
            assertEquals(Liveness.ALIVE, table.liveness(parent.index(), parent.generation()));
            jvm.resume();
        }
    }

    @Test
    void shouldReportProcessThatHasLostItsLockAndNotReapItWhileItRuns() {
        final Attached other = start();
        try (ForkedJvm jvm = other.jvm()) {
            assertEquals("touched", jvm.ask("touch"));
            assertEquals(Liveness.ALIVE, table.liveness(other.index(), other.generation()));
            clockAhead = Duration.ofMinutes(1).toNanos();
            assertEquals(Liveness.LOCK_LOST, table.liveness(other.index(), other.generation()));
            assertEquals(List.of(table.process(other.index())), lost);
            assertFalse(table.reapIfDead(other.index(), (index, generation) -> {}));
            jvm.kill();
            nanosUntilDead(other.index(), other.generation());
            assertTrue(table.reapIfDead(other.index(), (index, generation) -> {}));
        }
    }

    @Test
    void shouldTakeOverEntriesOfDeadWhenAttaching() throws IOException {
        final Attached victim = start();
        try (ForkedJvm jvm = victim.jvm()) {
            jvm.killAndWait();
            final Attached heir = start();
            try (ForkedJvm heirJvm = heir.jvm()) {
                assertEquals(victim.index(), heir.index());
                assertEquals(victim.generation() + 1, heir.generation());
                assertEquals(heirJvm.pid(), table.process(heir.index()).pid());
                assertTrue(table.isDead(victim.index(), victim.generation()));
                assertEquals(Liveness.ALIVE, table.liveness(heir.index(), heir.generation()));
            }
        }
    }

    @Test
    void shouldGiveProcessesThatAttachTogetherEntriesOfTheirOwn() {
        final List<ForkedJvm> jvms = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                jvms.add(ForkedJvm.start(HolderMain.class, files.directory().toString()));
            }
            final List<Integer> indices = new ArrayList<>();
            for (final ForkedJvm jvm : jvms) {
                final int index = Integer.parseInt(jvm.expect("attached").split(" ")[0]);
                assertEquals(jvm.pid(), table.process(index).pid());
                indices.add(index);
            }
            assertEquals(6, indices.stream().distinct().count());
            assertFalse(indices.contains(0));
        } finally {
            jvms.forEach(ForkedJvm::close);
        }
    }
}
