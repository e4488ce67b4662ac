package dev.lockstep.docs;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.broadcast.Frame;
import dev.lockstep.region.Capacities;
import dev.lockstep.region.Layout;
import dev.lockstep.region.TableDescriptor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.BitUtil;
import org.junit.jupiter.api.Test;

/** What {@code native-notes/layout.md} says is what the descriptors say, and regions do not overlap. */
class LayoutDocumentTest {
    private static final Map<String, List<List<String>>> SECTIONS =
            Documents.tables(Documents.read("native-notes/layout.md"));

    private static Map<String, Class<?>> descriptors() throws Exception {
        final Path classes = Path.of(
                Layout.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        final Map<String, Class<?>> descriptors = new TreeMap<>(Map.of("Frame", Frame.class));
        try (Stream<Path> files = Files.walk(classes)) {
            for (final Path file : files.filter(path -> path.toString().endsWith("Descriptor.class"))
                    .toList()) {
                final String name = classes.relativize(file).toString().replace('/', '.');
                final Class<?> descriptor = Class.forName(name.substring(0, name.lastIndexOf('.')));
                descriptors.put(descriptor.getSimpleName(), descriptor);
            }
        }
        return descriptors;
    }

    private static Map<String, Integer> constants(final Class<?> descriptor) throws IllegalAccessException {
        final Map<String, Integer> constants = new TreeMap<>();
        for (final Field field : descriptor.getFields()) {
            if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    private static Map<String, Integer> documented(final String section) {
        final Map<String, Integer> constants = new TreeMap<>();
        for (final List<String> row : SECTIONS.getOrDefault(section, List.of())) {
            constants.put(Documents.code(row.get(1)), Integer.valueOf(row.get(0)));
        }
        return constants;
    }

    @Test
    void shouldNameEveryConstantOfEveryDescriptorWithItsValue() throws Exception {
        final Map<String, Class<?>> descriptors = descriptors();
        assertTrue(descriptors.size() >= 13, "descriptors found: " + descriptors.keySet());
        assertAll(descriptors.entrySet().stream()
                .map(entry -> () -> assertEquals(
                        constants(entry.getValue()), documented(entry.getKey()), "section " + entry.getKey())));
    }

    @Test
    void shouldListTheWordsOfEachStructureInOrderOnMultiplesOfEight() throws Exception {
        for (final Map.Entry<String, Class<?>> descriptor : descriptors().entrySet()) {
            if (descriptor.getValue() == Frame.class) {
                continue; // its ints are read from a private copy
            }
            int last = -1;
            for (final List<String> row : SECTIONS.getOrDefault(descriptor.getKey(), List.of())) {
                final String name = Documents.code(row.get(1));
                if (name.endsWith("_OFFSET") && !name.startsWith("CELL_")) {
                    final int offset = Integer.parseInt(row.get(0));
                    assertTrue(offset > last, descriptor.getKey() + "." + name + " is not in order");
                    assertEquals(0, offset % Long.BYTES, descriptor.getKey() + "." + name + " is not aligned");
                    last = offset;
                }
            }
        }
    }

    @Test
    void shouldListTheRegionsInOrderWithTheirDefaultOffsets() {
        final Layout layout = new Layout(Capacities.DEFAULT);
        final List<Integer> documented = SECTIONS.get("Regions of linker.dat").stream()
                .map(row -> Integer.valueOf(row.get(0)))
                .toList();

        assertEquals(new ArrayList<>(regions(layout).values()), documented);
    }

    @Test
    void shouldNameDefaultOffsetsWithinTheTables() {
        final String text = Documents.read("native-notes/layout.md").replaceAll("\\s+", " ");
        final Capacities capacities = Capacities.DEFAULT;
        final String expected = "the symbols begin at " + TableDescriptor.symbolsOffset(capacities)
                + ", the leftovers at " + TableDescriptor.extentsOffset(capacities) + ", the closure batches at "
                + TableDescriptor.closureBatchesOffset(capacities) + " and the names at "
                + TableDescriptor.namesOffset(capacities) + ". Symbols are a hash table with open addressing of"
                + " `symbolSlots` = " + TableDescriptor.symbolSlots(capacities) + " entries";

        assertTrue(text.contains(expected), expected);
    }

    @Test
    void shouldLayOutAlignedRegionsThatDoNotOverlapWhateverTheCapacities() throws IOException {
        final long seed = new Random().nextLong();
        final Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            final Capacities capacities = new Capacities(
                    1 + random.nextInt(1024),
                    1 + random.nextInt(Capacities.MAX_GROUPS),
                    1 + random.nextInt(4096),
                    1 + random.nextInt(1 << 16),
                    1024 + random.nextInt(1 << 20),
                    1 + random.nextInt(1 << 12),
                    1 + random.nextInt(1 << 12),
                    random.nextInt(16),
                    BitUtil.findNextPositivePowerOfTwo(4096 + random.nextInt(1 << 20)),
                    4096 + random.nextInt(1 << 20),
                    4096 + random.nextInt(1 << 20));
            final Layout layout = new Layout(capacities);
            final List<Integer> offsets = new ArrayList<>(regions(layout).values());
            final String what = "seed=" + seed + " " + capacities;
            assertTrue(IntStream.range(1, offsets.size()).allMatch(n -> offsets.get(n) > offsets.get(n - 1)), what);
            assertTrue(offsets.stream().allMatch(offset -> offset % Layout.REGION_ALIGNMENT == 0), what);
            assertTrue(layout.ring() + layout.ringLength() <= layout.tables(), what);
            assertTrue(layout.tables() + TableDescriptor.length(capacities) <= layout.fileLength(), what);
            assertTrue(
                    layout.groupSlot(capacities.groups() - 1) + 384 <= layout.redo()
                            && (capacities.mutexes() == 0
                                    || layout.mutex(capacities.mutexes() - 1) < layout.groupSlot(0)),
                    what);
        }
    }

    private static Map<String, Integer> regions(final Layout layout) {
        final Map<String, Integer> regions = new LinkedHashMap<>();
        regions.put("header", 0);
        regions.put("process table", layout.processEntry(0));
        regions.put("control", layout.control());
        regions.put("state lock", layout.stateLock());
        regions.put("leases", layout.topologyLease());
        regions.put("group slots", layout.groupSlot(0));
        regions.put("redo", layout.redo());
        regions.put("ring", layout.ring());
        regions.put("tables", layout.tables());
        regions.put("end", layout.fileLength());
        return regions;
    }

    @Test
    void shouldNotHaveASectionForADescriptorThatIsGone() throws Exception {
        final List<String> known = new ArrayList<>(descriptors().keySet());
        known.add("LinearMemoryDescriptor"); // the engine's, which a build of the core alone does not have
        final List<String> gone = SECTIONS.keySet().stream()
                .filter(section -> section.endsWith("Descriptor") && !known.contains(section))
                .toList();

        assertFalse(SECTIONS.isEmpty());
        assertEquals(List.of(), gone, Arrays.toString(known.toArray()));
    }
}
