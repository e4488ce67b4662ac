package dev.lockstep.linker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.ControlDescriptor;
import dev.lockstep.region.HeaderDescriptor;
import dev.lockstep.region.Layout;
import dev.lockstep.region.LeaseDescriptor;
import dev.lockstep.region.StateLockDescriptor;
import dev.lockstep.testing.ForkedJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files, one damage at a time: every bit of every word that says who there is and who holds what, and a sample of
 * the rest, by a seed that is printed ({@code -Dhostile.seed}; {@code -Dhostile=all}: ten times as many). Each case ends,
 * in a universe that works or in an error; a JVM that hangs, dies or is not told is a failure, named by region, offset and
 * bit.
 */
class HostileFileTest {
    static final Capacities CAPACITIES = new Capacities(2, 3, 2, 4, 1 << 10, 4, 2, 1, 1 << 12, 1 << 12, 1 << 14);
    private static final Layout LAYOUT = new Layout(CAPACITIES);
    private static final boolean ALL = "all".equals(System.getProperty("hostile"));
    private static final long SEED = Long.getLong("hostile.seed", System.nanoTime());
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_FAILURES = 25;

    @TempDir(cleanup = CleanupMode.ALWAYS)
    Path base;

    private final Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private ForkedJvm worker;
    private int universes;
    private int cases;

    @BeforeEach
    void start() {
        final Path directory = base.resolve("universe" + universes++);
        worker = ForkedJvm.startWith(List.of("-XX:TieredStopAtLevel=1"), HostileWorker.class, directory.toString());
        worker.expect("ready");
    }

    @AfterEach
    void stop() {
        worker.close();
    }

    private void run(final String region, final String line) {
        if (failures.size() >= MOST_FAILURES) {
            return;
        }
        cases++;
        worker.send(line);
        String answer;
        try {
            answer = worker.readLine(PATIENCE);
        } catch (final AssertionError gone) {
            answer = "FAILED the JVM is gone or silent: "
                    + gone.getMessage().lines().limit(1).findFirst().orElse("");
        }
        counts.computeIfAbsent(region, r -> new TreeMap<>()).merge(kind(answer), 1, Integer::sum);
        if (answer.startsWith("FAILED")) {
            failures.add(region + ": " + line + ": " + answer);
            if (answer.startsWith("FAILED hangs") || answer.startsWith("FAILED the JVM")) {
                worker.close();
                start();
            }
        }
    }

    private static String kind(final String answer) {
        final String[] words = answer.split(" ");
        return answer.startsWith("FAILED") || words.length == 1 ? words[0] : words[0] + " " + words[1];
    }

    private void report(final String what) {
        System.out.println("hostile file, " + what + ": cases=" + cases + " seed=" + SEED);
        counts.forEach((region, outcomes) -> System.out.println("  " + region + ": " + outcomes));
        assertEquals(List.of(), failures, () -> failures.size() + " failures:\n" + String.join("\n", failures));
    }

    /** The words that say who there is and who holds what: name, offset, bytes. */
    private static Map<String, int[][]> words() {
        final Map<String, int[][]> words = new LinkedHashMap<>();
        words.put("process table", new int[][] {{LAYOUT.processEntry(0), 40}, {LAYOUT.processEntry(1), 40}});
        final int control = LAYOUT.control();
        words.put("control word", new int[][] {{control + ControlDescriptor.WORD_OFFSET, 8}});
        words.put("end cells", new int[][] {
            {ControlDescriptor.endCellOffset(0) + control, 16}, {ControlDescriptor.endCellOffset(1) + control, 16}
        });
        words.put("abort detail, bootstrap", new int[][] {{control + ControlDescriptor.ABORT_DETAIL_OFFSET, 16}});
        final int state = LAYOUT.stateLock();
        words.put("state lock", new int[][] {
            {state + StateLockDescriptor.WRITER_OFFSET, 8},
            {state + StateLockDescriptor.SUMMARY_OFFSET, 8},
            {state + StateLockDescriptor.flagOffset(0, 3), 8},
            {state + StateLockDescriptor.flagOffset(1, 3), 8},
            {state + StateLockDescriptor.flagOffset(2, 3), 8}
        });
        words.put("topology lease", lease(LAYOUT.topologyLease()));
        words.put("mutex", lease(LAYOUT.mutex(0)));
        words.put("group slots", new int[][] {
            {LAYOUT.groupSlot(0), 40},
            {LAYOUT.groupSlot(0) + 128, 16},
            {LAYOUT.groupSlot(0) + 256, 8},
            {LAYOUT.groupSlot(1), 40},
            {LAYOUT.groupSlot(1) + 128, 16},
            {LAYOUT.groupSlot(2), 40},
            {LAYOUT.groupSlot(2) + 128, 16}
        });
        return words;
    }

    private static int[][] lease(final int lease) {
        return new int[][] {
            {lease + LeaseDescriptor.WORD_OFFSET, 8},
            {lease + LeaseDescriptor.WAITERS_OFFSET, 8},
            {lease + LeaseDescriptor.NEXT_TICKET_OFFSET, 8},
            {lease + LeaseDescriptor.TICKETS_OFFSET, 8},
            {lease + LeaseDescriptor.TICKETS_OFFSET + LeaseDescriptor.TICKET_SPACING, 8},
            {lease + LeaseDescriptor.TICKETS_OFFSET + 2 * LeaseDescriptor.TICKET_SPACING, 8}
        };
    }

