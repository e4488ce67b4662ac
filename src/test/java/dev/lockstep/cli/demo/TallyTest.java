package dev.lockstep.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.cli.launch.Line;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static final Corpus CORPUS = new Corpus(
            Path.of("/corpus"),
            List.of(new Corpus.Entry("a.json", Language.JSON), new Corpus.Entry("b.json", Language.JSON)),
            3);

    private final DemoPlan plan = new DemoPlan(2, 1, 1, Path.of("/universe"), "", Path.of("/node_modules"), CORPUS);
    private Tally tally = new Tally(plan);

    private void hear(final int pid, final String word, final Object... fields) {
        assertTrue(tally.hear(pid, Line.of(word, fields)), word);
    }

    private DemoReport reportWhen(final String treeOfB, final String fingerprintOf1, final String textOfB) {
        hear(10, "joined", 0, 0, "BOOTSTRAP");
        hear(11, "joined", 1, 1, "CLAIM_TICKET");
        hear(12, "expect", 0, "text a", "tree a", 7, false);
        hear(12, "expect", 1, "text b", "tree b", 8, true);
        hear(12, "reference", 2);
        hear(12, "bye", 100);
        hear(10, "opening", 0, "json");
        hear(11, "opening", 1, "json");
        hear(10, "operation", 0, 50_000);
        hear(10, "operation", 0, 100_000);
        // broadcast at 5.0 ms, for 1.0 ms; 60 us of that nobody applied
        hear(10, "loaded", 0, 2, 5_000_000, 5_000_000, 3_000_000, 20_000, 500_000, 1_000_000, 80_000, 400_000, 7_000);
        hear(10, "opened", 0, "json", 2, 40);
        hear(11, "opened", 1, "json", 2, 40);
        hear(10, "parsed", 0, 0, "text a", "tree a", 7, false);
        hear(11, "parsed", 1, 1, textOfB, treeOfB, 8, true);
        hear(10, "walked", 0, 1_000, 2_000);
        assertFalse(tally.allWalked());
        hear(11, "walked", 1, 500, 2_000);
        assertTrue(tally.allWalked());
        hear(10, "applied", 0, 2, 5_050_000, 5_600_000);
        hear(11, "applied", 1, 2, 5_300_000, 5_990_000);
        hear(11, "applied", 1, 3, 5_990_000, 6_000_000);
        hear(10, "settled", 0, "f00d", 2, 1, 3);
        hear(11, "settled", 1, fingerprintOf1, 2, 1, 3);
        assertTrue(tally.allSettled());
        hear(10, "bye", 200);
        hear(11, "bye", 300);
        return tally.report(1_234_567_890L);
    }

    @Test
    void shouldReportWhatWasHeard() {
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertTrue(report.isGood(), report.problems().toString());
        assertEquals(
                "{\"jvms\": 2, \"groups\": 2, \"files\": 2, \"parses\": 2, \"mismatches\": 0, \"modules\": 2,"
                        + " \"operations\": 3, \"fingerprints\": [\"f00d\", \"f00d\"], \"fingerprints_equal\": true,"
                        + " \"round_p50_us\": 50.0, \"round_p99_us\": 100.0, \"wall_s\": 1.23, \"real_modules\": true,"
                        + " \"dlopen_coordination_share\": 0.0080, \"dlopen_ms\": 10.000, \"coordination_ms\": 0.080,"
                        + " \"dlopens\": 1, \"dlopen_parts_ms\": {\"prepare\": 5.000, \"prepare_elsewhere\": 3.000,"
                        + " \"locks\": 0.020, \"place\": 0.500, \"rendezvous\": 0.060, \"apply\": 0.940,"
                        + " \"apply_others\": 0.080, \"initialize\": 0.400, \"guest_lock\": 0.007},"
                        + " \"own_modules_because\": \"\", \"passes\": 1, \"skipped_files\": 3, \"interpreted_functions\": 1,"
                        + " \"guest_lock_wait_share\": 0.3750, \"cpu_s\": 0.60, \"group_reports\": ["
                        + "{\"group\": 0, \"jvm\": 0, \"pid\": 10, \"slot\": 0, \"joined_by\": \"bootstrap\","
                        + " \"parses\": 1, \"opened\": 1, \"guest_lock_wait_share\": 0.5000, \"fingerprint\": \"f00d\"},"
                        + " {\"group\": 1, \"jvm\": 1, \"pid\": 11, \"slot\": 1,"
                        + " \"joined_by\": \"ticket of another jvm\", \"parses\": 1, \"opened\": 0,"
                        + " \"guest_lock_wait_share\": 0.2500, \"fingerprint\": \"f00d\"}]}",
                report.toJson());
    }

    @Test
    void shouldPrintTheTable() {
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertEquals(
                List.of(
                        "files                   2  (3 more skipped: over 64 KiB)",
                        "parses                  2  all equal to those of one group in one jvm",
                        "modules                 2  (1 function interpreted: too big to compile)",
                        "operations              3  each applied by every group",
                        "operation p50       50 us",
                        "operation p99      100 us",
                        "dlopen            10.0 ms  on average, of 1; 0.80 % of it coordination (goal: at most 1 %, met)",
                        "guest lock         37.5 %  of the groups' time spent waiting for it",
                        "wall time           1.2 s  (cpu time 0.6 s, the reference run included)",
                        "",
                        "group  jvm      pid  slot  joined by              parses  opened  waiting  function table",
                        "    0    0       10     0  bootstrap                   1       1   50.0 %  f00d",
                        "    1    1       11     1  ticket of another jvm       1       0   25.0 %  f00d",
                        "",
                        "all trees are right, all function tables are equal: groups=2"),
                report.toTable());
    }

    @Test
    void shouldSayWhyTheModulesAreNotReal() {
        tally = new Tally(new DemoPlan(2, 1, 1, plan.universe(), "npm not found", plan.modules(), CORPUS));
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertTrue(report.toJson().contains("\"real_modules\": false,"), report.toJson());
        assertTrue(report.toJson().contains("\"own_modules_because\": \"npm not found\""), report.toJson());
        final List<String> table = report.toTable();
        assertTrue(
                table.contains("guest lock           none  all groups run the guest at the same time"),
                table::toString);
        assertEquals(
                "no real modules, Lockstep's own in C were run instead: npm not found", table.get(table.size() - 1));
    }

    @Test
    void shouldSayThatTooMuchOfALoadWasCoordination() {
        // nobody told when it was applied: all of it counts
        hear(10, "loaded", 0, 9, 0, 1, 1, 1, 1, 1_000_000, 1, 1, 1);
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertTrue(report.toJson().contains("\"dlopen_coordination_share\": 0.0982"), report.toJson());
        assertTrue(
                report.toTable()
                        .contains(
                                "dlopen             5.5 ms  on average, of 2; 9.82 % of it coordination (goal: at most"
                                        + " 1 %, MISSED)"),
                () -> report.toTable().toString());
    }

    @Test
    void shouldNameTheFileWhoseTreeDiffers() {
        final DemoReport report = reportWhen("tree c", "f00d", "text b");
        assertFalse(report.isGood());
        assertEquals(
                List.of("tree differs: file=b.json group=1 tree=tree c/8/errors expected=tree b/8/errors"),
                report.problems());
        assertTrue(report.toJson().contains("\"mismatches\": 1,"), report.toJson());
    }

    @Test
    void shouldSayThatAFileWasChangedMeanwhile() {
        final DemoReport report = reportWhen("tree c", "f00d", "text c");
        assertFalse(report.isGood());
        assertTrue(report.problems().get(0).startsWith("file was changed meanwhile: file=b.json"));
    }

    @Test
    void shouldShowFunctionTablesThatDiffer() {
        final DemoReport report = reportWhen("tree b", "beef", "text b");
        assertFalse(report.isGood());
        assertEquals(List.of("function tables differ: fingerprints=[f00d, beef]"), report.problems());
        assertTrue(report.toJson().contains("\"fingerprints_equal\": false"), report.toJson());
    }

    @Test
    void shouldNoticeFileThatWasParsedTooOften() {
        hear(11, "parsed", 1, 1, "text b", "tree b", 8, true);
        final DemoReport report = reportWhen("tree b", "f00d", "text b");
        assertEquals(
                List.of("file was not parsed as often as it should: file=b.json parses=2 expected=1"),
                report.problems());
    }

    @Test
    void shouldRefuseGroupThatDoesNotExist() {
        assertThrows(IndexOutOfBoundsException.class, () -> tally.hear(10, Line.of("joined", 2, 0, "BOOTSTRAP")));
        assertFalse(tally.hear(10, Line.of("nonsense")));
    }
}
