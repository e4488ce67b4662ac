package dev.lockstep.linker.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.region.Capacities;
import dev.lockstep.region.CapacityExceededException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryAllocatorTest {
    private static final long PAGE = 65536;

    private final Tables tables = new Tables();
    private final TableWriter writer = tables.writer;

    @BeforeEach
    void shouldBegin() {
        tables.begin();
    }

    @Test
    void shouldTakeWholePagesFromTheEndAndKeepTheTail() {
        writer.setMemoryEnd(2 * PAGE);
        assertEquals(2 * PAGE, writer.allocateMemory(PAGE + 10, 16));
        assertEquals(4 * PAGE, writer.tables().memoryEnd());
        assertEquals(PAGE - 10, writer.tables().freeMemory());
    }

    @Test
    void shouldUseTheSmallestLeftoverThatFits() {
        final long block = writer.allocateMemory(PAGE, 1);
        writer.freeMemory(block + 2000, 70);
        writer.freeMemory(block + 1000, 50);
        writer.freeMemory(block + 100, 300);
        assertEquals(block + 2000, writer.allocateMemory(60, 1));
        assertEquals(block + 1000, writer.allocateMemory(50, 1));
        assertEquals(block + 100, writer.allocateMemory(40, 1));
        assertEquals(PAGE, writer.tables().memoryEnd());
        assertEquals(10 + 260, writer.tables().freeMemory());
    }

    @Test
    void shouldLeaveBothEndsOfALeftoverWhenTheAlignmentAsksForTheMiddle() {
        final long block = writer.allocateMemory(PAGE, 1);
        writer.freeMemory(block + 100, 300);
        assertEquals(block + 256, writer.allocateMemory(64, 256));
        assertEquals(2, writer.tables().extentCount());
        assertEquals(300 - 64, writer.tables().freeMemory());
        writer.freeMemory(block + 256, 64);
        assertEquals(1, writer.tables().extentCount());
        assertEquals(block + 100, writer.allocateMemory(300, 1));
        assertEquals(0, writer.tables().extentCount());
    }

    @Test
    void shouldHonourAlignmentAboveAPage() {
        writer.setMemoryEnd(PAGE + 100);
        assertEquals(4 * PAGE, writer.allocateMemory(10, 4 * PAGE));
        assertEquals(5 * PAGE, writer.tables().memoryEnd());
        assertEquals(3 * PAGE - 100 + PAGE - 10, writer.tables().freeMemory());
        assertEquals(2 * PAGE, writer.allocateMemory(2 * PAGE, 2 * PAGE));
        assertEquals(5 * PAGE, writer.tables().memoryEnd());
    }

    @Test
    void shouldMergeTheGapWithALeftoverThatEndsThere() {
        writer.allocateMemory(10, 1);
        assertEquals(4 * PAGE, writer.allocateMemory(PAGE, 4 * PAGE));
        assertEquals(1, writer.tables().extentCount());
        assertEquals(4 * PAGE - 10, writer.tables().freeMemory());
    }

    @Test
    void shouldGiveAddressZeroWhenNothingIsAskedFor() {
        writer.setMemoryEnd(123);
        assertEquals(0, writer.allocateMemory(0, 1 << 20));
        writer.freeMemory(5, 0);
        assertEquals(123, writer.tables().memoryEnd());
        assertEquals(0, writer.tables().freeMemory());
    }

    @Test
    void shouldReachTheLimitAndNotPassIt() {
        writer.setMemoryEnd(LinkerTables.MEMORY_LIMIT - 2 * PAGE);
        tables.assertRefused(
                "linear memory would end past its limit: size=131073 alignment=1 memoryEnd=4294836224 limit=4294967296",
                () -> writer.allocateMemory(2 * PAGE + 1, 1));
        assertEquals(LinkerTables.MEMORY_LIMIT - 2 * PAGE, writer.allocateMemory(2 * PAGE, 1));
        assertEquals(LinkerTables.MEMORY_LIMIT, writer.tables().memoryEnd());
        writer.freeMemory(LinkerTables.MEMORY_LIMIT - 1, 1);
        assertEquals(LinkerTables.MEMORY_LIMIT - 1, writer.allocateMemory(1, 1));
    }

    @Test
    void shouldRefuseWhatCannotBeAllocated() {
        tables.assertRefused("not an alignment: alignment=3, choose a power of two", () -> writer.allocateMemory(1, 3));
        tables.assertRefused("not an alignment: alignment=0, choose a power of two", () -> writer.allocateMemory(1, 0));
        tables.assertRefused(
                "not an alignment: alignment=-9223372036854775808, choose a power of two",
                () -> writer.allocateMemory(1, Long.MIN_VALUE));
        tables.assertRefused(
                "not a size of linear memory: size=-1 most=4294967296", () -> writer.allocateMemory(-1, 1));
        tables.assertRefused(
                "not a size of linear memory: size=9223372036854775807 most=4294967296",
                () -> writer.allocateMemory(Long.MAX_VALUE, 1));
    }

    @Test
    void shouldRefuseToFreeTwiceOrBeyondTheEnd() {
        final long block = writer.allocateMemory(PAGE, 1);
        writer.freeMemory(block + 100, 50);
        for (final long[] range : new long[][] {{100, 50}, {149, 10}, {90, 11}, {0, 1000}, {120, 1}}) {
            tables.assertRefused(
                    "free already: address=" + range[0] + " size=" + range[1] + " leftover=100 length=50",
                    () -> writer.freeMemory(range[0], range[1]));
        }
        for (final long[] range : new long[][] {{PAGE, 1}, {-1, 5}, {0, -1}, {0, PAGE + 1}, {1, Long.MAX_VALUE}}) {
            tables.assertRefused(
                    "not below the memory end: address=" + range[0] + " size=" + range[1] + " memoryEnd=65536",
                    () -> writer.freeMemory(range[0], range[1]));
        }
    }

    @Test
    void shouldSayWhenThereIsNoRoomForAnotherLeftover() {
        final long block = writer.allocateMemory(PAGE, 1);
        final int most = Tables.SMALL.freeExtents();
        for (int i = 0; i < most; i++) {
            writer.freeMemory(block + i * 1000L, 100);
        }
        tables.assertFull("freeExtents", most, () -> writer.freeMemory(block + most * 1000L, 100));
        tables.assertFull("freeExtents", most, () -> writer.allocateMemory(200, 1));
        writer.freeMemory(block + 100, 100);
        writer.freeMemory(block + 900, 100);
        assertEquals(most, writer.tables().extentCount());
        assertEquals(PAGE, writer.allocateMemory(PAGE, 1));
        writer.freeMemory(block + 200, 700);
        assertEquals(most - 1, writer.tables().extentCount());
    }

    @Test
    void shouldPassOverALeftoverThatItHasNoRoomToSplit() {
        final long block = writer.allocateMemory(PAGE, 1);
        writer.freeMemory(block + 1, 200);
        writer.freeMemory(block + 1024, 400);
        for (int i = 2; i < Tables.SMALL.freeExtents(); i++) {
            writer.freeMemory(block + 10_000 + i * 100L, 1);
        }
        assertEquals(block + 1024, writer.allocateMemory(8, 128));
    }

    @Test
    void shouldAgreeWithANaiveModel() {
        Seeded.rounds(
                150,
                random -> againstModel(
                        random,
                        new Capacities(1, 1, 1, 1, 1024, 1 + random.nextInt(40), 1, 0, 1 << 12, 1 << 16, 1 << 12)));
    }

    private static void againstModel(final Random random, final Capacities capacities) {
        final Tables t = new Tables(capacities).begin();
        final TreeMap<Long, Long> held = new TreeMap<>();
        final List<Long> addresses = new ArrayList<>();
        final long start = random.nextInt(200_000);
        t.writer.setMemoryEnd(start);
        long bytesHeld = start;
        for (int i = 0; i < 300; i++) {
            if (random.nextInt(10) == 0) {
                t.commit();
                t.begin();
            }
            final long endBefore = t.writer.tables().memoryEnd();
            try {
                if (held.isEmpty() || random.nextInt(100) < 55) {
                    final long size = 1 + (random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(3_000));
                    final long alignment = 1L << random.nextInt(19);
                    final long smallest = smallestThatFits(t.writer.tables(), size, alignment);
                    final TreeMap<Long, Long> leftovers = leftovers(t.writer.tables());
                    final long address = t.writer.allocateMemory(size, alignment);
                    assertEquals(0, address % alignment);
                    if (address >= endBefore) {
                        assertEquals(-1, smallest, "a leftover would have fitted");
                    } else {
                        assertEquals(smallest, leftovers.floorEntry(address).getValue());
                    }
                    assertTrue(address >= start
                            && address + size <= t.writer.tables().memoryEnd());
                    final Long before = held.floorKey(address);
                    assertTrue(before == null || before + held.get(before) <= address, "overlaps the one before");
                    final Long after = held.ceilingKey(address);
                    assertTrue(after == null || address + size <= after, "overlaps the one after");
                    final long endAfter = t.writer.tables().memoryEnd();
                    assertTrue(endAfter == endBefore || endAfter % PAGE == 0 && endAfter - address - size < PAGE);
                    held.put(address, size);
                    addresses.add(address);
                    bytesHeld += size;
                } else {
                    final long address = addresses.get(random.nextInt(addresses.size()));
                    final long size = held.get(address);
                    t.writer.freeMemory(address, size);
                    held.remove(address);
                    addresses.remove(address);
                    bytesHeld -= size;
                }
            } catch (final CapacityExceededException e) {
                assertEquals("freeExtents", e.capacity());
                assertEquals(endBefore, t.writer.tables().memoryEnd());
            }
            assertEquals(
                    t.writer.tables().memoryEnd(), bytesHeld + t.writer.tables().freeMemory(), "bytes are lost");
            assertLeftoversAreGaps(t.writer.tables(), held, start);
        }
    }

    /** {@return length of the smallest leftover that fits, of those that there is room to split; −1 if none does} */
    private static long smallestThatFits(final LinkerTables tables, final long size, final long alignment) {
        final boolean full = tables.extentCount() == tables.capacities().freeExtents();
        long smallest = -1;
        for (final var leftover : leftovers(tables).entrySet()) {
            final long end = leftover.getKey() + leftover.getValue();
            final long base = (leftover.getKey() + alignment - 1) / alignment * alignment;
            final boolean split = base > leftover.getKey() && base + size < end;
            if (base + size <= end && !(full && split) && (smallest < 0 || leftover.getValue() < smallest)) {
                smallest = leftover.getValue();
            }
        }
        return smallest;
    }

    private static TreeMap<Long, Long> leftovers(final LinkerTables tables) {
        final TreeMap<Long, Long> leftovers = new TreeMap<>();
        for (int i = 0; i < tables.extentCount(); i++) {
            leftovers.put(tables.extentAddress(i), tables.extentLength(i));
        }
        return leftovers;
    }

    /** The leftovers are exactly the gaps between what is held: each gap one leftover, so all are merged. */
    private static void assertLeftoversAreGaps(
            final LinkerTables tables, final TreeMap<Long, Long> held, final long start) {
        final TreeMap<Long, Long> gaps = new TreeMap<>();
        long at = start;
        for (final var block : held.entrySet()) {
            if (block.getKey() > at) {
                gaps.put(at, block.getKey() - at);
            }
            at = block.getKey() + block.getValue();
        }
        if (tables.memoryEnd() > at) {
            gaps.put(at, tables.memoryEnd() - at);
        }
        assertEquals(gaps, leftovers(tables));
    }
}