    private void everyBit(final String region, final int[][] stretches, final String format) {
        for (final int[] stretch : stretches) {
            for (int offset = stretch[0]; offset < stretch[0] + stretch[1]; offset++) {
                for (int bit = 0; bit < Byte.SIZE; bit++) {
                    run(region, String.format(format, offset, bit));
                }
            }
        }
    }

    @Test
    void shouldAnswerWhenAnyBitOfHeaderOrWordsIsFlippedBeforeOpening() {
        run("nothing", "open");
        assertEquals(Map.of("sound", 1), counts.get("nothing"), failures::toString);
        everyBit("header", new int[][] {{0, HeaderDescriptor.CHECKSUM_OFFSET + Long.BYTES}}, "flip linker %d %d");
        assertTrue(
                counts.get("header").keySet().stream().allMatch(kind -> kind.startsWith("refused")),
                () -> counts.get("header") + "");
        words().forEach((region, stretches) -> everyBit(region, stretches, "flip linker %d %d"));
        report("every bit, before opening");
    }

    /** By a noise that says: held, by slot 3214. */
    @Test
    void shouldAbortWhenLeaseBelongsToNobody() {
        run("lease", "noise linker " + (LAYOUT.topologyLease() + LeaseDescriptor.WORD_OFFSET) + " 2 2");
        assertEquals(Map.of("error SynchronizationAbortedException", 1), counts.get("lease"), failures::toString);
    }

    @Test
    void shouldAnswerWhenAnyBitOfWordsIsFlippedUnderAttachedGroups() {
        words().forEach((region, stretches) -> everyBit(region, stretches, "live %d %d"));
        report("every bit, under two attached groups");
    }

    @Test
    void shouldAnswerWhenTablesAndPayloadsAreDamaged() throws IOException {
        final Random random = new Random(SEED);
        final int samples = ALL ? 4_000 : 400;
        final int used = usedJournal();
        sample(random, samples, "redo area", "linker", LAYOUT.redo(), LAYOUT.ring() - LAYOUT.redo());
        sample(random, samples, "operation ring", "linker", LAYOUT.ring(), LAYOUT.ringLength());
        sample(random, samples, "tables", "linker", LAYOUT.tables(), LAYOUT.fileLength() - LAYOUT.tables());
        sample(random, samples, "journal", "journal", 0, used);
        report("sampled");
    }

    /** Flips of a bit, and noise of up to 256 bytes. */
    private void sample(
            final Random random,
            final int count,
            final String region,
            final String file,
            final int offset,
            final int length) {
        for (int i = 0; i < count; i++) {
            final int at = offset + random.nextInt(length);
            if (i % 4 != 0) {
                run(region, "flip " + file + " " + at + " " + random.nextInt(Byte.SIZE));
            } else {
                final int bytes = 1 + random.nextInt(Math.min(256, offset + length - at));
                run(region, "noise " + file + " " + at + " " + bytes + " " + random.nextLong());
            }
        }
    }

    /** The bytes of the journal that hold something, and one frame's head more. */
    private int usedJournal() throws IOException {
        final byte[] bytes = Files.readAllBytes(base.resolve("universe0").resolve("operations.journal"));
        int used = bytes.length;
        while (used > 0 && bytes[used - 1] == 0) {
            used--;
        }
        return Math.min(bytes.length, used + Frame.HEADER_LENGTH);
    }

    @Test
    void shouldAnswerWhenWholeRegionsAreNoise() {
        final Random random = new Random(SEED);
        final int rounds = ALL ? 200 : 20;
        final Map<String, int[]> regions = new LinkedHashMap<>();
        regions.put("everything", new int[] {0, LAYOUT.fileLength()});
        regions.put(
                "behind the header",
                new int[] {HeaderDescriptor.LENGTH, LAYOUT.fileLength() - HeaderDescriptor.LENGTH});
        regions.put("process table", new int[] {LAYOUT.processEntry(0), LAYOUT.control() - LAYOUT.processEntry(0)});
        regions.put("control", new int[] {LAYOUT.control(), ControlDescriptor.LENGTH});
        regions.put("state lock", new int[] {LAYOUT.stateLock(), StateLockDescriptor.length(3)});
        regions.put("leases", new int[] {LAYOUT.topologyLease(), LAYOUT.groupSlot(0) - LAYOUT.topologyLease()});
        regions.put("group slots", new int[] {LAYOUT.groupSlot(0), LAYOUT.redo() - LAYOUT.groupSlot(0)});
        regions.put("tables", new int[] {LAYOUT.tables(), LAYOUT.fileLength() - LAYOUT.tables()});
        regions.forEach((region, stretch) -> {
            for (int i = 0; i < rounds; i++) {
                run(region, "noise linker " + stretch[0] + " " + stretch[1] + " " + random.nextLong());
            }
        });
        report("noise");
    }
}
