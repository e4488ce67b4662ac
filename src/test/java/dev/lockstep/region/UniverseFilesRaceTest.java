package dev.lockstep.region;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UniverseFilesRaceTest {
    private static final Set<String> NAMES =
            Set.of("creation.lock", "liveness.lock", "linker.dat", "operations.journal");

    @TempDir
    Path base;

    /** Reads "directory nanoseconds groups", opens at that time, answers "id created groups inodes". */
    static final class OpenMain {
        public static void main(final String[] args) throws IOException {
            // Classes are loaded before the race, not during it.
            UniverseFiles.openOrCreate(config(Path.of(args[0]), 5)).close();
            ForkedJvm.say("ready");
            while (true) {
                final String[] words = ForkedJvm.nextLine().split(" ");
                final long start = Long.parseLong(words[1]);
                while (System.currentTimeMillis() < start) {
                    Thread.onSpinWait();
                }
                try (UniverseFiles files =
                        UniverseFiles.openOrCreate(config(Path.of(words[0]), Integer.parseInt(words[2])))) {
                    final UniverseHeader header = files.header();
                    ForkedJvm.say(
                            header.universeId() + " " + header.capacities().groups() + " " + header.lockInode() + " "
                                    + header.journalInode() + " " + files.created());
                }
            }
        }
    }

    private static UniverseConfig config(final Path directory, final int groups) {
        return UniverseConfig.at(directory)
                .withCapacities(Capacities.DEFAULT.withGroups(groups).withJournalBytes(100_000 + groups));
    }

    @Test
    void shouldAgreeOnOneUniverseWhenJvmsStartAtTheSameMoment() throws IOException {
        final int jvms = 8;
        final int rounds = 20;
        final List<ForkedJvm> children = new ArrayList<>();
        try {
            for (int i = 0; i < jvms; i++) {
                children.add(
                        ForkedJvm.start(OpenMain.class, base.resolve("warm").toString()));
            }
            children.forEach(child -> child.expect("ready"));
            for (int round = 0; round < rounds; round++) {
                final Path directory = base.resolve("round" + round);
                final long start = System.currentTimeMillis() + 10;
                for (int i = 0; i < jvms; i++) {
                    children.get(i).send(directory + " " + start + " " + (10 + i));
                }
                final Set<String> universes = new HashSet<>();
                int creators = 0;
                for (final ForkedJvm child : children) {
                    final String answer = child.readLine();
                    final int lastBlank = answer.lastIndexOf(' ');
                    universes.add(answer.substring(0, lastBlank));
                    creators += Boolean.parseBoolean(answer.substring(lastBlank + 1)) ? 1 : 0;
                }
                assertEquals(1, universes.size(), () -> "different universes: " + universes);
                assertEquals(1, creators);
                assertEquals(NAMES, names(directory));
            }
        } finally {
            children.forEach(ForkedJvm::close);
        }
    }

    @Test
    void shouldAgreeOnOneUniverseWhenThreadsOfOneJvmRace() throws Exception {
        final int threads = 6;
        final ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 30; round++) {
                final Path directory = base.resolve("round" + round);
                final CyclicBarrier barrier = new CyclicBarrier(threads);
                final Callable<String> open = () -> {
                    barrier.await();
                    try (UniverseFiles files = UniverseFiles.openOrCreate(config(directory, 10))) {
                        return files.header().universeId() + " " + files.created();
                    }
                };
                final List<Future<String>> futures = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    futures.add(executor.submit(open));
                }
                final Set<String> universes = new HashSet<>();
                int creators = 0;
                for (final Future<String> future : futures) {
                    final String[] answer = future.get().split(" ");
                    universes.add(answer[0]);
                    creators += Boolean.parseBoolean(answer[1]) ? 1 : 0;
                }
                assertEquals(1, universes.size());
                assertEquals(1, creators);
                assertEquals(NAMES, names(directory));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** Creates universe after universe until it is killed. */
    static final class CreateForeverMain {
        public static void main(final String[] args) throws IOException {
            ForkedJvm.say("ready");
            for (int i = 0; ; i++) {
                UniverseFiles.openOrCreate(config(Path.of(args[0], "u" + i), 10))
                        .close();
            }
        }
    }

    @Test
    void shouldCompleteDirectoryWhenCreatorWasKilled() throws IOException {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int kill = 0; kill < 6; kill++) {
            final Path parent = Files.createDirectory(base.resolve("kill" + kill));
            try (ForkedJvm creator = ForkedJvm.start(CreateForeverMain.class, parent.toString())) {
                creator.expect("ready");
                final long end = System.nanoTime() + random.nextInt(40_000_000);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                creator.killAndWait();
            }
            try (var directories = Files.newDirectoryStream(parent)) {
                for (final Path directory : directories) {
                    final boolean published = Files.exists(directory.resolve("linker.dat"));
                    try (UniverseFiles files = UniverseFiles.openOrCreate(config(directory, 10))) {
                        assertEquals(!published, files.created(), "seed=" + seed + " directory=" + directory);
                        assertEquals(100_010, Files.size(files.journalPath()));
                    }
                }
            }
        }
    }

    private static Set<String> names(final Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
