package dev.lockstep.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
    @Test
    void shouldMeetItsGoalOnlyWithAllThatBelongsToIt() {
        final Row within = Row.ratio("lease_pair", 9, "ns", "cas_release", 6, 1.5);
        assertEquals(1.5, within.ratio());
        assertTrue(within.met());
        assertTrue(within.require("faster than another", true).met());
        assertFalse(within.require("faster than another", false).met());
        assertFalse(Row.ratio("lease_pair", 9.1, "ns", "cas_release", 6, 1.5)
                .require("faster than another", true)
                .met());
    }

    @Test
    void shouldCompareWithLimitAsPartOfIt() {
        final Row row = Row.limit("replay_100k", 300, "ms", 200);
        assertEquals(1.5, row.ratio());
        assertEquals(1, row.goal());
        assertFalse(row.met());
    }

    @Test
    void shouldNeitherMeetNorMissWhatItIsNotHeldTo() {
        final Row row = Row.limit("wake_sleeping", 30, "us", 40).unjudged("needs a later jdk");
        assertFalse(row.met());
        final BenchReport report = new BenchReport(List.of(), List.of(row));
        assertTrue(report.json().contains("\"met\": false"), report.json());
        final List<String> lines = report.text().lines().toList();
        assertTrue(lines.get(2).endsWith(" not applicable"), lines.get(2));
        assertEquals("    needs a later jdk", lines.get(3));
        assertEquals("goals met: 0 of 0", lines.get(lines.size() - 1));
    }

    @Test
    void shouldRefuseWhatWasNotMeasured() {
        assertThrows(IllegalArgumentException.class, () -> Row.floor("cas_release", 0, "ns"));
        assertThrows(
                IllegalArgumentException.class, () -> Row.ratio("poll_idle", 1, "ns", "volatile_read", Double.NaN, 1));
    }

    @Test
    void shouldBeWrittenAsOneObjectARow() {
        final BenchReport report = new BenchReport(
                List.of("machine: here"),
                List.of(
                        Row.floor("cas_release", 6.0625, "ns"),
                        Row.ratio("lease_pair", 12.125, "ns", "cas_release", 6.0625, 1.5)
                                .require("faster than ReentrantLock: 11.6 ns", false)
                                .remark("and more")));
        assertEquals("""
                [
                  {"name": "cas_release", "value": 6.063, "unit": "ns", "against": "cas_release", "ratio": 1.0000, "goal": 1.0000, "met": true},
                  {"name": "lease_pair", "value": 12.125, "unit": "ns", "against": "cas_release", "ratio": 2.0000, "goal": 1.5000, "met": false}
                ]
                """, report.json());
        final List<String> lines = report.text().lines().toList();
        assertEquals("machine: here", lines.get(0));
        assertTrue(lines.get(3).matches("cas_release +6.06 ns +floor"), lines.get(3));
        assertTrue(lines.get(4).matches("lease_pair +12.1 ns +cas_release 6.06 ns +2.00 +1.50 +missed"), lines.get(4));
        assertEquals("    missed: faster than ReentrantLock: 11.6 ns", lines.get(5));
        assertEquals("    and more", lines.get(6));
        assertEquals("goals met: 0 of 1", lines.get(lines.size() - 1));
    }
}
